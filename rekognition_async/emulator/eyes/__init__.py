"""What is on an image: what is declared, else what the user's own eyes see, else made up."""
