"""What plugins contribute beside rules, scanners, filters and reporters, and their settings."""
