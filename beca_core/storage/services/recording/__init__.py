"""What a scan leaves when it ends: its findings, and what has become of the issues of its repository."""
