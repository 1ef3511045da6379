"""Validation of arguments, and conversion of values that a database refuses.

PostgreSQL refuses NUL, and no database accepts lone surrogates. Paths and author names of scanned repositories contain
such characters; each is replaced by U+FFFD, the replacement character.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any, Final, TypeGuard

from beca_core.errors import InvalidInput
from beca_core.storage.models import MAX_ID

MAX_NAME: Final = 255

_UNPRINTABLE: Final = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters, surrogates, line and paragraph separators."""
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def checked_name(name: str) -> str:
    """Return a name that a user has chosen.

    Raises:
        InvalidInput: If it is blank, longer than 255 characters, or contains control characters.
    """
    if not name.strip() or len(name) > MAX_NAME:
        raise InvalidInput("The name is blank or too long.", hint=f"Use 1 to {MAX_NAME} characters.", pointer="/name")
    if any(unicodedata.category(character) in _UNPRINTABLE for character in name):
        raise InvalidInput(
            "The name contains a control character.", hint="Use printable characters on one line.", pointer="/name"
        )
    return name


def is_id(value: object) -> TypeGuard[int]:
    """Return whether a record could have this id; a database refuses queries with larger numbers."""
    return isinstance(value, int) and 0 < value <= MAX_ID


def named_id(value: object) -> str:
    """Return an id for a message; a value that no record can have is not repeated."""
    return f"the id {value}" if is_id(value) else "this id"


def storable_text(text: str, max_length: int | None = None) -> str:
    """Return the text, cut to a number of characters; characters that cannot be stored are replaced."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text[:max_length])


def storable_json(value: Any) -> Any:
    """Return a JSON value; characters that cannot be stored are replaced, and NaN and infinity become null."""
    match value:
        case str():
            return storable_text(value)
        case dict():
            return {storable_text(str(key)): storable_json(member) for key, member in value.items()}
        case list() | tuple():
            return [storable_json(member) for member in value]
        case float() if not math.isfinite(value):
            return None
    return value
