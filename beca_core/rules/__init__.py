"""The detection contract: rules, which are data, and scanners, which are code."""
