"""Git repositories, local and remote: all of git that BECA speaks to is in this package."""
