"""Where BECA looks for what belongs to a user, after the XDG Base Directory Specification."""

from __future__ import annotations

import os
from pathlib import Path


def config_file() -> Path:
    """Return the path of the settings file, whether it exists or not."""
    if named := os.environ.get("BECA_CONFIG"):
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "beca" / "config.toml"


def default_data_dir() -> Path:
    """Return the directory in which the server keeps its files, whether it exists or not."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "beca"


def default_cache_dir() -> Path:
    """Return the directory for what can be made anew at any time, whether it exists or not."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "beca"
