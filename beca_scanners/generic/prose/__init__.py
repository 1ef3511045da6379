"""Secrets in prose: a random value after `token`, `the API key is` and the like, in a sentence, a comment or a log."""
