"""`beca rules explain`: why a rule finds something in a file, or does not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.cli.framework.command import Command
from beca_core.cli.framework.options import add_list_format, add_rules_file
from beca_core.cli.framework.standard_streams import say, standard_input, standard_output
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.findings import Position
    from beca_core.reports.console import Console
    from beca_core.scanning.explanation.explanation import CandidateExplanation, Explanation, PatternVerdict

_MOST_BYTES: Final = 16 * 1024 * 1024
_SHOWN: Final = 5
"""How many literals are named that are not looked for in encoded text."""


def _declare(parser: CommandParser) -> None:
    parser.add_argument("rule_id", metavar="ID", help="Id of the rule.")
    parser.add_argument("file", metavar="FILE", help="The file to look at; - reads standard input.")
    parser.add_argument(
        "--path", default=None, help="Where the text is, for rules that apply at some paths only. Default: FILE."
    )
    add_rules_file(parser)
    add_list_format(parser)
    parser.add_argument(
        "--no-redact", dest="redact", action="store_false", help="Show secrets in clear. Default: only their beginning."
    )


def explain_rule(
    rule_id: str, file: str, path: str | None, output_format: str, rules_files: Sequence[str], *, redact: bool
) -> None:
    """Explain why a rule finds something in a file, or does not.

    It shows where the rule's literals are, how far its patterns match, and what each step does with each candidate.
    """
    from beca_core.cli.scans.scan_settings import load_registry
    from beca_core.reports.json_document import to_json
    from beca_core.scanning.explanation.explaining import explain

    content = _content(file)
    where = ("" if file == "-" else file.lstrip("/")) if path is None else path
    found = explain(rule_id, content, where, registry=load_registry(rules_files))
    if output_format == "json":
        say(to_json(found.to_dict(redact=redact)))
    else:
        _print(found, redact=redact)


def _content(file: str) -> bytes:
    """Return what is to be explained.

    Raises:
        InvalidInput: If it cannot be read, or is too large.
    """
    if file == "-":
        content = standard_input().read(_MOST_BYTES + 1)
    else:
        try:
            with Path(file).open("rb") as stream:
                content = stream.read(_MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a path"
            raise InvalidInput(f"{file!r:.300} cannot be read: {reason}.") from None
    if len(content) > _MOST_BYTES:
        raise InvalidInput(f"{file!r:.300} is larger than {_MOST_BYTES:,} bytes. Explain the part that matters.")
    return content


def _print(found: Explanation, *, redact: bool) -> None:
    from beca_core.reports.console import Console, Style
    from beca_core.reports.escaping import printable

    console = Console(standard_output())
    rows = [(printable(title), printable(text)) for title, text in _facts(found, redact=redact)]
    lines, hang = console.aligned([(console.paint(title, Style.DIM), text) for title, text in rows])
    for line in lines:
        console.prose(line, hang=hang)
    for number, candidate in enumerate(found.candidates, start=1):
        console.line()
        _print_candidate(console, number, candidate, applies=found.applies, redact=redact)
    if (more := found.candidate_count - len(found.candidates)) > 0:
        console.line()
        console.prose(f"Candidates that are not listed: {more:,}.")


def _facts(found: Explanation, *, redact: bool) -> Iterator[tuple[str, str]]:
    yield "Rule", found.rule_id
    if found.path:
        yield "Path", found.path if found.applies else f"{found.path}: the rule does not apply there"
    yield "Looks for", _LOCATED[found.located_by]
    if found.located_by not in ("nothing", "anchors"):
        seen = [f"{each.literal!r} at {_place(each.position)}{_within(each.decodings)}" for each in found.sightings]
        more = [f"{found.sighting_count - len(seen):,} more"] if found.sighting_count > len(seen) else []
        yield "Seen", "; ".join([*seen, *more]) or "nowhere: the rule does not run here"
    if found.unencoded:
        others = f" and {len(found.unencoded) - _SHOWN:,} more" if len(found.unencoded) > _SHOWN else ""
        named = f"{', '.join(map(repr, found.unencoded[:_SHOWN]))}{others}"
        yield "Encoded", f"not looked for in encoded text, because short or an everyday word: {named}"
    if not found.has_keyword:
        yield "Keywords", "none is in the text"
    for verdict in found.patterns:
        yield "Pattern", verdict.pattern
        yield "", _reach(verdict, redact=redact)
    for problem in found.problems:
        yield "Problem", problem
    yield "Result", f"found: {len(found.found):,}; candidates: {found.candidate_count:,}"


_LOCATED: Final = {
    "pattern": "strings in the pattern",
    "near or part": "words or a part near the secret",
    "keywords": "keywords anywhere in the text",
    "nothing": "nothing: it is tried on every text",
    "anchors": "what its code says",
}


def _reach(verdict: PatternVerdict, *, redact: bool) -> str:
    if verdict.matches:
        return f"matches: {verdict.matches:,}"
    if verdict.position is None:
        return "does not match, not even with its first part"
    if not verdict.wanted:
        return f"matches up to {_place(verdict.position)}, but its boundary excludes that"
    repeated = f" ({verdict.repeated})" if verdict.repeated else ""
    shown = "" if redact else f" in {verdict.text!r}"
    return (
        f"matches as far as {verdict.reached} up to {_place(verdict.position)}{shown}; "
        f"then {verdict.wanted} does not{repeated}"
    )


def _print_candidate(
    console: Console, number: int, candidate: CandidateExplanation, *, applies: bool, redact: bool
) -> None:
    from beca_core.reports.console import Style
    from beca_core.reports.escaping import printable

    place = f"{_place(candidate.begin)}{_within(candidate.decodings)}"
    result = ("found" if applies else "found, but not reported at this path") if candidate.is_found else "not found"
    title = f"Candidate {number}: {candidate.shown(redact=redact)} at {place}: {result}"
    console.prose(console.paint(printable(title), Style.BOLD))
    rows = [
        (f"  {step.step}", step.name, str(step.outcome), "; ".join(filter(None, (step.reason, step.value))))
        for step in candidate.steps
    ]
    rows += [(f"  {name}", value, "", "") for name, value in _results(candidate)]
    lines, hang = console.aligned([[*map(printable, row)] for row in rows]) if rows else ([], 0)
    for line in lines:
        console.prose(line.rstrip(), hang=hang)


def _results(candidate: CandidateExplanation) -> Iterator[tuple[str, str]]:
    if candidate.confidence is not None:
        yield "confidence", candidate.confidence
    if candidate.severity is not None:
        yield "severity", candidate.severity
    if candidate.variant:
        yield "variant", candidate.variant
    if candidate.others:
        yield "also found by", ", ".join(candidate.others)
        yield "reported by", f"{candidate.winner}, because {candidate.reason}"


def _place(position: Position) -> str:
    return f"{position.line}:{position.column}"


def _within(decodings: tuple[str, ...]) -> str:
    return f" in {' in '.join(reversed(decodings))} text" if decodings else ""


EXPLAIN: Final = Command(explain_rule, _declare, needs_arguments=True)
