"""Mirrors: what a machine keeps of repositories between their scans."""
