"""Makes text and JSON storable: PostgreSQL refuses NUL, and no database takes lone surrogates.

Scanned repositories decide what stands in a path or an author's name, so such characters do arrive. Each is
replaced by U+FFFD, the replacement character.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


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
