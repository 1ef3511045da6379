"""The state of a scan, from which the next scan of the same target resumes."""
