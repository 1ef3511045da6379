"""`Report`: the outcome of a scan, with what was read and what was not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    from beca_core.findings import Finding

    Filter: TypeAlias = Callable[[Finding], bool]
    """Says whether a finding is kept."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something a plugin did wrong.

    Args:
        plugin: Name of the plugin.
        message: What happened, without any data that was scanned.
        count: How often.
    """

    plugin: str
    message: str
    count: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the problem in its documented JSON shape."""
        return {"plugin": self.plugin, "message": self.message, "count": self.count}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a scan read.

    Args:
        commits: Commit objects read.
        blobs: Blobs, files and texts read, commits and tags not counted.
        bytes: Bytes scanned, of all objects together.
        skipped: How many objects were not read, by reason: `too-large`, `missing`, `unreadable`, `timeout`,
            `shallow` (a clone that lacks older history), `unattributed` (read, but place not found).
        problems: What plugins did wrong; their findings may be missing.
    """

    commits: int = 0
    blobs: int = 0
    bytes: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything was read by every rule; only then does "no findings" mean "clean"."""
        return not self.skipped and not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return the coverage in its documented JSON shape."""
        return {
            "commits": self.commits,
            "blobs": self.blobs,
            "bytes": self.bytes,
            "skipped": dict(sorted(self.skipped.items())),
            "problems": [problem.to_dict() for problem in self.problems],
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a scan.

    Args:
        scope: `history`, `head`, `files` or `text`: what the scan looked at.
        findings: Sorted by path, position and rule.
        coverage: What was read, and what was not.
        ruleset: Version of each rule that took part, by id.
    """

    scope: str
    findings: tuple[Finding, ...]
    coverage: Coverage
    ruleset: Mapping[str, int]

    @property
    def exit_code(self) -> int:
        """2 where something was not read, else 1 with findings and 0 without."""
        if not self.coverage.complete:
            return 2
        return 1 if self.findings else 0


@runtime_checkable
class Reporter(Protocol):
    """Writes a report in one format."""

    @property
    def name(self) -> str:
        """The format's name, as given to `--format`."""

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the whole report.

        Args:
            report: What to write.
            stream: Text stream to write to; not closed.
            redact: Whether secrets are shown as previews only.
        """
