"""`Report`: the outcome of a scan, with what was read and what was skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, runtime_checkable

from beca_core.errors import PluginFailed
from beca_core.findings import Change, Confidence, Finding, Location
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import TextIO

    from beca_core.rules.allow_entry import AllowEntry
    from beca_core.rules.candidate import Step
    from beca_core.rules.rule import RuleInfo
    from beca_core.rules.rule_selection import RuleChange
    from beca_core.state.state import State

Filter: TypeAlias = Callable[[Finding], bool]
"""Returns True to keep a finding, False to remove it; anything else is a problem of the plugin, and keeps it."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something a plugin did wrong.

    Args:
        plugin: Name of the plugin.
        message: What happened, without any scanned data.
        count: How often it happened.
    """

    plugin: str
    message: str
    count: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the problem in its documented JSON shape."""
        return {"plugin": self.plugin, "message": self.message, "count": self.count}


@dataclass(frozen=True, slots=True)
class Skipped:
    """One content that was not read.

    Args:
        id: Name of the content within its source: an object id, or a path.
        reason: Why it was not read; a key of `REASONS`, or of `OMISSIONS` if it does not belong to what the scan was
            asked to read.
    """

    id: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the content and the reason in their documented JSON shape."""
        return {"id": self.id, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A match that is not among the findings, and why.

    Args:
        finding: What the finding would be.
        step: The step that dropped it.
        name: What dropped it: as in the rule, or a pattern of paths, the more specific rule, or the filter's plugin.
        reason: Why, in a few words that continue "dropped: ".
        value: What was measured; empty: nothing was.
    """

    finding: Finding
    step: Step
    name: str
    reason: str
    value: str = ""

    def to_dict(self, *, redact: bool = True) -> dict[str, Any]:
        """Return the match in its documented JSON shape; the argument is that of `Finding.to_dict`."""
        why = {"step": self.step.value, "name": self.name, "reason": self.reason, "value": self.value}
        return {**why, "finding": self.finding.to_dict(redact=redact)}


_LONGEST_MESSAGE: Final = 300
_COUNTS: Final = ("skipped", "omitted", "accepted", "filtered", "unlisted", "suppressed", "costly")

DOCUMENT_VERSION: Final = 1
"""Version of `Report.to_dict`; members may be added without a new one."""

REASONS: Final = MappingProxyType(
    {
        "too-large": "The content is larger than the limit on one blob.",
        "missing": "The repository refers to an object that it does not have.",
        "unreadable": "The object or the archive is damaged, or the file cannot be opened.",
        "timeout": "The time for the scan was over.",
        "scan-limit": "The scan had read as many bytes as it may.",
        "shallow": "The clone is shallow: its older history is not there.",
        "unattributed": "The content was read and something was found in it, but its place in history was not.",
        "not-whole": "The content was read in parts; a scanner needs the whole of it, which is larger than the limit.",
        "archive-limit": "The archive is nested too deep, has too many members or bytes, or needs too much memory.",
        "encrypted": "The member of an archive can be opened with a password only.",
    }
)
"""The meaning of each reason in `Coverage.skipped`."""

OMISSIONS: Final = MappingProxyType(
    {
        "history": "The files belong to a repository whose history was not read.",
        "worktree": "The work tree of the repository was not read: what is not committed may be there.",
        "gitignored": "The file, or everything in the directory, is ignored by git.",
        "submodule": "The submodule is not initialised, or is stored outside the repository.",
        "lfs-object": "The file is a pointer of Git LFS, and its content is not there.",
        "link": "The symbolic link leads out of the directory that was scanned, and was not followed.",
        "binary": "The file is binary, and binary files were excluded.",
        "archive": "The archive was not opened, because the depth of archives is 0.",
        "unopened": "What is compressed in the content was not read, because its format is not opened.",
    }
)
"""The meaning of each kind in `Coverage.omitted`."""

