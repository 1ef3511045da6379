"""`--format table`: the report for people, the worst findings first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from beca_core.findings import Change, Presence, Severity
from beca_core.reports.console import Console, Style
from beca_core.reports.escaping import printable
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import ChangeCounts, Coverage, Problem, Report

_STYLES: Final = {
    Severity.CRITICAL: Style.BOLD_WHITE_ON_RED,
    Severity.HIGH: Style.BOLD_RED,
    Severity.MEDIUM: Style.BOLD_YELLOW,
    Severity.LOW: Style.BOLD_BLUE,
}
_PRESENCES: Final = {
    None: "not at HEAD",
    Presence.REMOVED: "removed from HEAD",
    Presence.OTHER_BRANCH: "on another branch, not at HEAD",
    Presence.MESSAGE: "in the message of a commit",
    Presence.OTHER_MESSAGE: "in the message of a commit on another branch",
    Presence.TAG: "in the message of a tag",
    Presence.STASH: "in a stash",
    Presence.NOTES: "in notes on a commit",
    Presence.STAGED: "staged, not committed",
    Presence.UNREACHABLE: "unreachable from any ref, but still stored",
}
_TITLES: Final = ("Place", "Confidence", "Secret")
_WORDS: Final = {
    "too-large": "too large",
    "timeout": "out of time",
    "scan-limit": "beyond the limit of bytes",
    "shallow": "cut off by a shallow clone",
    "unattributed": "not found in history",
    "not-whole": "too large for a scanner that needs the whole",
    "archive-limit": "beyond the limits of archives",
}
"""Reasons that are written in other words than their names."""
_REMEDIES: Final = {
    "too-large": "raise --max-blob-size",
    "missing": "the repository lacks objects; fetch it in full, without a filter",
    "unreadable": "check permissions, a repository with `git fsck`, and whether archives are whole",
    "timeout": "raise --scan-time",
    "scan-limit": "raise --max-scan-size",
    "shallow": "fetch the older history with `git fetch --unshallow`",
    "unattributed": "read, but its places were not found in time; raise --locate-time",
    "not-whole": "raise --max-blob-size",
    "archive-limit": "raise --max-archive-depth, --max-archive-members or --max-archive-size",
    "encrypted": "unpack it with its password, and scan the files",
}
_OMITTED: Final = {
    "history": ("history", "histories"),
    "worktree": ("work tree", "work trees"),
    "gitignored": ("ignored path", "ignored paths"),
    "submodule": ("submodule", "submodules"),
    "lfs-object": ("LFS object", "LFS objects"),
    "link": ("link", "links"),
    "binary": ("binary file", "binary files"),
    "archive": ("archive", "archives"),
    "unopened": ("content of a format that is not opened", "contents of formats that are not opened"),
}
"""Words for one and for several of what is omitted, by kind."""
_ADDITIONS: Final = {
    "history": "scan the repository itself with --scope history",
    "worktree": "scan the root of the work tree, without --no-worktree",
    "gitignored": "scan the files with --scope files, without --respect-gitignore",
    "submodule": "fetch it with `git submodule update --init --recursive`",
    "lfs-object": "fetch it with `git lfs fetch --all`",
    "link": "scan what it leads to",
    "binary": "leave out --exclude-binary",
    "archive": "raise --max-archive-depth",
    "unopened": "unpack it, and scan the files",
}
"""How to have read what is omitted, by kind."""
_HISTORY: Final = "the history (--scope history reads it)"
"""What a scan of HEAD omits, in the place of a count, a hint and a name."""
_SHOWN: Final = 3
"""How many omitted contents of each kind are named."""
_SIZE_UNITS: Final = ("kB", "MB", "GB", "TB", "PB")
_SHORT_ID: Final = 10
_CONTENTS: Final = {"files": "file", "text": "text"}
"""The words for a blob, in scopes other than those of git."""
_WITHOUT_HISTORY: Final = frozenset(("head", *_CONTENTS))


class TableReporter:
    """Write a table for each rule, and a summary.

    Args:
        verbose: Whether the caller lists what was not read; otherwise the report says how to list it.
    """

    name = "table"

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the report; `redact=False` shows the secrets instead of their previews."""
        console = Console(stream)
        findings = sorted(report.findings, key=_worst_first)
        for _, of_one_rule in groupby(findings, key=lambda finding: finding.rule_id):
            _write_group(console, list(of_one_rule), redact)
        _write_summary(console, report)
        if report.changes is not None:
            console.prose(_since(report.changes))
        if not report.coverage.complete:
            _write_shortcomings(console, report.coverage, self._verbose)
        if report.coverage.omitted:
            _write_omissions(console, report)
        if report.coverage.accepted:
            counts = [f"{count:,} {_words(reason)}" for reason, count in sorted(report.coverage.accepted.items())]
            console.prose(f"Accepted as unreadable: {', '.join(counts)}.", hang=2)
        stream.flush()  # so that the next lines on stderr, such as the list of what was skipped, come after it


