"""`beca scan`."""

from __future__ import annotations

import gc
from argparse import SUPPRESS
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.arguments import WrongUsage
from beca_core.cli.framework.command import Command
from beca_core.cli.framework.options import SIZE, TIME, add_rules_file, add_selection, choice, number, parsed
from beca_core.cli.framework.output import ReportOutput
from beca_core.cli.scans.state_file import FAIL_ON
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.sources.worktree.commit_range import CommitRange

_LIMITS: Final[dict[str, tuple[str, dict[str, Any], str]]] = {
    "scan_seconds": (
        "--scan-time",
        TIME,
        "End the scan after this many seconds, or 10m or 2h, once the rules are loaded; what was found is reported.",
    ),
    "plugin_seconds": (
        "--plugin-time",
        TIME,
        "Time for the code of a plugin on one content, in seconds; then it is stopped and named.",
    ),
    "locate_seconds": ("--locate-time", TIME, "Time for finding the places of secrets in history, within --scan-time."),
    "max_blob_bytes": ("--max-blob-size", SIZE, "Skip larger blobs of a repository; bytes, or as 512K, 20M or 1G."),
    "scan_bytes": ("--max-scan-size", SIZE, "Skip the rest after this many bytes."),
    "fetch_bytes": ("--max-fetch-size", SIZE, "Disk space that a fetched repository may take."),
    "archive_depth": (
        "--max-archive-depth",
        number(0, 64),
        "How deep archives in archives are opened, from 0 (none) to 64.",
    ),
    "archive_members": ("--max-archive-members", number(1), "Members of one archive that are read, 1 or more."),
    "archive_bytes": ("--max-archive-size", SIZE, "Bytes that the members of one archive may hold."),
    "max_findings": ("--max-findings", number(1), "Findings that the report holds at most, the worst; 1 or more."),
}
"""The options that win over the settings, by the field of `Limits` that each sets."""


def _declare(parser: CommandParser) -> None:
    parser.add_argument(
        "targets",
        metavar="TARGET",
        nargs="*",
        help="A path, the URL of a git repository, or - for standard input. Of several, each has a table of its own. "
        "With --staged, --range or --since-commit, the default is the repository of the working directory.",
    )
    _declare_choice_of_files(parser)
    declare_scan(parser, rescans=True)
    parser.add_argument("--supervised", action="store_true", help=SUPPRESS)
    parser.add_argument("--label", help=SUPPRESS)  # the worker scans a mirror, and plugins are told the URL


def declare_scan(parser: CommandParser, *, rescans: bool = False) -> None:
    """Declare the options of everything that scans: rules, what is accepted, the report, limits and the machine.

    Args:
        parser: Where they are declared.
        rescans: Whether the scan can resume from a state.
    """
    _declare_rules(parser)
    _declare_acceptance(parser)
    _declare_report(parser)
    if rescans:
        _declare_rescans(parser)
    limits = parser.add_argument_group("Limits")
    for member, (name, kind, help_text) in _LIMITS.items():
        limits.add_argument(name, dest=member, default=SUPPRESS, help=help_text, **kind)
    _declare_machine(parser)


def _range(text: str) -> CommitRange:
    from beca_core.sources.worktree.commit_range import CommitRange

    return CommitRange.of(text)


def _declare_choice_of_files(parser: CommandParser) -> None:
    group = parser.add_argument_group("What to scan")
    group.add_argument(
        "--scope",
        help="history: everything that git stores; head: the files at HEAD; files: the files in the directory. "
        "Default: history for a repository, files for everything else.",
        **choice("history", "head", "files"),
    )
    group.add_argument(
        "--staged",
        action="store_true",
        help="Scan only what is staged, and report only what it adds to HEAD: for a hook before a commit.",
    )
    group.add_argument(
        "--range",
        dest="commits",
        help="Scan only what the commits after A, up to B, put at their paths, and their messages, and report only "
        "what was not there before.",
        **parsed(_range, "A..B"),
    )
    group.add_argument(
        "--since-commit",
        dest="commits",
        help="The same as --range COMMIT..HEAD.",
        **parsed(lambda commit: _range(f"{commit}..HEAD"), "COMMIT"),
    )
    group.add_argument(
        "--respect-gitignore",
        action="store_true",
        help="Leave out what the .gitignore files of a directory exclude; for the scope files only.",
    )
    group.add_argument(
        "--exclude-binary",
        action="store_true",
        help="Leave out the binary files of a directory; for the scope files only.",
    )
    group.add_argument(
        "--no-worktree",
        dest="worktree",
        action="store_false",
        help="Leave out what is not committed in the work tree of a repository, and its submodules.",
    )
    group.add_argument(
        "--accept-unreadable",
        action="append",
        default=[],
        metavar="PATTERN",
        help="Accept that files with such a path cannot be read, for example test/*.zip: they do not make the scan "
        "incomplete. A pattern for an archive is also one for its members. May be given again.",
    )


