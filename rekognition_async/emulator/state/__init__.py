"""What the emulator keeps: collections, faces, jobs, and the page tokens it has given."""
