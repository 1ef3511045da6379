"""Rules in TOML and YAML files: read with positions, checked, and registered like the rules of a plugin."""
