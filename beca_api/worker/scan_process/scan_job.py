"""What a scan's process is given: a job, the command that does it, and a minimal environment."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.system.plugin_tables import as_variable

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.system.settings import Settings

_INHERITED: Final = (
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "HTTPS_PROXY",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "NO_PROXY",
    "PATH",
    "PYTHONPATH",
    "SSH_AUTH_SOCK",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
_SETTINGS: Final = (
    "allow_private_hosts",
    "allowed_schemes",
    "disabled_plugins",
    "exclude_rules",
    "log_level",
    "max_archive_bytes",
    "max_archive_depth",
    "max_archive_members",
    "max_blob_bytes",
    "max_fetch_bytes",
    "max_findings",
    "max_scan_bytes",
    "min_confidence",
    "min_free_bytes",
    "min_severity",
    "plugin_seconds",
    "processes",
    "rules",
    "rules_files",
)
_READING_SHARE: Final = 0.8
_LOCATING_SHARE: Final = 0.1
"""Shares of the whole time. After its share each phase skips the rest, so that earlier findings are not lost."""


_PYTHON: Final = (sys.executable, "-P", "-m")
"""`-P` keeps Python from importing modules of the working directory."""


class ScanJob(NamedTuple):
    """What the process of a scan is to do.

    Args:
        url: What to scan.
        scope: `history` or `head`.
        mirror: Directory that caches a mirror of it, or None to fetch it for this scan only.
        state: File to resume from, if it exists, and to which the state for the next scan is written.
    """

    url: str
    scope: str
    mirror: Path | None = None
    state: Path | None = None


def scan_command(job: ScanJob) -> list[str]:
    """Return the command that scans a repository and writes the event stream to its standard output."""
    scan = [*_PYTHON, "beca_core.cli", "scan", "--format", "jsonl", "--scope", job.scope, "--supervised"]
    if job.state is not None:
        scan += ["--state", str(job.state)]
    if job.mirror is None:
        return [*scan, "--", job.url]
    scan.append(f"--label={job.url}")  # plugins are told what is scanned
    return [*_PYTHON, "beca_api.worker.mirrors.mirror_update", str(job.mirror), job.url, *scan, "--"]


def scan_environment(settings: Settings, key: bytes, directory: Path, seconds: float) -> dict[str, str]:
    """Return the whole environment of a scan: its settings and fingerprint keys, no URL of a database or broker.

    Args:
        settings: The worker's settings; those that apply to a scan are passed on, whatever their source.
        key: Key of the fingerprints.
        directory: The scan's own directory: its home, and the place of its temporary files.
        seconds: Time for the whole scan.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    passed_on = {f"BECA_{name.upper()}": _text(getattr(settings, name)) for name in _SETTINGS}
    own = {
        "BECA_CACHE_DIR": str(settings.cache_dir or settings.data_dir / "cache"),
        "BECA_CONFIG": os.devnull,
        "BECA_FINGERPRINT_KEY": key.decode(),
        "BECA_FORMER_FINGERPRINT_KEY": settings.former_fingerprint_key.get_secret_value(),
        "BECA_LOCATE_SECONDS": _seconds(min(settings.locate_seconds, _LOCATING_SHARE * seconds)),
        "BECA_SCAN_SECONDS": _seconds(_READING_SHARE * seconds),
        "HOME": str(directory),
        "PYTHONUTF8": "1",
        "TMPDIR": str(directory),
    }
    return inherited | passed_on | own | as_variable(settings.plugin_settings)


def _text(value: object) -> str:
    """Write a value in the form in which settings are read; an empty string means not set."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, frozenset):
        return ",".join(sorted(value)) or ","
    return "" if value is None else str(value)


def _seconds(value: float) -> str:
    return f"{max(value, 1e-6):.6f}"
