"""From hits and their places to findings: what is decided when places are known."""
