"""Commands for who runs a server: its programs, database, tokens and health."""
