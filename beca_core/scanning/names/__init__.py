"""Secrets in names: of files, directories and refs, and of who made a commit. They are found, and never shown."""
