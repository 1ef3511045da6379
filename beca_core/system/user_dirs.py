"""The user's files and directories, by the XDG Base Directory Specification."""

from __future__ import annotations

import os
from pathlib import Path


def config_file() -> Path:
    """Return the path of the settings file, which may not exist."""
    if named := os.environ.get("BECA_CONFIG"):
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "beca" / "config.toml"


def default_data_dir() -> Path:
    """Return the directory of the server's files, which may not exist."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "beca"


def default_cache_dir() -> Path:
    """Return the directory for files that BECA can create again at any time; it may not exist."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "beca"
