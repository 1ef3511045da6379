"""Digests of rules: hashes of everything that decides what a rule matches."""
