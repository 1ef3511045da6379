"""Scans of single texts in a child process, for `POST /scan`."""
