"""`ScanOutput`: what a scan's process has written so far, in bounded memory."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, Final

from beca_api.worker.scan_process.events import (
    BadOutput,
    CoverageEvent,
    DoneEvent,
    FailedEvent,
    FindingEvent,
    ProgressEvent,
    parse_event,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_api.worker.scan_process.events import Event

MAX_LINE_BYTES: Final = 8 * 1024 * 1024
"""A longer line fails the scan; only a path made for the purpose comes near it."""

MAX_FINDINGS: Final = 100_000
MAX_FINDINGS_BYTES: Final = 256 * 1024 * 1024
"""Findings beyond either bound are counted in the coverage, as `too-many-findings`, and dropped."""

_DAMAGE_REASONS: Final = ("missing", "unreadable")


class Lines:
    """Cut chunks of bytes into lines; at most one line and one chunk are in memory.

    Args:
        limit: Longest line, in bytes.
    """

    def __init__(self, limit: int = MAX_LINE_BYTES) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that a chunk completes, without their line ends.

        Raises:
            BadOutput: If a line is too long.
        """
        self._rest += chunk
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest
        for line in (*lines, rest):
            if len(line) > self._limit:
                raise BadOutput(f"a line of more than {self._limit} bytes")
        yield from map(bytes, lines)


class SpooledFindings:
    """Findings in a file; each iteration starts from the first.

    Args:
        spool: The file, with a finding on each line.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._spool.seek(0)
        for line in self._spool:
            yield json.loads(line)


class ScanOutput:
    """Read the event stream; findings are spooled to a file until they are stored.

    Args:
        spool: An empty binary file, readable and writable; the caller closes it.

    Attributes:
        spooled: Number of findings in the file.
        progress: The latest progress, or None.
        end: The last event of the stream, or None until it arrives.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        self.spooled = 0
        self._lines = Lines()
        self._spool = spool
        self._found = 0
        self._coverage: CoverageEvent | None = None
        self.progress: dict[str, Any] | None = None
        self.end: DoneEvent | FailedEvent | None = None

    def feed(self, chunk: bytes) -> None:
        """Read what the process wrote; everything after the last event is ignored.

        Raises:
            BadOutput: If the stream does not allow it there.
        """
        for line in self._lines.feed(chunk):
            if self.end is None and line.strip():
                self._take(parse_event(line))

    @property
    def coverage(self) -> dict[str, Any]:
        """What was read, in its documented shape, with the number of dropped findings."""
        coverage = self._coverage_event.coverage.model_dump(by_alias=True)
        if dropped := self._found - self.spooled:
            coverage["skipped"] = dict(sorted({**coverage["skipped"], "too-many-findings": dropped}.items()))
            coverage["complete"] = False
        return coverage

    @property
    def ruleset(self) -> dict[str, int]:
        """Version of each rule that took part, by id."""
        return self._coverage_event.ruleset

    @property
    def former_ids(self) -> dict[str, str]:
        """Present ids of rules by ids that they had before."""
        return self._coverage_event.former_ids

    @property
    def rule_changes(self) -> list[dict[str, str]]:
        """Rules that rule files have overridden or disabled, in their documented shape."""
        return [change.model_dump(by_alias=True) for change in self._coverage_event.rule_changes]

    @property
    def unread(self) -> int:
        """Number of objects that were missing or damaged."""
        return sum(self._coverage_event.coverage.skipped.get(reason, 0) for reason in _DAMAGE_REASONS)

    def findings(self) -> SpooledFindings:
        """Return the findings."""
        return SpooledFindings(self._spool)

    @property
    def _coverage_event(self) -> CoverageEvent:
        if self._coverage is None:
            raise BadOutput("no coverage")
        return self._coverage

    def _take(self, event: Event) -> None:
        match event:
            case ProgressEvent():
                self.progress = event.to_dict()
            case FindingEvent():
                self._spool_finding(event)
            case CoverageEvent() if self._coverage is None:
                self._coverage = event
            case CoverageEvent():
                raise BadOutput("a second coverage")
            case DoneEvent():
                self._finish(event)
            case FailedEvent():
                self.end = event

    def _spool_finding(self, event: FindingEvent) -> None:
        self._found += 1
        line = json.dumps(event.to_dict()).encode() + b"\n"
        if self.spooled < MAX_FINDINGS and self._spool.tell() + len(line) <= MAX_FINDINGS_BYTES:
            self._spool.write(line)
            self.spooled += 1

    def _finish(self, event: DoneEvent) -> None:
        if event.findings != self._found:
            raise BadOutput(f"{self._found} findings, but the last event counts {event.findings}")
        if self._coverage is None:
            raise BadOutput("no coverage before the last event")
        self.end = event
