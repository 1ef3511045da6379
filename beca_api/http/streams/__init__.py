"""Responses that are sent piece by piece, while something happens."""
