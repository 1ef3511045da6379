"""`beca allow`: the allow-list of a repository, and its entries that are of no use any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import add_list_format
from beca_core.cli.framework.standard_streams import say, standard_output
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from beca_core.cli.configuration.repository_config import RepositoryConfig
    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.rules.allow_entry import AllowEntry

_CRITERIA: Final = ("rules", "paths", "values", "stop_words", "fingerprints")


def _declare_target(parser: CommandParser) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", default=".", help="What is scanned. Default: .")


def _declare_list(parser: CommandParser) -> None:
    _declare_target(parser)
    add_list_format(parser)


def list_entries(target: str, output_format: str) -> None:
    """List the entries of the allow-list of a target, with reason, owner and expiry."""
    from beca_core.cli.configuration.repository_config import find_config
    from beca_core.reports.console import Console
    from beca_core.reports.escaping import printable
    from beca_core.reports.json_document import to_json

    config = find_config(target)
    if output_format == "json":
        say(to_json({"items": [_document(entry) for entry in config.entries]}))
        return
    today = datetime.now(UTC).date()
    rows = []
    for entry in config.entries:
        state = "expired" if entry.is_expired(today) else ""
        what = "; ".join(f"{name}: {', '.join(found)}" for name in _CRITERIA if (found := getattr(entry, name)))
        until = "" if entry.expires is None else str(entry.expires)
        rows.append(tuple(map(printable, (entry.origin, until, state, entry.owner, what, entry.reason))))
    Console(standard_output()).table(("Entry", "Expires", "", "Owner", "Allows", "Reason"), rows)


def _document(entry: AllowEntry) -> dict[str, object]:
    document: dict[str, object] = {name: list(found) for name in _CRITERIA if (found := getattr(entry, name))}
    document |= {"origin": entry.origin, "reason": entry.reason, "owner": entry.owner}
    return document | ({} if entry.expires is None else {"expires": str(entry.expires)})


def _declare_prune(parser: CommandParser) -> None:
    _declare_target(parser)
    parser.add_argument("--dry-run", action="store_true", help="Only say what would be removed.")


def prune(target: str, *, dry_run: bool) -> int:
    """Remove the entries of the allow-list that have expired, and those that match nothing any more.

    The target is scanned in full. If not everything could be read, nothing is removed, and the exit code is 2.
    """
    from beca_core.cli.configuration.entry_removal import without_entries
    from beca_core.cli.configuration.repository_config import find_config
    from beca_core.cli.scans.prepared_scan import PreparedScan
    from beca_core.cli.scans.scan_request import ScanRequest

    config = find_config(target)
    if config.path is None or not config.entries:
        say("There is no allow-list.")
        return 0
    report = PreparedScan(ScanRequest(target)).scan()
    if not report.coverage.complete:
        raise InvalidInput(
            "Not everything could be read, so no entry is known to be stale.", hint="`beca scan` says why."
        )
    useless = _useless(config, report.stale_allows)
    for number, why in useless.items():
        entry = config.entries[number]
        say(f"{'Would remove' if dry_run else 'Removed'} {entry.origin}, {why}: {entry.reason!r:.200}")
    if not useless:
        say("Each entry is in use.")
    elif not dry_run:
        without_entries(config.path, useless)
    return 0


def _useless(config: RepositoryConfig, stale: tuple[AllowEntry, ...]) -> dict[int, str]:
    """Return why entries are of no use, by their numbers from 0."""
    today = datetime.now(UTC).date()
    origins = {entry.origin for entry in stale}
    found = {}
    for number, entry in enumerate(config.entries):
        if entry.is_expired(today):
            found[number] = f"which expired on {entry.expires}"
        elif entry.origin in origins:
            found[number] = "which matches nothing"
    return found


COMMANDS: Final = {
    "allow": Group(
        "Show the allow-list of a repository, and prune it.",
        {"list": Command(list_entries, _declare_list), "prune": Command(prune, _declare_prune)},
    )
}
