"""Labels of a folder: which lines hold a credential, and which only look like it.

The labels are in `labels.csv` beside the files. Its first line names the columns `path`, `first`, `last`, `label` and
`category`; `begin` and `end` may follow. Paths are relative to the folder, with `/`. Lines are 1-based and inclusive,
and end at LF, CRLF or CR. `label` is T for a credential and F for what is none. `begin` and `end` are the place of the
value in its first line, in characters, 0-based and half-open; both are empty where it is not known.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LABELS: Final = "labels.csv"
COLUMNS: Final = ("path", "first", "last", "label", "category")
_PLACE: Final = ("begin", "end")
_KNOWN: Final = {"T": True, "F": False}


@dataclass(frozen=True, slots=True)
class Label:
    """One judgement about one place.

    Args:
        path: File, relative to the folder.
        first: First line, 1-based.
        last: Last line, inclusive.
        is_secret: Whether somebody could use it.
        categories: What kinds of credential it is, or looks like.
        columns: Where the value is in the first line, 0-based and half-open; nothing where it is not known.
    """

    path: str
    first: int
    last: int
    is_secret: bool
    categories: tuple[str, ...]
    columns: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LabelledRange:
    """Lines of a file, and all that was said about them. It counts once.

    Args:
        path: File, relative to the folder.
        first: First line, 1-based.
        last: Last line, inclusive.
        is_secret: What the range counts for.
        categories: Of the labels that decide, each of them once, in order.
        columns: Values that a finding has to touch, if it has a place in the line; empty means any.
    """

    path: str
    first: int
    last: int
    is_secret: bool
    categories: tuple[str, ...]
    columns: tuple[tuple[int, int], ...] = ()


def read_labels(folder: Path) -> list[Label]:
    """Read the labels of a folder.

    Raises:
        ValueError: If a column is absent, or a row cannot be read; the message has its line.
        OSError: If there are no labels.
    """
    with (folder / LABELS).open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if absent := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise ValueError(f"{folder / LABELS}: no column {', '.join(absent)}")
        return [_label(row, f"{folder / LABELS}:{at}") for at, row in enumerate(rows, 2)]


def write_labels(folder: Path, labels: Iterable[Label]) -> None:
    """Write the labels of a folder."""
    with (folder / LABELS).open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerow((*COLUMNS, *_PLACE))
        for label in labels:
            letter = "T" if label.is_secret else "F"
            place = label.columns or ("", "")
            rows.writerow((label.path, label.first, label.last, letter, ":".join(label.categories), *place))


def ranges_of(labels: Iterable[Label]) -> list[LabelledRange]:
    """Return the ranges that the labels are about, sorted by place.

    Several labels on the same lines are one range. Where they contradict each other, the values are told apart by their
    places in the line: then it is two ranges. Without such places it counts as a credential.
    """
    together: dict[tuple[str, int, int], list[Label]] = defaultdict(list)
    for label in labels:
        together[label.path, label.first, label.last].append(label)
    return [found for place in sorted(together) for found in _divided(together[place])]


def _divided(labels: list[Label]) -> Iterator[LabelledRange]:
    secrets = [label for label in labels if label.is_secret]
    others = [label for label in labels if not label.is_secret]
    if not secrets or not others:
        yield _range(labels)
    elif all(label.columns for label in labels):
        yield _range(secrets, apart=True)
        yield _range(others, apart=True)
    else:
        yield _range(secrets)


def _range(labels: list[Label], *, apart: bool = False) -> LabelledRange:
    one = labels[0]
    categories = dict.fromkeys(name for label in labels for name in label.categories)
    columns = [label.columns for label in labels if label.columns is not None] if apart else []
    return LabelledRange(one.path, one.first, one.last, one.is_secret, tuple(categories), tuple(columns))


def _label(row: Mapping[str, str], where: str) -> Label:
    try:
        first, last = int(row["first"]), int(row["last"])
        is_secret = _KNOWN[row["label"]]
        columns = _columns(row.get("begin") or "", row.get("end") or "")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{where}: cannot be read: {error}") from error
    if not 1 <= first <= last:
        raise ValueError(f"{where}: lines {first} to {last}")
    return Label(row["path"], first, last, is_secret, tuple(row["category"].split(":")), columns)


def _columns(begin: str, end: str) -> tuple[int, int] | None:
    return (int(begin), int(end)) if begin and end else None
