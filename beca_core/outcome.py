"""`Outcome`: what comes of reading, added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from beca_core.report import Problem

if TYPE_CHECKING:
    from beca_core.report import Skipped
    from beca_core.state.hits import Hit


class ProblemLog:
    """Counts what plugins do wrong during one scan."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}  # a Counter costs as much as a scan of a small text

    def add(self, plugin: str, what: str, error: BaseException | None = None) -> None:
        """Count a problem; of an exception only the type is kept, since its text may hold scanned data."""
        message = what if error is None else f"{what} raised {type(error).__name__}"
        self._counts[plugin, message] = self._counts.get((plugin, message), 0) + 1

    def update(self, other: ProblemLog) -> None:
        """Take over what another one has counted."""
        for problem, count in other._counts.items():
            self._counts[problem] = self._counts.get(problem, 0) + count

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, sorted by plugin and message."""
        return tuple(Problem(plugin, message, count) for (plugin, message), count in sorted(self._counts.items()))


@dataclass(slots=True)
class Outcome:
    """What came of reading: of a part of a share, of a share, of all shares. It can be sent between processes.

    Args:
        hits: What was found, by blob id.
        skipped: What was not read.
        log: What plugins did wrong.
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
        """Take over what another one holds."""
        for blob_id, hits in other.hits.items():
            self.hits.setdefault(blob_id, []).extend(hits)
        self.skipped += other.skipped
        self.log.update(other.log)
        self.commits += other.commits
        self.blobs += other.blobs
        self.bytes += other.bytes
        self.unwalked += other.unwalked
