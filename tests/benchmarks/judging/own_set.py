"""The project's own judged lines: where and what they are, and the numbers that the model sees. Never their text.

A line of the file is one JSON object: `repository`, `commit`, `path`, `first` and `last` (lines, 1-based and
inclusive), `label` (T or F), `category`, and `numbers`: what the scored rules see of the likeliest value on those
lines, by name, or null if none of them proposes a value there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from judging.labelled import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FIELDS: Final = ("repository", "commit", "path", "first", "last", "label", "category", "numbers")
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One judged place.

    Args:
        repository: Owner and name, as `owner/name` on GitHub.
        commit: The commit at which it was read, 40 hexadecimal digits.
        path: File.
        first: First line, 1-based.
        last: Last line, inclusive.
        is_secret: Whether it is a credential.
        category: What kind of credential it is, or looks like.
        numbers: Evidence by name; nothing if no scored rule proposes a value there.
    """

    repository: str
    commit: str
    path: str
    first: int
    last: int
    is_secret: bool
    category: str
    numbers: Mapping[str, float] | None = None

    @property
    def folder(self) -> str:
        """The directory of its repository in a folder of labelled files."""
        return self.repository.replace("/", "+")

    @property
    def label(self) -> Label:
        """The same as a label in a folder of labelled files."""
        return Label(f"{self.folder}/{self.path}", self.first, self.last, self.is_secret, (self.category,))


def read_judged(path: Path) -> list[JudgedLine]:
    """Read judged lines.

    Raises:
        ValueError: If a line has not exactly the fields; the message has its number.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_judged(line, f"{path}:{at}") for at, line in enumerate(lines, 1)]


def write_judged(path: Path, lines: Iterable[JudgedLine]) -> None:
    """Write judged lines, sorted by place, so that a change of the numbers is a small difference."""
    ordered = sorted(lines, key=lambda line: (line.repository, line.path, line.first, line.last))
    path.write_text(
        "".join(f"{json.dumps(_document(line), ensure_ascii=False)}\n" for line in ordered), encoding="utf-8"
    )


def _judged(text: str, where: str) -> JudgedLine:
    document = json.loads(text)
    if tuple(document) != FIELDS or document["label"] not in ("T", "F"):
        raise ValueError(f"{where}: not a judged line")
    is_secret = document.pop("label") == "T"
    return JudgedLine(**document, is_secret=is_secret)


def _document(line: JudgedLine) -> dict[str, Any]:
    numbers = line.numbers
    return {
        "repository": line.repository,
        "commit": line.commit,
        "path": line.path,
        "first": line.first,
        "last": line.last,
        "label": "T" if line.is_secret else "F",
        "category": line.category,
        "numbers": None if numbers is None else {name: round(numbers[name], _DIGITS) for name in sorted(numbers)},
    }
