"""`beca plugins`, and the commands that plugins add."""
