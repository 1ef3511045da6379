"""How the process of a scan is called, and the little that it learns of its surroundings."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.settings import Settings

_INHERITED: Final = (
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONPATH",
    "SSH_AUTH_SOCK",
)
_POLICY: Final = (
    "allow_private_hosts",
    "allowed_schemes",
    "disabled_plugins",
    "log_level",
    "max_blob_bytes",
    "max_fetch_bytes",
    "scan_seconds",
)


def scan_command(url: str, scope: str) -> list[str]:
    """Return the command that scans a repository and writes the event stream to its standard output.

    `-P` keeps Python from importing what lies in the working directory.
    """
    scan = ["scan", "--format", "jsonl", "--scope", scope, "--supervised", "--", url]
    return [sys.executable, "-P", "-m", "beca_core", *scan]


def scan_environment(settings: Settings, key: bytes, directory: Path) -> dict[str, str]:
    """Return the whole environment of a scan: policy and fingerprint key, no address of a database or broker.

    Args:
        settings: The worker's settings; those that bind a scan are handed on, wherever they came from.
        key: Key of the fingerprints.
        directory: The scan's own directory: its home, and where temporary files go.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    policy = {f"BECA_{name.upper()}": _text(getattr(settings, name)) for name in _POLICY}
    own = {
        "BECA_CONFIG": os.devnull,
        "BECA_FINGERPRINT_KEY": key.decode(),
        "HOME": str(directory),
        "PYTHONUTF8": "1",
        "TMPDIR": str(directory),
    }
    return inherited | policy | own


def _text(value: object) -> str:
    if isinstance(value, frozenset):
        return ",".join(sorted(value)) or ","
    return str(value)
