"""The files of a directory: listing them, leaving out what git ignores, and reading them in chunks."""
