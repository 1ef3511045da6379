"""What drops a match of a pattern, or keeps it, by what is around it: boundary, near words, allow-list, companions."""
