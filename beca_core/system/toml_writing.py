"""Writes tables of TOML that people read: one key a line, expressions in literal strings, without escapes.

Written here because a library would escape each backslash, so that nobody could read an expression.
Format: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH: Final = 110
_NOT_LITERAL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f']")
_ESCAPED: Final = re.compile(r"[\x7f\ud800-\udfff]")


def toml_table(header: str, values: Mapping[str, object]) -> str:
    """Return a table: its header, and a line for each key; a long list has a line for each item.

    Args:
        header: The header with its brackets, such as `[[allow]]`.
        values: Texts, numbers, truth values, dates, lists and mappings.

    Raises:
        TypeError: If a value is something else.
    """
    return f"{header}\n" + "".join(f"{toml_pair(key, value)}\n" for key, value in values.items())


def toml_pair(key: str, value: object) -> str:
    """Return a key and its value, as one line, or several if it is a long list."""
    line = f"{_key(key)} = {toml_value(value)}"
    if len(line) <= _WIDTH or not isinstance(value, list | tuple) or not value:
        return line
    items = "".join(f"    {toml_value(item)},\n" for item in value)
    return f"{_key(key)} = [\n{items}]"


def toml_value(value: object) -> str:
    """Return a value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items()) + " }"
    raise TypeError(f"{type(value).__name__} is no value of TOML")


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def _text(text: str) -> str:
    if "\\" in text or '"' in text:
        if not _NOT_LITERAL.search(text) and text.isprintable():
            return f"'{text}'"
        if "'''" not in text and not text.endswith("'") and not re.search(r"[\x00-\x1f\x7f]", text):
            return f"'''{text}'''"
    return _quoted(text)


def _quoted(text: str) -> str:
    """Return a basic string, whose escapes are those of JSON."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
