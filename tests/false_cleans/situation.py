"""What a situation is: a planted secret, what to scan, and which reports of it are honest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from beca_core.findings import DEFAULT_FINGERPRINT_KEY, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


class Way(StrEnum):
    """A way in."""

    CLI = "cli"
    """`beca scan PATH` in a process."""
    STDIN = "stdin"
    """`beca scan -` in a process; for texts."""
    LIBRARY = "library"
    """`beca_core.scan(path)`."""
    BYTES = "bytes"
    """`beca_core.scan_bytes(data)`; for texts."""
    REST = "rest"
    """`POST /repositories/ID/scans` of a `file://` URL."""
    POST = "post"
    """`POST /scan`; for texts."""


TEXT_WAYS: Final = frozenset({Way.STDIN, Way.BYTES, Way.POST})
"""The ways that take one content and no path."""


@dataclass(frozen=True)
class Secret:
    """What was planted.

    Args:
        rule_id: The rule that has to find it.
        value: The bytes that the rule reports.
    """

    rule_id: str
    value: bytes

    def fingerprint(self, key: bytes = DEFAULT_FINGERPRINT_KEY) -> str:
        """Its fingerprint in reports that are made with a key."""
        return fingerprint(self.rule_id, self.value, key)


@dataclass(frozen=True)
class Spot:
    """Where a secret is.

    Args:
        line: Line of its first character, 1-based.
        columns: Columns of its first character that are right, 1-based. There are several only where the documentation
            leaves room for them.
        path: Path in the report, or "" to accept any.
    """

    line: int
    columns: tuple[int, ...]
    path: str = ""

    def within(self, path: str) -> Spot:
        """The same line and columns in a file of which the path is known."""
        return replace(self, path=path)


@dataclass(frozen=True)
class Case:
    """A situation, built in a directory.

    Args:
        target: What to scan: a file, a directory or a repository.
        secret: What is in there.
        spot: Where the secret is, or None if it is at several places or if its place is not known.
    """

    target: Path
    secret: Secret
    spot: Spot | None = None


@dataclass(frozen=True)
class Scene:
    """What can be changed between two scans.

    Args:
        root: The directory of the situation.
        case: What was scanned.
        site: The directory of the plugins.
        state: The file with the state of the last scan, or None where the way in keeps it for itself.
    """

    root: Path
    case: Case
    site: Path
    state: Path | None


@dataclass(frozen=True)
class Step:
    """Something that happens between two scans.

    Args:
        change: Changes the scene, and returns the case that the next scan is about.
        rules: Ids of the rules of the next scan, or None for all.
        limits: Fields of `Limits` of the next scan, or None for those of the situation.
    """

    change: Callable[[Scene], Case]
    rules: tuple[str, ...] | None = None
    limits: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Situation:
    """A planted secret, and which reports of it are honest.

    Args:
        name: Unique name, words joined by hyphens.
        build: Plants the secret in an empty directory.
        honest: Patterns of what a report may say instead of listing the secret: `skipped:REASON`, `problem:PLUGIN`,
            `unlisted:RULE`, `omitted:KIND`, `accepted:REASON`, `filtered:PLUGIN`, or `refused` for an error that ends
            the scan before there is a report. Without any, the secret has to be found.
        also_says: Patterns of the same kind: one of them has to be said even if the secret is found.
        scope: Scope of the scan, or None for the default.
        limits: Fields of `Limits` with their values.
        rules: Ids of the rules of the first scan, or None for all.
        plugins: Code of the plugins that are installed, by name.
        respects_gitignore: Whether the files that git ignores are left out.
        excludes_binary: Whether binary files are left out.
        steps: What happens before each further scan; each resumes from the one before.
        texts: Whether it is one content, so that the ways for texts apply too.
        without: Ways that cannot have this situation, with the reason.
        is_fast: Whether the ways in this process take well under 0.1 seconds.
        seconds: Time in which each scan has to end.
    """

    name: str
    build: Callable[[Path], Case]
    honest: tuple[str, ...] = ()
    also_says: tuple[str, ...] = ()
    scope: str | None = None
    limits: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    rules: tuple[str, ...] | None = None
    plugins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    respects_gitignore: bool = False
    excludes_binary: bool = False
    steps: tuple[Step, ...] = ()
    without: Mapping[Way, str] = field(default_factory=lambda: MappingProxyType({}))
    texts: bool = False
    is_fast: bool = False
    seconds: float = 60.0

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that apply."""
        kinds = [way for way in Way if self.texts or way not in TEXT_WAYS]
        return tuple(way for way in kinds if way not in self.without)

    @property
    def needs_process(self) -> bool:
        """Whether the library has to run in a process of its own: because of plugins, or because it may not end."""
        return bool(self.plugins) or bool(self.limits)


@dataclass(frozen=True)
class Answer:
    """What a way in answered.

    Args:
        findings: The findings, in their documented JSON shape.
        coverage: The coverage likewise, or None if there is no report.
        code: The exit code: of the process, or of `Report.exit_code`; None on the server.
        key: Key of the fingerprints.
        error: The error, if there is no report.
        table: The report for people, if the way in has one and nothing was found.
        seconds: How long the last scan took.
        broken: What is wrong with the answer itself: no JSON, a traceback, no end.
    """

    findings: tuple[Mapping[str, Any], ...] = ()
    coverage: Mapping[str, Any] | None = None
    code: int | None = None
    key: bytes = DEFAULT_FINGERPRINT_KEY
    error: str = ""
    table: str = ""
    seconds: float = 0.0
    broken: str = ""
