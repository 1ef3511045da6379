"""`Outcome`: the hits and counts of reading, added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from beca_core.report import ProblemLog

if TYPE_CHECKING:
    from beca_core.report import Skipped
    from beca_core.state.hit import Hit


@dataclass(slots=True)
class Outcome:
    """The hits and counts of a part of a share, of a share, or of all shares. It can be sent between processes.

    Args:
        hits: Hits by blob id.
        skipped: The contents that were not read.
        log: The failures of plugins.
        commits: Commit objects read.
        blobs: Other objects read, members of archives not counted.
        bytes: Bytes scanned, members of archives included.
        unwalked: Objects that git had to read, because they could not be walked in their pack.
    """

    hits: dict[str, list[Hit]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    log: ProblemLog = field(default_factory=ProblemLog)
    commits: int = 0
    blobs: int = 0
    bytes: int = 0
    unwalked: int = 0

    def add(self, other: Outcome) -> None:
        """Add another outcome to this one."""
        for blob_id, hits in other.hits.items():
            self.hits.setdefault(blob_id, []).extend(hits)
        self.skipped += other.skipped
        self.log.update(other.log)
        self.commits += other.commits
        self.blobs += other.blobs
        self.bytes += other.bytes
        self.unwalked += other.unwalked
