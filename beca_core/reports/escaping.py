"""Makes untrusted strings safe to show: the author of a repository chooses its paths, names and secrets."""

from __future__ import annotations

import re
from typing import Any, Final

_OUTSIDE_ASCII: Final = re.compile(r"[^\x00-\x7e]")


def printable(text: str) -> str:
    """Return a text in which nothing moves the cursor, breaks a line, or hides or reverses other text.

    Control and format characters, lone surrogates, unassigned code points and all separators but the space are
    written as Python escapes (`\\x1b`, `\\u202e`). Backslashes are not escaped.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _python_escape(char) for char in text)


def to_json(document: Any) -> str:
    """Return one line of JSON in printable ASCII, which is valid in every encoding and harmless on a terminal.

    A lone surrogate, which strict parsers refuse, becomes the six characters `\\udcXX`.
    """
    import json  # not needed for a table

    text = json.dumps(document, allow_nan=False)
    if "\\ud" not in text and "\x7f" not in text:
        return text
    return _OUTSIDE_ASCII.sub(_json_escape, json.dumps(document, ensure_ascii=False, allow_nan=False))


def _python_escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    escape = "\\\\u" if "\ud800" <= char <= "\udfff" else "\\u"
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(escape + units[start : start + 4] for start in range(0, len(units), 4))
