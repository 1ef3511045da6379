"""Commands for the hooks of git, and the command that installs them."""
