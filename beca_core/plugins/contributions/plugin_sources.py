"""`TextOrigin`: texts that a plugin brings for targets of a scheme of its own, such as `acme://documents`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{1,31}")
RESERVED_SCHEMES: Final = frozenset(("file", "ftp", "ftps", "git", "git+ssh", "http", "https", "ssh"))
"""Schemes that plugins cannot have."""


@dataclass(frozen=True, slots=True)
class NamedText:
    """One text of a source.

    Args:
        name: Its path in the source, `/`-separated; findings show it.
        data: Its bytes.
    """

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextOrigin:
    """Where the texts of a scheme come from.

    Args:
        scheme: The scheme, without `://`.
        read: Called with the whole target; yields its texts.

    Raises:
        InvalidInput: If the scheme is not one, or belongs to BECA.
    """

    scheme: str
    read: Callable[[str], Iterable[NamedText]] = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.scheme, str) or not _SCHEME.fullmatch(self.scheme):
            raise InvalidInput(f"Scheme {self.scheme!r:.80}: write 2 to 32 lower-case letters, digits, +, - or dots.")
        if self.scheme in RESERVED_SCHEMES:
            raise InvalidInput(f"The scheme {self.scheme!r} belongs to BECA.")
        if not callable(self.read):
            raise InvalidInput(f"Scheme {self.scheme!r}: read must be a function.")
