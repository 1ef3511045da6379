"""The child process of one scan: its command and environment, its limits, its directory, and what it writes."""
