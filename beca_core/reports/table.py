"""`--format table`: the report for people, the worst findings first, those that are not sure only as counts."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from beca_core.reports.allowed import write_allowed
from beca_core.reports.console import Console, Style
from beca_core.reports.escaping import printable
from beca_core.reports.suppressed import write_suppressed
from beca_core.reports.table_rows import TableRows, worst_first, write_counts
from beca_core.reports.unsure import write_unsure
from beca_core.rules.candidate import Step
from beca_core.rules.rule_selection import ChangeKind
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import ChangeCounts, Coverage, Problem, Report

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
_SILENCING: Final = "Not a secret, or accepted? Write `beca:allow RULE reason` in its line, or update the baseline."
_RULE_FILES: Final = (".toml", ".yaml", ".yml")
"""How the names of rule files end, which have problems as plugins do."""
_SIZE_UNITS: Final = ("kB", "MB", "GB", "TB", "PB")
_CONTENTS: Final = {"files": "file", "text": "text"}
"""The words for a blob, in scopes other than those of git."""
_WITHOUT_HISTORY: Final = frozenset(("head", *_CONTENTS))


class TableReporter:
    """Write a table for each rule, and each severity and description of its variants, and a summary.

    Findings that do not decide the exit code are a line for each rule; see `Report.decides_from`.

    Args:
        verbose: Whether the caller lists what was not read; otherwise the report says how to list it.
        base: The directory to which the paths of the findings are relative, so that those of files are shown from the
            working directory; None: they are shown as they are.
    """

    name = "table"

    def __init__(self, *, verbose: bool = False, base: str | None = None) -> None:
        self._verbose = verbose
        self._base = base

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the report; `redact=False` shows the secrets instead of their previews."""
        console = Console(stream)
        findings = sorted(filter(report.decides, report.findings), key=worst_first)
        rows = TableRows(console, report, redact=redact, base=self._base)
        for _, of_one_rule in groupby(findings, key=lambda each: (each.rule_id, each.severity, each.description)):
            rows.write(list(of_one_rule))
        write_unsure(console, report)
        if findings:
            console.prose(_SILENCING, hang=2)
        _write_summary(console, report, findings)
        write_counts(console, findings)
        write_allowed(console, report)
        if report.changes is not None:
            console.prose(_since(report.changes))
        if not report.coverage.complete:
            _write_shortcomings(console, report.coverage, self._verbose)
        if report.coverage.omitted:
            _write_omissions(console, report)
        if report.coverage.costly:
            rules = ", ".join(f"{printable(rule)} ({took:,} s)" for rule, took in report.coverage.costly.items())
            console.prose(f"Took long: {rules}. `beca rules profile` shows what each rule costs.", hang=2)
        if report.suppressed is not None:
            write_suppressed(console, report, redact=redact)
        if report.coverage.accepted:
            counts = [f"{count:,} {_words(reason)}" for reason, count in sorted(report.coverage.accepted.items())]
            console.prose(f"Accepted as unreadable: {', '.join(counts)}.", hang=2)
        stream.flush()  # so that the next lines on stderr, such as the list of what was skipped, come after it


def _write_summary(console: Console, report: Report, findings: Sequence[Finding]) -> None:
    coverage = report.coverage
    read = f"{_count(coverage.blobs, _CONTENTS.get(report.scope, 'blob'))}, {_size(coverage.bytes)}"
    if report.scope not in _WITHOUT_HISTORY:
        read = f"{_count(coverage.commits, 'commit')}, {read}"
    if findings:
        files = len({(finding.location.path, finding.location.raw_path) for finding in findings})
        summary = f"{_count(len(findings), 'finding')} in {_count(files, 'file')}; read {read}."
        console.prose(console.paint(summary, Style.BOLD))
    else:
        _write_absence(console, report, read)
    if count := coverage.suppressed.get(Step.THRESHOLD):
        console.prose(f"{_count(count, 'finding')} below --min-severity or --min-confidence.")
    for change in report.rule_changes:
        how = "replaced by" if change.kind is ChangeKind.OVERRIDDEN else "disabled by"
        rule = f"Rule {printable(change.rule_id)} of plugin {printable(change.plugin)}"
        console.prose(f"{rule} is {how} {printable(change.by)}.", hang=2)
    for plugin, count in sorted(coverage.filtered.items()):
        console.prose(f"{_count(count, 'finding')} removed by filters of plugin {printable(plugin)}.")


def _write_absence(console: Console, report: Report, read: str) -> None:
    by = f"by {_count(len(report.ruleset), 'rule')} of BECA {VERSION}"
    everything = "everything was read" if report.changes is None else "everything was read, by this scan or before"
    if report.findings:  # of less confidence
        sure = f"No findings of {report.decides_from.value} confidence or higher {by}"
        if report.coverage.read_everything:
            console.prose(f"{console.paint(f'{sure}; {everything}.', Style.BOLD)} ({read})")
        else:
            console.prose(f"{sure} in what was read; read {read}.")
    elif report.allowed or report.coverage.filtered or report.coverage.suppressed.get(Step.THRESHOLD):
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
        if problem.plugin.endswith(_RULE_FILES):
            console.prose(f"  rule file {_problem(problem)}", hang=4)
        else:
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
