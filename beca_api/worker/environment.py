"""How the process of a scan is called, and the little that it learns of its surroundings."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.system.settings import Settings

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
    "max_archive_bytes",
    "max_archive_depth",
    "max_archive_members",
    "max_blob_bytes",
    "max_fetch_bytes",
    "max_scan_bytes",
    "processes",
)
_READING_SHARE: Final = 0.8
_LOCATING_SHARE: Final = 0.1
"""Parts of the whole time after which a scan leaves out what is left, so that what it found by then is not lost."""


_PYTHON: Final = (sys.executable, "-P", "-m")
"""`-P` keeps Python from importing what lies in the working directory."""


class Task(NamedTuple):
    """What the process of a scan is to do.

    Args:
        url: What to scan.
        scope: `history` or `head`.
        mirror: Directory in which a mirror of it is kept, or None to fetch it for this scan only.
        state: File from which to go on, if it is there, and in which to leave the state for the next scan.
    """

    url: str
    scope: str
    mirror: Path | None = None
    state: Path | None = None


def scan_command(task: Task) -> list[str]:
    """Return the command that scans a repository and writes the event stream to its standard output."""
    scan = [*_PYTHON, "beca_core.cli", "scan", "--format", "jsonl", "--scope", task.scope, "--supervised"]
    if task.state is not None:
        scan += ["--state", str(task.state)]
    if task.mirror is None:
        return [*scan, "--", task.url]
    return [*_PYTHON, "beca_api.worker.mirrors.child", str(task.mirror), task.url, *scan, "--"]


def scan_environment(settings: Settings, key: bytes, directory: Path, seconds: float) -> dict[str, str]:
    """Return the whole environment of a scan: policy and fingerprint key, no address of a database or broker.

    Args:
        settings: The worker's settings; those that bind a scan are handed on, wherever they came from.
        key: Key of the fingerprints.
        directory: The scan's own directory: its home, and where temporary files go.
        seconds: Time for all of it.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    policy = {f"BECA_{name.upper()}": _text(getattr(settings, name)) for name in _POLICY}
    own = {
        "BECA_CACHE_DIR": str(settings.cache_dir or settings.data_dir / "cache"),
        "BECA_CONFIG": os.devnull,
        "BECA_FINGERPRINT_KEY": key.decode(),
        "BECA_LOCATE_SECONDS": _seconds(min(settings.locate_seconds, _LOCATING_SHARE * seconds)),
        "BECA_SCAN_SECONDS": _seconds(_READING_SHARE * seconds),
        "HOME": str(directory),
        "PYTHONUTF8": "1",
        "TMPDIR": str(directory),
    }
    return inherited | policy | own


def _text(value: object) -> str:
    """Write a value as settings are read; empty is what is not set."""
    if isinstance(value, frozenset):
        return ",".join(sorted(value)) or ","
    return "" if value is None else str(value)


def _seconds(value: float) -> str:
    return f"{max(value, 1e-6):.6f}"
