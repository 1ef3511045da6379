"""Bounds of a scan: its scope, its limits, and the signal that ends reading."""

from __future__ import annotations

import math
import mmap
import time
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput, InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Callable

MIB: Final = 1024 * 1024
PAUSE_SECONDS: Final = 0.002
LAST_SECONDS: Final = 0.3
"""After the time for a scan is over, each step that finishes it still gets so long."""
_STOP_REASONS: Final = ("", "scan-limit", "timeout")
_STEPS_A_LOOK: Final = 1024
_TICK_SECONDS: Final = 0.1

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
        scan_seconds: Time for the whole scan: listing, reading, matching, and finding places. It holds within a second,
            also within one content. What was found until then is reported; what was not read, or not completely, is
            skipped as `timeout`. The code of a plugin that runs in this process is interrupted between its matches.
        scan_bytes: What is not read after so many bytes is skipped as `scan-limit`.
        archive_depth: How many levels of nested archives are opened. 0: no archive is opened; this is a choice and not
            a bound, so that the coverage counts archives as omitted.
        archive_members: How many members of one archive are read, including those of nested archives.
        archive_bytes: How many bytes the members of one archive may have together.
        locate_seconds: Time for finding the places of findings in git history, within `scan_seconds`; findings whose
            place is not found in this time are reported without a path and counted as `unattributed`.
        fetch_seconds: Time for fetching a remote repository.
        fetch_bytes: Disk space that a fetched repository may take, in bytes.
        min_free_bytes: Disk space that fetching leaves free, in bytes; at most a tenth of the file system is left free.
        max_findings: How many findings a report holds at most: the worst ones by severity, then those at HEAD, then by
            confidence, path and position; after the first 100 of a rule in a file, the others there come last. What is
            left out is counted in `Coverage.unlisted`. If little time is left, there may be fewer. Five times as many
            matches are kept in memory while contents are read.
        plugin_seconds: Time for one call of the code of an installed plugin on one content: a rule's checks, a scanner,
            or filters; what takes longer is stopped, and the coverage names the plugin. Code that runs in the
            process of its caller, see `PluginRegistry.register`, cannot be stopped.

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
    min_free_bytes: int = 1024 * MIB
    max_findings: int = 100_000
    plugin_seconds: float = 5.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, is_time = getattr(self, field.name), field.name.endswith("_seconds")
            if isinstance(value, bool) or not isinstance(value, (int, float) if is_time else int) or not value >= 0:
                expected = "a number" if is_time else "a whole number"
                raise InvalidInput(f"Limits: {field.name} must be {expected} from 0 upwards.")


class Stop:
    """Says whether work has to end early.

    Args:
        seconds: Time from now after which the reason is `timeout`.
        tick: Called about ten times a second while somebody asks; None: nothing is. If it raises, work has to end. The
            exception is kept for `raise_failure`, because code that contains exceptions may be asking.

    Attributes:
        has_cut: Whether a step was told that the time is over, so that the work on a content ended early.
    """

    def __init__(self, seconds: float, tick: Callable[[], None] | None = None) -> None:
        now = time.monotonic()
        self._deadline = self._due = now + seconds
        self._tick = tick
        if tick is not None:
            self._due = min(self._due, now + _TICK_SECONDS)
        self._flag: bytearray | mmap.mmap = bytearray(1)
        self._steps = _STEPS_A_LOOK
        self.has_cut = False
        self._failure: BaseException | None = None

    @property
    def reason(self) -> str | None:
        """Why reading has to end, as a reason of `Coverage.skipped`, or None."""
        if number := self._flag[0]:
            return _STOP_REASONS[number]
        now = time.monotonic()
        return None if now <= self._due else self._reason_at(now)

    @property
    def seconds_left(self) -> float:
        """Seconds until work has to end; 0 when there is a reason."""
        return 0.0 if self._flag[0] else max(0.0, self._deadline - time.monotonic())

    def step(self, cost: int = 1, grace: float = 0.0) -> bool:
        """Count a step of work, and return whether the time is over. The clock is read every 1,024 steps or so.

        A content that has been begun is not abandoned because other contents had many bytes.

        Args:
            cost: Steps that this one counts for; 1 stands for about a microsecond.
            grace: Seconds for which work may go on after the time is over.
        """
        self._steps -= cost
        if self._steps > 0:
            return False
        if self.reason == "timeout" and (self._flag[0] or self.is_overdue(grace)):
            self.has_cut = True
            return True
        self._steps = _STEPS_A_LOOK
        return False

    def is_overdue(self, seconds: float) -> bool:
        """Whether the time has been over for so many seconds."""
        return time.monotonic() > self._deadline + seconds

    def too_many_bytes(self) -> None:
        """End reading because `Limits.scan_bytes` have been read."""
        self._flag[0] = _STOP_REASONS.index("scan-limit")

    def extend(self, seconds: float) -> None:
        """Let work end later by so many seconds, in this process and those that are forked from now on."""
        self._deadline += seconds
        self._due += seconds

    def end_now(self) -> None:
        """End work as if the time were over."""
        self._deadline = min(self._deadline, time.monotonic())
        self._flag[0] = _STOP_REASONS.index("timeout")

    def share(self) -> None:
        """Let the processes that are forked from now on see the end of reading."""
        shared = mmap.mmap(-1, 1)
        shared[0] = self._flag[0]
        self._flag = shared

    def forget_tick(self) -> None:
        """Call nothing any more; in a forked process."""
        self._tick, self._due = None, self._deadline

    def raise_failure(self) -> None:
        """Raise what `tick` raised, if it did."""
        if self._failure is not None:
            raise self._failure

    def _reason_at(self, now: float) -> str | None:
        if now > self._deadline:
            return "timeout"
        if self._tick is not None:
            self._due = min(self._deadline, now + _TICK_SECONDS)
            try:
                self._tick()
            except BaseException as error:  # noqa: BLE001 - raised again by `raise_failure`
                self._failure = error
                self.end_now()
                return "timeout"
        return None


NEVER: Final = Stop(math.inf)
"""Has no end."""


class Deadline:
    """A point in time that several steps share.

    Args:
        seconds: Time until then.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def extend(self, seconds: float) -> None:
        """Move it by so many seconds."""
        self._end += seconds

    @property
    def remaining(self) -> float:
        """Seconds until then, 0 when it has passed."""
        return max(0.0, self._end - time.monotonic())

    @property
    def last(self) -> float:
        """Seconds for a step that finishes something: those until then, and at least a moment."""
        return max(self.remaining, LAST_SECONDS)


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