ACCEPTABLE: Final = frozenset(("unreadable", "encrypted", "archive-limit", "too-large"))
"""Reasons that are in the content itself, so that a user can accept a content as one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a scan read.

    Args:
        commits: Commit objects read.
        blobs: Blobs, files and texts read, without commits and tags.
        bytes: Bytes scanned, of all objects together.
        skipped: Number of objects that were not read, by reason; `REASONS` explains each reason.
        problems: What plugins did wrong; findings of theirs may be missing.
        unwalked: Objects that git had to read, because the walk of their pack could not: they are damaged, or stored in
            an old format.
        filtered: Number of findings that the filters and processors of plugins removed, by plugin. They are not in the
            report, and do not make the scan incomplete.
        unlisted: Number of matches that were found and are not among the findings, by rule, because of
            `Limits.max_findings` or because one content has more than 10,000 of a rule.
        omitted: Number of contents that the scan left out by its scope, its options or the nature of the target, by
            kind; `OMISSIONS` explains each kind. They do not make a scan incomplete.
        accepted: Number of contents that were not read and that the caller accepted as such, by reason. They do not
            make a scan incomplete.
        suppressed: Number of matches that are not findings, by the `Step` that dropped them. What the matcher drops
            counts once for each content that was read, what is dropped afterwards once for each place. They do not make
            a scan incomplete.
        costly: Seconds that a rule took, by rule, or by `scanner` and its class, if its searches and checks took more
            than 30 seconds in all processes together. It was not stopped; `beca rules profile` says more.
    """

    commits: int = 0
    blobs: int = 0
    bytes: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    unwalked: int = 0
    filtered: Mapping[str, int] = field(default_factory=dict)
    unlisted: Mapping[str, int] = field(default_factory=dict)
    omitted: Mapping[str, int] = field(default_factory=dict)
    accepted: Mapping[str, int] = field(default_factory=dict)
    suppressed: Mapping[str, int] = field(default_factory=dict)
    costly: Mapping[str, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every rule saw everything; only then does "no findings" mean "clean".

        What is counted in `omitted` or `accepted` does not belong to everything.
        """
        return not self.skipped and not self.problems and not self.unlisted

    @property
    def read_everything(self) -> bool:
        """Whether the scan is complete, and nothing was omitted or accepted as unreadable."""
        return self.complete and not self.omitted and not self.accepted

    def to_dict(self) -> dict[str, Any]:
        """Return the coverage in its documented JSON shape."""
        return {
            "commits": self.commits,
            "blobs": self.blobs,
            "bytes": self.bytes,
            "unwalked": self.unwalked,
            **{name: dict(sorted(getattr(self, name).items())) for name in _COUNTS},
            "problems": [problem.to_dict() for problem in self.problems],
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Numbers of findings that are new, the same, or gone since an earlier scan.

    Args:
        new: Findings whose secret the earlier scan did not have, or of which HEAD has one more copy.
        carried: Findings whose secret it had too.
        gone: Secrets that were at HEAD at some path, and no longer are. They count even if they are not findings any
            more, because their objects are gone; those of rules that took no part do not.
    """

    new: int = 0
    carried: int = 0
    gone: int = 0

    def without(self, hidden: Iterable[Finding]) -> ChangeCounts:
        """Return the counts without those of some findings."""
        counts = Counter(finding.change for finding in hidden)
        return ChangeCounts(self.new - counts[Change.NEW], self.carried - counts[Change.CARRIED], self.gone)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts in their documented JSON shape."""
        return {"new": self.new, "carried": self.carried, "gone": self.gone}


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The outcome of a scan.

    Args:
        scope: `history`, `head`, `files` or `text`: what the scan looked at.
        findings: Sorted by path, position and rule.
        coverage: What was read, and what was skipped.
        ruleset: Version of each rule that took part, by id.
        skipped: Each object that was not read, with the reason.
        changes: Comparison with an earlier scan, or None if there was none.
        state: State from which the next scan can resume.
        omitted: Each content that the scan left out, with the kind.
        accepted: The path of each content that was not read and that the caller accepted as such, with the reason.
        unused_accepts: Patterns of `accept_unreadable` that accepted nothing.
        rule_changes: Which rules were overridden or disabled by rule files.
        suppressed: What was dropped, sorted as the findings; None: it was not asked for.
        unlisted_suppressed: Number of dropped matches that are not in `suppressed`, which holds at most
            `Limits.max_findings`, and 1,000 that steps of one rule drop in one content.
        decides_from: Least confidence of the findings that decide the exit code, and that the table lists: the
            `min_confidence` that was asked for, else MEDIUM.
        rules: What the rules that took part say of themselves, by id; for the formats that explain them.
        started: When the scan began, in UTC; None: that is not known.
        finished: When it ended.
        allowed: The findings that an inline comment, an allow-list or the baseline hides, at most
            `Limits.max_findings`; they do not decide the exit code.
        expired_allows: Entries of the allow-list that have expired and would hide findings.
        stale_allows: Entries that match nothing; only if everything was read.
        former_ids: Present ids of the rules that took part, by ids that they had before.
        lines: The line of each secret without it, by location and fingerprint; empty: it was not asked for.
    """

    scope: str
    findings: tuple[Finding, ...]
    coverage: Coverage
    ruleset: Mapping[str, int]
    skipped: tuple[Skipped, ...] = ()
    changes: ChangeCounts | None = None
    state: State | None = field(default=None, repr=False, compare=False)
    omitted: tuple[Skipped, ...] = ()
    accepted: tuple[Skipped, ...] = ()
    unused_accepts: tuple[str, ...] = ()
    rule_changes: tuple[RuleChange, ...] = ()
    suppressed: tuple[Suppressed, ...] | None = None
    unlisted_suppressed: int = 0
    decides_from: Confidence = Confidence.MEDIUM
    rules: Mapping[str, RuleInfo] = field(default_factory=dict, compare=False)
    started: datetime | None = field(default=None, compare=False)
    finished: datetime | None = field(default=None, compare=False)
    allowed: tuple[Suppressed, ...] = ()
    expired_allows: tuple[AllowEntry, ...] = ()
    stale_allows: tuple[AllowEntry, ...] = ()
    former_ids: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[tuple[Location, str], tuple[str, str]] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        findings = f"{len(self.findings):,} finding{'' if len(self.findings) == 1 else 's'}"
        changes = "" if self.changes is None else f" ({self.changes.new:,} new, {self.changes.gone:,} gone)"
        return f"<Report: {self.scope}, {findings}{changes}, {'' if self.coverage.complete else 'in'}complete>"

    def head(self) -> dict[str, Any]:
        """Return everything but the findings, in its documented JSON shape."""
        changes = {"changes": self.changes.to_dict()} if self.changes else {}
        return {
            "beca": {"version": VERSION},
            "scope": self.scope,
            "coverage": self.coverage.to_dict(),
            "ruleset": dict(self.ruleset),
            **({"formerIds": dict(self.former_ids)} if self.former_ids else {}),
            **({"ruleChanges": [change.to_dict() for change in self.rule_changes]} if self.rule_changes else {}),
            **changes,
        }

    def to_dict(self, *, redact: bool = True) -> dict[str, Any]:
        """Return the report as `--format json` writes it.

        Args:
            redact: False adds the member `secret` to each finding, in clear.
        """
        document = {"version": DOCUMENT_VERSION, **self.head()}
        document["findings"] = [finding.to_dict(redact=redact) for finding in self.findings]
        if self.allowed:
            document["allowed"] = [item.to_dict(redact=redact) for item in self.allowed]
        if self.suppressed is not None:
            document["suppressed"] = [item.to_dict(redact=redact) for item in self.suppressed]
            document["unlistedSuppressed"] = self.unlisted_suppressed
        return document

    def decides(self, finding: Finding) -> bool:
        """Return whether a finding of the report is sure enough to decide the exit code; see `decides_from`."""
        return finding.confidence >= self.decides_from

    @property
    def exit_code(self) -> int:
        """2 if something was not read; else 1 if a finding decides it, and 0 if none does."""
        return int(any(map(self.decides, self.findings))) if self.coverage.complete else 2

    @property
    def exit_code_for_new(self) -> int:
        """Like `exit_code`, but only counts findings that an earlier scan did not have. Without one, all count."""
        has_new = any(finding.change in (None, Change.NEW) for finding in filter(self.decides, self.findings))
        return int(has_new) if self.coverage.complete else 2


class ProblemLog:
    """Counts what plugins do wrong during one scan, and the matches that are found and not kept.

    Attributes:
        unlisted: Number of matches that are not kept, by rule.
        dropped: Number of matches that a step of their rule dropped, by step.
        nanoseconds: Time of the searches for each rule, without that of the prefilter.
        unlisted_drops: Number of dropped matches that are not listed where they are to be listed.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}  # a Counter costs as much as a scan of a small text
        self.unlisted: dict[str, int] = {}
        self.dropped: dict[Step, int] = {}
        self.unlisted_drops = 0
        self.nanoseconds: dict[str, int] = {}

    def add(self, plugin: str, what: str, error: BaseException | None = None) -> None:
        """Count a problem. Only the type of an exception is kept, because its text may hold scanned data."""
        message = what if error is None else f"{what} {_event(error)}"
        if len(message) > _LONGEST_MESSAGE or not message.isprintable():  # a plugin chooses the names of its types
            message = ascii(message)[1 : _LONGEST_MESSAGE + 1]
        self._counts[plugin, message] = self._counts.get((plugin, message), 0) + 1

    def update(self, other: ProblemLog) -> None:
        """Add the counts of another log."""
        for problem, count in other._counts.items():
            self._counts[problem] = self._counts.get(problem, 0) + count
        for rule_id, count in other.unlisted.items():
            self.add_unlisted(rule_id, count)
        for step, count in other.dropped.items():
            self.add_dropped(step, count)
        self.unlisted_drops += other.unlisted_drops
        for rule, nanoseconds in other.nanoseconds.items():
            self.add_time(rule, nanoseconds)

    def add_dropped(self, step: Step, count: int = 1) -> None:
        """Count matches that a step dropped."""
        self.dropped[step] = self.dropped.get(step, 0) + count

    def add_time(self, rule: str, nanoseconds: int) -> None:
        """Add the time of a search for a rule, or for a scanner, which is named `scanner` and its class."""
        self.nanoseconds[rule] = self.nanoseconds.get(rule, 0) + nanoseconds

    def add_unlisted(self, rule_id: str, count: int) -> None:
        """Count matches of a rule that are found and not kept."""
        self.unlisted[rule_id] = self.unlisted.get(rule_id, 0) + count

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, sorted by plugin and message."""
        return tuple(Problem(plugin, message, count) for (plugin, message), count in sorted(self._counts.items()))


def _event(error: BaseException) -> str:
    return error.event if isinstance(error, PluginFailed) else f"raised {type(error).__name__}"


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
            stream: Text stream to write to; it stays open.
            redact: Whether secrets are shown as previews only.
        """
