"""Remote repositories: which URLs are allowed, and fetching them safely."""