def _declare_rules(parser: CommandParser) -> None:
    group = parser.add_argument_group("Rules")
    add_selection(group)
    add_rules_file(group)
    group.add_argument(
        "--min-severity",
        help="Report only findings of this severity, or of a higher one.",
        **choice("low", "medium", "high", "critical", any_case=True),
    )
    group.add_argument(
        "--min-confidence",
        help="Report only findings of this confidence, or of a higher one. With low, those of LOW confidence are "
        "listed and decide the exit code; by default, they are in the report, and the table only counts them.",
        **choice("low", "medium", "high", any_case=True),
    )
    group.add_argument(
        "--disable-plugin",
        dest="disabled_plugins",
        action="append",
        default=[],
        metavar="NAME",
        help="Leave out a plugin; may be given again.",
    )


def _declare_acceptance(parser: CommandParser) -> None:
    group = parser.add_argument_group("What is accepted")
    group.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="Allow the findings that this file knows; `beca baseline create` makes one.",
    )
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="Use this configuration, which you trust, in place of that of the repository.",
    )
    group.add_argument(
        "--no-repo-config",
        dest="repo_config",
        action="store_false",
        help="Do not read .beca.toml and pyproject.toml of the repository.",
    )


def _declare_report(parser: CommandParser) -> None:
    group = parser.add_argument_group("Report")
    group.add_argument(
        "-f",
        "--format",
        default="table",
        metavar="FORMAT",
        help="table, json, jsonl, sarif, junit, csv, gitlab, github, markdown, html, or a format of a plugin. "
        "Default: table.",
    )
    group.add_argument(
        "-o",
        "--output",
        dest="outputs",
        action="append",
        default=[],
        help="Write the report to a file, completely or not at all; with FORMAT:FILE in that format, and the report of "
        "--format goes to standard output too. May be given again. Default: -, which is standard output.",
        **parsed(ReportOutput.of, "[FORMAT:]FILE"),
    )
    group.add_argument(
        "--redact", action="store_true", default=True, help="Show secrets as previews only; this is the default."
    )
    group.add_argument("--no-redact", dest="redact", action="store_false", help="Show secrets in full.")
    group.add_argument(
        "--show-suppressed",
        action="store_true",
        help="List what was found and dropped too, with the reason: by checks, allow-lists, paths, more specific rules "
        "and filters. Everything is read, also with --state.",
    )
    group.add_argument(
        "-v", "--verbose", action="store_true", help="List what was not read, and why, on standard error."
    )
    group.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="Write no table if nothing is found that decides the exit code, and everything was read.",
    )
    group.add_argument(
        "--exit-zero",
        dest="fail_on",
        action="store_const",
        const="none",
        default=SUPPRESS,
        help="Exit with 0 also if there are findings; with 2 still if the scan failed or is incomplete.",
    )


def _declare_rescans(parser: CommandParser) -> None:
    group = parser.add_argument_group("Rescans")
    group.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="Resume from the state that an earlier scan of the target saved in this file, if the file exists, and "
        "save the new state there. The scopes head and files, and standard input, are read in full each time; their "
        "state says which findings are new.",
    )
    group.add_argument(
        "--fail-on",
        default="any",
        help="Which findings make it exit with 1: any; new, which are those that are not in the --state; or none. With "
        "new, the state is saved only if the scan exits with 0, so a new finding stays new until it is gone or until "
        "a scan with none saves it as known. Default: any.",
        **choice(*FAIL_ON),
    )


def _declare_machine(parser: CommandParser) -> None:
    group = parser.add_argument_group("Other options")
    group.add_argument(
        "--processes",
        help="Processes that read, from 1 to 1024. Default: as many as the machine allows.",
        **number(1, 1024),
    )
    group.add_argument(
        "--cache-dir", type=Path, metavar="DIRECTORY", help="Where compiled rules are kept for the next scan."
    )


def scan(targets: Sequence[str], **options: Any) -> int:
    """Look for secrets in a repository, a directory, a file or a text.

    Exits with 0 if nothing was found and everything was read, with 1 if there are findings, and with 2 if the scan
    failed or could not read everything. Findings of LOW confidence count only with --min-confidence low.
    """
    if not targets:
        if not options["staged"] and options["commits"] is None:
            raise WrongUsage("TARGET is missing.", hint="`beca scan .` scans the working directory.")
        targets = (".",)
    if len(targets) == 1:
        return start_scan(options | {"target": targets[0]})
    if options["format"] != "table" or options["outputs"] or options["state"] is not None or options["supervised"]:
        raise InvalidInput(
            "Several targets have a table each, on standard output, and no state.",
            hint="For another format, --output or --state, scan one target after the other.",
        )
    return max([start_scan(options | {"target": target}) for target in targets])


def start_scan(options: dict[str, Any]) -> int:
    """Scan with the options that `declare_scan` declares, and return the exit code.

    Args:
        options: Values of the options, and fields of `ScanRequest`.
    """
    gc.disable()  # until reading begins: starting up creates no garbage, and collections would take time
    try:
        from beca_core.cli.scans.scan_request import ScanRequest
        from beca_core.cli.scans.scan_run import run

        limits = {member: value for member, value in options.items() if member in _LIMITS}
        others = {member: value for member, value in options.items() if member not in _LIMITS}
        return run(ScanRequest(**others, limits=limits))
    finally:
        gc.enable()


COMMANDS: Final = {"scan": Command(scan, _declare, needs_arguments=True)}
