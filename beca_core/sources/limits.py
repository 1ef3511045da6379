"""Bounds of a scan: its scope, its limits, and the signal that ends reading."""

from __future__ import annotations

import mmap
import time
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from beca_core.errors import InvalidInput, InvalidSettings

MIB: Final = 1024 * 1024
PAUSE_SECONDS: Final = 0.002
_STOP_REASONS: Final = ("", "scan-limit")

DEFAULT_PORTS: Final = {"https": 443, "http": 80, "ssh": 22, "git": 9418}
SCHEMES: Final = (*DEFAULT_PORTS, "file")
"""Every scheme that can be allowed."""


class Scope(StrEnum):
    """How much of a target is read."""

    HISTORY = "history"
    """Everything in a git repository's object store: all versions of all files, commit and tag messages."""
    HEAD = "head"
    """The files of the commit that HEAD names."""
    FILES = "files"
    """The files of a directory as they are on disk."""
    TEXT = "text"
    """One text."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a scan; what is not read because of one of them is counted in the coverage.

    Args:
        max_blob_bytes: Larger git blobs, texts and members of archives are skipped as `too-large`; files of directories
            and standard input are read in chunks instead, whatever their size.
        scan_seconds: Time for reading; what is not read in this time is skipped as `timeout`.
        scan_bytes: What is not read after so many bytes is skipped as `scan-limit`.
        archive_depth: How many levels of nested archives are opened. 0: no archive is opened; this is a choice and not
            a bound, so that the coverage counts archives as omitted.
        archive_members: How many members of one archive are read, including those of nested archives.
        archive_bytes: How many bytes the members of one archive may have together.
        locate_seconds: Time for finding the places of findings in git history; findings whose place is not found in
            this time are reported without a path and counted as `unattributed`.
        fetch_seconds: Time for fetching a remote repository.
        fetch_bytes: Disk space that a fetched repository may take, in bytes.

    Raises:
        InvalidInput: If a limit is not a number from 0 upwards; only times may have fractions. The message names it.
    """

    max_blob_bytes: int = 256 * MIB
    scan_seconds: float = 24 * 3600.0
    scan_bytes: int = 2**63 - 1
    archive_depth: int = 4
    archive_members: int = 100_000
    archive_bytes: int = 1024 * MIB
    locate_seconds: float = 600.0
    fetch_seconds: float = 3600.0
    fetch_bytes: int = 20 * 1024 * MIB

    def __post_init__(self) -> None:
        for field in fields(self):
            value, is_time = getattr(self, field.name), field.name.endswith("_seconds")
            if isinstance(value, bool) or not isinstance(value, (int, float) if is_time else int) or not value >= 0:
                expected = "a number" if is_time else "a whole number"
                raise InvalidInput(f"Limits: {field.name} must be {expected} from 0 upwards.")


class Stop:
    """Says whether reading has to end early. Forked processes share it.

    Args:
        seconds: Time from now after which the reason is `timeout`.
    """

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._flag = mmap.mmap(-1, 1)

    @property
    def reason(self) -> str | None:
        """Why reading has to end, as a reason of `Coverage.skipped`, or None."""
        if number := self._flag[0]:
            return _STOP_REASONS[number]
        return "timeout" if time.monotonic() > self._deadline else None

    def too_many_bytes(self) -> None:
        """End reading because `Limits.scan_bytes` have been read."""
        self._flag[0] = _STOP_REASONS.index("scan-limit")


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """Which URLs may be fetched.

    Args:
        allowed_schemes: Some of `https`, `http`, `ssh`, `git` and `file`.
        allow_private_hosts: Whether hosts on loopback, private and other special networks are allowed.

    Raises:
        InvalidSettings: If `allowed_schemes` is not a set, or has a scheme that is not one of these.
    """

    allowed_schemes: frozenset[str] = frozenset({"https"})
    allow_private_hosts: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.allowed_schemes, (set, frozenset)):
            raise InvalidSettings(
                f"UrlPolicy: allowed_schemes must be a frozenset, not {type(self.allowed_schemes).__name__}.",
                hint='Use frozenset({"https"}).',
            )
        if not self.allowed_schemes <= set(SCHEMES):
            raise InvalidSettings(
                "The allowed URL schemes include one that BECA cannot fetch.",
                hint=f"BECA_ALLOWED_SCHEMES takes some of {', '.join(SCHEMES)}.",
            )
