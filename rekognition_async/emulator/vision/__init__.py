"""What the emulator knows of images: their bytes, whose faces they show, and where."""
