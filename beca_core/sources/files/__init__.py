"""The files of a directory: listing them, reading them in chunks, leaving out what git ignores."""
