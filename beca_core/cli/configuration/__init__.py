"""The configuration that a repository brings along: `.beca.toml`, or `[tool.beca]` of `pyproject.toml`."""