def _worst_first(finding: Finding) -> tuple[object, ...]:
    at = finding.location
    return (
        -finding.severity.rank,
        finding.rule_id,
        -finding.confidence.rank,
        not finding.in_head,
        at.path,
        at.begin.line,
        at.begin.column,
    )


def _write_group(console: Console, findings: list[Finding], redact: bool) -> None:
    first = findings[0]
    severity = console.paint(first.severity.value, _STYLES[first.severity])
    rule = console.paint(printable(first.rule_id), Style.BOLD)
    console.prose(f"{severity}  {rule}  {printable(first.description)}", hang=2)
    rows = [(_place(finding), finding.confidence.value, _secret(finding, redact)) for finding in findings]
    (titles, *lines), _ = console.aligned([_TITLES, *rows])
    console.line(f"  {console.paint(titles, Style.DIM)}")
    for finding, line in zip(findings, lines, strict=True):
        console.line(f"  {line}")
        for note in _notes(finding):
            console.prose(f"    {console.paint(note, Style.DIM)}", hang=4)
    console.line()


def _place(finding: Finding) -> str:
    at = finding.location
    return f"{printable(at.path)}:{at.begin.line}:{at.begin.column}"


def _notes(finding: Finding) -> Iterator[str]:
    if finding.commit is not None:
        commit = finding.commit
        yield f"{commit.id[:_SHORT_ID]} {commit.date:%Y-%m-%d} {printable(commit.author)}"
    if finding.change is Change.NEW:
        yield "new"
    seen = [f"seen through {' and '.join(map(printable, finding.decodings))}"] if finding.decodings else []
    if finding.truncated:
        seen.append("longer than its rule reads, cut here")
    if finding.occurrences > 1:
        seen.append(f"in {finding.occurrences:,} versions")
    if finding.uncommitted:
        seen.append("not committed")
    if not finding.in_head:
        seen.append(_PRESENCES[finding.presence])
    if seen:
        yield ", ".join(seen)


def _secret(finding: Finding, redact: bool) -> str:
    return printable(finding.redacted if redact else finding.secret.decode("utf-8", "backslashreplace"))


def _write_summary(console: Console, report: Report) -> None:
    coverage, findings = report.coverage, report.findings
    read = f"{_count(coverage.blobs, _CONTENTS.get(report.scope, 'blob'))}, {_size(coverage.bytes)}"
    if report.scope not in _WITHOUT_HISTORY:
        read = f"{_count(coverage.commits, 'commit')}, {read}"
    if findings:
        files = len({(finding.location.path, finding.location.raw_path) for finding in findings})
        summary = f"{_count(len(findings), 'finding')} in {_count(files, 'file')}; read {read}."
        console.prose(console.paint(summary, Style.BOLD))
    else:
        _write_absence(console, report, read)
    for plugin, count in sorted(coverage.filtered.items()):
        console.prose(f"{_count(count, 'finding')} removed by filters of plugin {printable(plugin)}.")


