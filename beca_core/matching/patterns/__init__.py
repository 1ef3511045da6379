"""Patterns: their syntax, their literals, what locates their rules, and where they match."""
