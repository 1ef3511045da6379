"""The detection contract: what a plugin declares as a rule, and what it provides as a scanner."""
