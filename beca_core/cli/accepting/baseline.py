"""`beca baseline`: the file of the findings that a project knows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import add_list_format, choice
from beca_core.cli.framework.standard_streams import say, standard_output
from beca_core.errors import InvalidInput, quoted_path

if TYPE_CHECKING:
    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.cli.scans.prepared_scan import PreparedScan
    from beca_core.findings import Finding
    from beca_core.scanning.suppression.baseline import Baseline

DEFAULT_FILE: Final = ".beca.baseline"
_ATTRIBUTE: Final = "merge=union"


def _declare_file(parser: CommandParser) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", default=".", help="What is scanned. Default: .")
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help=f"The file. Default: that of the configuration, else {DEFAULT_FILE} in the target.",
    )


def _declare_scan(parser: CommandParser) -> None:
    _declare_file(parser)
    parser.add_argument("--scope", help="What to scan; as for `beca scan`.", **choice("history", "head", "files"))


def _declare_create(parser: CommandParser) -> None:
    _declare_scan(parser)
    parser.add_argument("--force", action="store_true", help="Replace the file if there is one.")


def create(target: str, baseline: Path | None, scope: str | None, *, force: bool) -> None:
    """Scan a target, and make a baseline of everything that is found.

    From then on, `beca scan --baseline FILE` exits with 1 only for what is new. Commit the file: it holds no secret.
    """
    from beca_core.scanning.suppression.baseline import Baseline

    prepared = _prepared(target, baseline, scope)
    path = baseline_file(prepared, target)
    if path.exists() and not force:
        raise InvalidInput(f"There is a file {quoted_path(path)}.", hint="`beca baseline update` brings it up to date.")
    findings = _findings(prepared)
    Baseline.of(findings, prepared.settings.fingerprint_key).save(path)
    say(f"{quoted_path(path)} knows {_count(len(findings))} from now on.")
    mention_attribute(path)


def _declare_update(parser: CommandParser) -> None:
    _declare_scan(parser)
    parser.add_argument("--drop-only", action="store_true", help="Only drop what is gone; what is new stays new.")


def update(target: str, baseline: Path | None, scope: str | None, *, drop_only: bool) -> None:
    """Scan a target, drop what is gone from its baseline, and add what is new."""
    from beca_core.scanning.suppression.baseline import Baseline

    prepared = _prepared(target, baseline, scope)
    path = baseline_file(prepared, target)
    before = Baseline.load(path, prepared.settings.fingerprint_key)
    findings = _findings(prepared)
    known = before.known(findings)
    gone = len({place[1] for place in before.gone(findings)})
    kept = [finding for number, finding in enumerate(findings) if number in known or not drop_only]
    Baseline.of(kept, prepared.settings.fingerprint_key, before.key).save(path)
    added, new = len(kept) - len(known), len(findings) - len(known)
    left = f", {new:,} new left out" if drop_only and new else ""
    say(f"{quoted_path(path)} knows {_count(len(kept))}: {added:,} added, {_secrets(gone)} gone{left}.")


def _declare_show(parser: CommandParser) -> None:
    _declare_file(parser)
    add_list_format(parser)


def show(target: str, baseline: Path | None, output_format: str) -> None:
    """Show what a baseline knows, by rule. Nothing is scanned."""
    from beca_core.reports.console import Console
    from beca_core.reports.json_document import to_json
    from beca_core.scanning.suppression.baseline import Baseline

    prepared = _prepared(target, baseline, None)
    found = Baseline.load(baseline_file(prepared, target), prepared.settings.fingerprint_key)
    if output_format == "json":
        say(to_json({"items": [_document(found, place) for place in sorted(found.places, key=lambda p: (p[2], p[1]))]}))
        return
    places = Counter(found.rules.values())
    secrets = {(rule, place[1]) for place, rule in found.rules.items()}
    of_rule = Counter(rule for rule, _ in secrets)
    rows = [(rule, f"{of_rule[rule]:,}", f"{count:,}") for rule, count in sorted(places.items())]
    Console(standard_output()).table(("Rule", "Secrets", "Places"), rows, right=(1, 2))


def _document(baseline: Baseline, place: tuple[str, str, bytes]) -> dict[str, Any]:
    path = place[2].decode("utf-8", "backslashreplace")
    in_head = baseline.places[place]
    return {"ruleId": baseline.rules[place], "path": path, "inHead": in_head, "hash": place[1]}


def _prepared(target: str, baseline: Path | None, scope: str | None) -> PreparedScan:
    from beca_core.cli.scans.prepared_scan import PreparedScan
    from beca_core.cli.scans.scan_request import ScanRequest

    return PreparedScan(ScanRequest(target, baseline=baseline, scope=scope))


def baseline_file(prepared: PreparedScan, target: str) -> Path:
    """Return the baseline that an option or the configuration names, or the default one in the target.

    Raises:
        InvalidInput: If none is named, and the target is not a directory.
    """
    if prepared.request.baseline is not None:
        return prepared.request.baseline
    directory = Path(target)
    if not directory.is_dir():
        raise InvalidInput(
            "The target is not a directory, so it cannot hold a baseline.", hint="Name a file with --baseline."
        )
    return directory / DEFAULT_FILE


def _findings(prepared: PreparedScan) -> list[Finding]:
    """Return what a scan finds that is not allowed for another reason than the baseline."""
    report = prepared.without_baseline().scan()
    if not report.coverage.complete:
        raise InvalidInput(
            "Not everything could be read, so the baseline stays as it is.", hint="`beca scan` says why."
        )
    return list(report.findings)


def mention_attribute(path: Path) -> None:
    """Say how git merges the file without conflicts, unless it does already."""
    attributes = path.parent / ".gitattributes"
    line = f"{path.name} {_ATTRIBUTE}"
    if not attributes.is_file() or line not in attributes.read_text("utf-8", "replace").splitlines():
        say(f"So that branches merge it without conflicts: echo '{line}' >> {attributes}")


def _count(number: int) -> str:
    return f"{number:,} finding{'' if number == 1 else 's'}"


def _secrets(number: int) -> str:
    return f"{number:,} secret{'' if number == 1 else 's'}"


COMMANDS: Final = {
    "baseline": Group(
        "Make, update and show the file of the findings that are known.",
        {
            "create": Command(create, _declare_create),
            "update": Command(update, _declare_update),
            "show": Command(show, _declare_show),
        },
    )
}
