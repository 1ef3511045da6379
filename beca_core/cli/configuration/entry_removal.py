"""Removes entries of an allow-list from a TOML file, and leaves everything else in it as it is written."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.configuration.config_files import PYPROJECT
from beca_core.errors import InvalidInput, quoted_path
from beca_core.system.private_files import replace_file

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_HEADER: Final = re.compile(r"^[ \t]*\[", re.MULTILINE)


def without_entries(path: Path, numbers: Collection[int]) -> None:
    """Remove entries `[[allow]]`, and check that nothing else has changed before the file is replaced.

    Args:
        path: The file.
        numbers: Which entries, from 0.

    Raises:
        InvalidInput: If they cannot be told apart, or the file cannot be written.
    """
    text = path.read_bytes().decode()
    table = "tool.beca.allow" if path.name == PYPROJECT else "allow"
    header = re.compile(rf"^[ \t]*\[\[[ \t]*{re.escape(table)}[ \t]*\]\]", re.MULTILINE)
    begins = [found.start() for found in header.finditer(text)]
    wanted = _document_without(text, table, numbers)
    left = text
    for number in sorted(numbers, reverse=True):
        if number >= len(begins):
            break
        begin = begins[number]
        line_end = left.find("\n", begin)
        following = _HEADER.search(left, line_end) if line_end >= 0 else None
        end = following.start() if following else len(left)
        left = left[:begin] + _remarks_at_end(left[begin:end]) + left[end:]
    if _parsed(left) != wanted:
        raise InvalidInput(
            f"The entries cannot be removed from {quoted_path(path)} without changing more.",
            hint=f"Write each as a table [[{table}]], or remove them by hand.",
        )
    try:
        replace_file(path, [left.encode()])
    except OSError as error:
        raise InvalidInput(f"{quoted_path(path)} cannot be written: {error.strerror}.") from None


def _remarks_at_end(entry: str) -> str:
    """Return the comments after the last key of an entry: they belong to what follows."""
    lines = entry.splitlines(keepends=True)
    remarks: list[str] = []
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        remarks.insert(0, lines.pop())
    return "".join(remarks).lstrip("\n") if any(remark.strip() for remark in remarks) else ""


def _document_without(text: str, table: str, numbers: Collection[int]) -> dict[str, Any]:
    document = tomllib.loads(text)
    inner: dict[str, Any] = document
    for name in table.split(".")[:-1]:
        inner = inner[name]
    inner["allow"] = [entry for number, entry in enumerate(inner["allow"]) if number not in numbers]
    if not inner["allow"]:
        del inner["allow"]
    return document


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
