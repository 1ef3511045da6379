"""What BECA asks of the operating system: files, user directories and processes."""
