"""The configuration of gitleaks and of betterleaks, which have one format with different fields."""
