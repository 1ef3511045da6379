"""Checks of what callers pass to more than one service."""

from __future__ import annotations

import unicodedata
from typing import Final, TypeGuard

from beca_core.errors import InvalidInput
from beca_core.models import MAX_ID

MAX_NAME: Final = 255

_UNPRINTABLE: Final = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters, surrogates, line and paragraph separators."""


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
