"""What is wrong with plain data, and where."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

DataPath: TypeAlias = tuple[str | int, ...]
"""Where a value is in data: keys, and indexes from 0."""


class DataProblem(NamedTuple):
    """Something that is wrong with data.

    Args:
        path: Where.
        message: What is wrong; it continues the name of the field, and repeats no value.
        hint: What to do; empty: the message says it.
    """

    path: DataPath
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, [f"{dotted(self.path)} {self.message}.".strip(), self.hint]))


def dotted(path: DataPath) -> str:
    """Return a path as people write it: `near[2].words`, with numbers from 1."""
    text = "".join(f"[{each + 1}]" if isinstance(each, int) else f".{each:.80}" for each in path)
    return text.removeprefix(".")
