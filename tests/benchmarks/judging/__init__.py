"""What scanners find in labelled files, and how that is counted."""
