"""The rules and plugins that are installed, kept up to date while the server runs."""
