"""What a scanner reported: from its JSON report to places in files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Reader = Callable[[Any], Iterator["Answer"]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One reported secret.

    Args:
        rule: Name of the rule, in the scanner's words.
        path: File, as the scanner wrote it until `read_answers` makes it relative to the folder.
        first: First line, 1-based.
        last: Last line, inclusive.
        columns: Place in the first line in characters, 0-based and half-open; nothing where it does not say.
    """

    rule: str
    path: str
    first: int
    last: int
    columns: tuple[int, int] | None = None


def read_answers(report: Path, name: str, folder: Path) -> list[Answer]:
    """Read the report of a scanner.

    Args:
        report: The JSON file that it wrote.
        name: Scanner, one of `READERS`.
        folder: What it read; paths become relative to it.

    Raises:
        ValueError: If the report has another form.
    """
    try:
        document = json.loads(report.read_text(encoding="utf-8", errors="surrogateescape"))
        return [_inside(answer, folder) for answer in READERS[name](document)]
    except (KeyError, TypeError, IndexError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{report}: not a report of {name}: {error!r}") from error


def _inside(answer: Answer, folder: Path) -> Answer:
    path = PurePosixPath(answer.path)
    if path.is_relative_to(folder.as_posix()):
        path = path.relative_to(folder.as_posix())
    return Answer(answer.rule, path.as_posix(), answer.first, answer.last, answer.columns)


def _beca(document: Any) -> Iterator[Answer]:
    for finding in document["findings"]:
        place = finding["location"]
        begin, end = place["positions"]["begin"], place["positions"]["end"]
        columns = (begin["column"] - 1, end["column"] - 1) if begin["line"] == end["line"] else None
        yield Answer(finding["ruleId"], place["path"], begin["line"], end["line"], columns)


def _kingfisher(document: Any) -> Iterator[Answer]:
    """Its columns are bytes and begin at the whole match, so they are left out."""
    for entry in document["findings"]:
        finding = entry["finding"]
        yield Answer(entry["rule"]["id"], finding["path"], finding["line"], finding["line"])


def _betterleaks(document: Any) -> Iterator[Answer]:
    """Its columns are those of the whole match, and left out. A whole file, such as a keystore, has no lines."""
    for finding in document["findings"]:
        place = finding["location"]
        first = place.get("start_line", 1)
        yield Answer(finding["rule_id"], place["path"], first, place.get("end_line", first))


def _gitleaks(document: Any) -> Iterator[Answer]:
    for finding in document:
        yield Answer(finding["RuleID"], finding["File"], finding["StartLine"], finding["EndLine"])


def _detect_secrets(document: Any) -> Iterator[Answer]:
    for path, findings in document["results"].items():
        for finding in findings:
            yield Answer(finding["type"], path, finding["line_number"], finding["line_number"])


def _credsweeper(document: Any) -> Iterator[Answer]:
    """A credential of several lines lists each of them; the place in the line is that of the value."""
    for finding in document:
        for line in finding["line_data_list"]:
            begin, end = line["value_start"], line["value_end"]
            columns = (begin, end) if 0 <= begin < end else None
            yield Answer(finding["rule"], line["path"], line["line_num"], line["line_num"], columns)


READERS: Final[Mapping[str, Reader]] = {
    "beca": _beca,
    "kingfisher": _kingfisher,
    "betterleaks": _betterleaks,
    "gitleaks": _gitleaks,
    "detect-secrets": _detect_secrets,
    "credsweeper": _credsweeper,
}