def _write_absence(console: Console, report: Report, read: str) -> None:
    by = f"by {_count(len(report.ruleset), 'rule')} of BECA {VERSION}"
    everything = "everything was read" if report.changes is None else "everything was read, by this scan or before"
    if report.coverage.filtered:
        console.prose(f"{console.paint(f'No findings {by} are left.', Style.BOLD)} (read {read})")
    elif report.coverage.read_everything:
        console.prose(f"{console.paint(f'No secrets found {by}; {everything}.', Style.BOLD_GREEN)} ({read})")
    else:
        console.prose(f"No secrets found {by} in what was read; read {read}.")


def _since(changes: ChangeCounts) -> str:
    gone = f", {changes.gone:,} gone from HEAD" if changes.gone else ""
    return f"Since the scan before: {changes.new:,} new, {changes.carried:,} as before{gone}."


def _write_shortcomings(console: Console, coverage: Coverage, verbose: bool) -> None:
    console.prose(console.paint("INCOMPLETE: there may be secrets that this scan has not seen.", Style.BOLD_RED))
    if coverage.skipped:
        counts = [f"{count:,} {_words(reason)}" for reason, count in sorted(coverage.skipped.items())]
        hint = "" if verbose else " (--verbose lists them)"
        console.prose(f"Skipped: {', '.join(counts)}{hint}.", hang=2)
    for reason in sorted(coverage.skipped):
        if remedy := _REMEDIES.get(reason):
            console.prose(f"  {reason}: {remedy}", hang=4)
    if coverage.unlisted:
        counts = [f"{count:,} of {printable(rule_id)}" for rule_id, count in sorted(coverage.unlisted.items())]
        console.prose(f"Found and not listed, because there are too many: {', '.join(counts)}.", hang=2)
        console.prose("  raise --max-findings; of one content, at most 10,000 matches of a rule are listed", hang=4)
    for problem in coverage.problems:
        advice = "repair it, or leave it out with --disable-plugin"
        console.prose(f"  plugin {_problem(problem)}: {advice}", hang=4)


def _write_omissions(console: Console, report: Report) -> None:
    omitted = sorted(report.coverage.omitted.items())
    is_head = report.scope == "head" and report.coverage.omitted.get("history") == 1
    counts = [_HISTORY if is_head and kind == "history" else _counted(kind, count) for kind, count in omitted]
    console.prose(f"Not read: {', '.join(counts)}.", hang=2)
    for kind, count in omitted:
        if is_head and kind == "history":
            continue
        names = sorted(item.id for item in report.omitted if item.reason == kind)[:_SHOWN]
        more = [f"{count - len(names):,} more"] if names and count > len(names) else []
        where = f" ({', '.join([*map(printable, names), *more])})" if names else ""
        console.prose(f"  {printable(kind)}: {_ADDITIONS.get(kind, 'left out')}{where}", hang=4)


def _counted(kind: str, count: int) -> str:
    one, several = _OMITTED.get(kind, (printable(kind),) * 2)
    return f"{count:,} {one if count == 1 else several}"


def _words(reason: str) -> str:
    return _WORDS.get(reason) or printable(reason)


def _problem(problem: Problem) -> str:
    times = f" ({problem.count:,} times)" if problem.count > 1 else ""
    return f"{printable(problem.plugin)}, {printable(problem.message)}{times}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _size(size: int) -> str:
    if size < 1000:
        return _count(size, "byte")
    number, unit = size / 1000, 0
    while number >= 999.95 and unit + 1 < len(_SIZE_UNITS):  # otherwise 1,000.0 would be shown
        number, unit = number / 1000, unit + 1
    return f"{number:,.1f} {_SIZE_UNITS[unit]}"
