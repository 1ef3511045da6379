"""`Progress`: how far a scan has come, from the transfer of a repository to the places of the findings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """What a scan is doing; each phase is entered once, in this order."""

    FETCHING = "fetching"
    """A remote repository is transferred."""
    READING = "reading"
    """Contents are read and scanned."""
    LOCATING = "locating"
    """The places of the findings are looked up."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan has come.

    Args:
        commits: Commit objects read.
        blobs: Other objects read.
        bytes: Bytes scanned; while fetching, bytes received.
        skipped: Objects not read.
        expected: Objects of this phase in all, or None if the number is not known yet.
        phase: What the scan is doing.
        handled: Objects fetched or located, in those phases.
    """

    commits: int = 0
    blobs: int = 0
    bytes: int = 0
    skipped: int = 0
    expected: int | None = None
    phase: Phase = Phase.READING
    handled: int = 0

    @property
    def done(self) -> int:
        """Number of the `expected` objects that this phase has handled."""
        if self.phase is Phase.READING:
            return self.commits + self.blobs + self.skipped
        return self.handled

    def to_dict(self) -> dict[str, Any]:
        """Return the progress in its documented JSON shape."""
        return {
            "phase": self.phase.value,
            "objects": self.done,
            "expected": self.expected,
            "commits": self.commits,
            "blobs": self.blobs,
            "bytes": self.bytes,
            "skipped": self.skipped,
        }
