"""What a machine caches of repositories between their scans: a mirror of each, and the state to resume from."""
