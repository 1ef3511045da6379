"""Resuming: what has changed in a repository since the checkpoint of an earlier scan."""
