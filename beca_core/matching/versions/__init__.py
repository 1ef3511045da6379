"""Searching the versions of a file: of each, only what its base does not have, line by line."""
