"""What callers pass to a service is checked, and what is to be stored made storable.

PostgreSQL refuses NUL, and no database takes lone surrogates. Scanned repositories decide what is in a path or an
author's name, so such characters do arrive: each is replaced by U+FFFD, the replacement character.
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
    """Return a name that people give to something.

    Raises:
        InvalidInput: If it is blank, longer than 255 characters, or holds control characters.
    """
    if not name.strip() or len(name) > MAX_NAME:
        raise InvalidInput("The name is blank or too long.", hint=f"Use 1 to {MAX_NAME} characters.", pointer="/name")
    if any(unicodedata.category(character) in _UNPRINTABLE for character in name):
        raise InvalidInput(
            "The name holds a control character.", hint="Use printable characters on one line.", pointer="/name"
        )
    return name


def is_id(value: object) -> TypeGuard[int]:
    """Whether a record could have this id; databases refuse to be asked for larger numbers."""
    return isinstance(value, int) and 0 < value <= MAX_ID


def storable_text(text: str, max_length: int | None = None) -> str:
    """Return the text, cut to a number of characters, with whatever cannot be stored replaced."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text[:max_length])


def storable_json(value: Any) -> Any:
    """Return a JSON value with whatever cannot be stored replaced; numbers that JSON lacks become null."""
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
