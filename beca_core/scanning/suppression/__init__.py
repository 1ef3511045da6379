"""What hides findings that somebody has accepted: inline comments, an allow-list, a baseline; none of it silently."""
