"""From bytes to matches: a Hyperscan prefilter over all rules at once, then RE2 on what it saw."""
