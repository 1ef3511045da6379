"""The operating system: files, user directories, processes and settings."""
