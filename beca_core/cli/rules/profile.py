"""`beca rules profile`: what each rule costs on a target."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from beca_core.cli.framework.options import add_list_format, add_rules_file, choice
from beca_core.cli.framework.standard_streams import say, standard_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.scanning.profiling import Profile

_TITLES: Final = ("Rule", "Microseconds", "Sightings", "Searches", "Matches", "Drops")


def declare_profile(parser: CommandParser) -> None:
    """Declare the arguments of `beca rules profile`."""
    parser.add_argument("target", metavar="TARGET", help="What to read: a path or a URL, as for `beca scan`.")
    parser.add_argument("--scope", help="As for `beca scan`.", **choice("history", "head", "files"))
    add_rules_file(parser)
    add_list_format(parser)


def profile_rules(target: str, scope: str | None, output_format: str, rules_files: Sequence[str]) -> None:
    """Show what each rule costs on a target.

    The target is read by one process, and what is found is not reported. For each rule that the prefilter has reported:
    the time that it took, in how many places it was reported, in how many contents it was searched for, what it found,
    and how many candidates its checks dropped. The time of the prefilter itself is in none of them.
    """
    from beca_core.cli.scans.scan_settings import ScanSettings, load_registry
    from beca_core.reports.json_document import to_json
    from beca_core.scanning.profiling import profile
    from beca_core.sources.limits import Scope

    found = profile(load_registry(rules_files), target, Scope(scope) if scope else None, ScanSettings.load().limits)
    if output_format == "json":
        say(to_json(_document(found)))
    else:
        _print(found)


def _document(found: Profile) -> dict[str, object]:
    rules = [{"id": rule, **asdict(cost)} for rule, cost in found.costs.ranked()]
    return {"blobs": found.blobs, "bytes": found.bytes, "rules": rules}


def _print(found: Profile) -> None:
    from beca_core.reports.console import Console
    from beca_core.reports.escaping import printable

    rows = [
        [
            printable(rule),
            *(
                f"{count:,}"
                for count in (cost.nanoseconds // 1000, cost.sightings, cost.confirmations, cost.matches, cost.drops)
            ),
        ]
        for rule, cost in found.costs.ranked()
    ]
    console = Console(standard_output())
    console.table(_TITLES, rows)
    console.prose(f"Contents: {found.blobs:,}; bytes: {found.bytes:,}.")
