"""`ScanRequest`: the options of `beca scan`, as they are given."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from beca_core.cli.framework.output import ReportOutput
    from beca_core.sources.worktree.commit_range import CommitRange

TABLE: Final = "table"
"""The format for people."""
EVENTS: Final = "jsonl"
"""The format for programs that follow a scan, such as a worker."""
STDIN: Final = "-"
"""The target that means standard input."""


class ScanRequest(NamedTuple):
    """The options of `beca scan`.

    Args:
        target: A path, a URL or `-`.
        format: Name of the output format.
        scope: `history`, `head`, `files`, or None for the default of the target.
        outputs: Where reports go, as given; none: to standard output.
        rules: Selectors of rules, or several joined by commas; None means those of the settings.
        excluded_rules: Selectors of rules that take no part, in the same form.
        rules_files: Rule files, beside those of the settings.
        min_severity: Least severity of the findings; None means that of the settings.
        min_confidence: Least confidence of the findings; None means that of the settings.
        redact: Whether the report shows previews in place of secrets.
        disabled_plugins: Names of plugins to leave out, beside those of the settings.
        respect_gitignore: Whether a directory is read without what its .gitignore files exclude.
        exclude_binary: Whether a directory is read without its binary files.
        worktree: Whether what is not committed in the work tree of a repository is read, and its submodules.
        accept_unreadable: Patterns of paths that are accepted as unreadable.
        limits: Fields of `Limits` that win over the settings.
        processes: Number of processes that read, or None for the value of the settings.
        cache_dir: Where compiled rules are cached, or None for the value of the settings.
        state: File with the state of an earlier scan, if it exists; this scan saves its own there. None: no state.
        fail_on: Which findings count for the exit code: `any`, `none`, or `new` for those that are not in the state.
        verbose: Whether each object that was not read is listed.
        quiet: Whether no table is written about a scan that is complete and has no findings that count.
        supervised: Whether the end of standard input ends this process.
        show_suppressed: Whether what was found and dropped is listed.
        staged: Whether only what is staged is scanned.
        commits: The commits whose changes are scanned; None: everything is.
        baseline: File of the findings that are known, or None for that of the configuration.
        config: Configuration file that the user trusts, or None for that of the repository.
        repo_config: Whether the configuration of the repository is read.
        label: What plugins are told that is scanned, or None for the target.
    """

    target: str
    format: str = TABLE
    scope: str | None = None
    outputs: Sequence[ReportOutput] = ()
    rules: Sequence[str] | None = None
    excluded_rules: Sequence[str] | None = None
    rules_files: Sequence[str] = ()
    min_severity: str | None = None
    min_confidence: str | None = None
    redact: bool = True
    disabled_plugins: Collection[str] = ()
    respect_gitignore: bool = False
    exclude_binary: bool = False
    worktree: bool = True
    accept_unreadable: Sequence[str] = ()
    limits: Mapping[str, Any] = MappingProxyType({})
    processes: int | None = None
    cache_dir: Path | None = None
    state: Path | None = None
    fail_on: str = "any"
    verbose: bool = False
    quiet: bool = False
    supervised: bool = False
    show_suppressed: bool = False
    staged: bool = False
    commits: CommitRange | None = None
    baseline: Path | None = None
    config: Path | None = None
    repo_config: bool = True
    label: str | None = None
