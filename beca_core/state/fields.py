"""Reading untrusted JSON: a value that does not have the expected type is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MISSING: Final = object()


class DamagedState(ValueError):
    """Raised when a member is missing, or has the wrong type or value."""


class Fields:
    """The members of a JSON object.

    Args:
        document: The parsed JSON.

    Raises:
        DamagedState: If it is not an object. Each method raises it if the member is missing or has another type.
    """

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise DamagedState
        self._members = document

    def optional(self, name: str) -> Any:
        """Return a member of any type; it can be None, but must not be missing."""
        value = self._members.get(name, _MISSING)
        if value is _MISSING:
            raise DamagedState
        return value

    def text(self, name: str) -> str:
        """Return a string."""
        return text(self.optional(name))

    def number(self, name: str) -> int:
        """Return an integer."""
        return number(self.optional(name))

    def flag(self, name: str) -> bool:
        """Return true or false."""
        return flag(self.optional(name))

    def array(self, name: str) -> list[Any]:
        """Return an array."""
        return as_list(self.optional(name))

    def object(self, name: str) -> dict[str, Any]:
        """Return an object."""
        value = self.optional(name)
        if not isinstance(value, dict):
            raise DamagedState
        return value

    def texts(self, name: str) -> dict[str, str]:
        """Return an object all of whose members are strings."""
        return {key: text(value) for key, value in self.object(name).items()}

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return names and values of all members."""
        return self._members.items()

    def numbers(self, name: str) -> dict[str, int]:
        """Return an object all of whose members are integers."""
        return {key: number(value) for key, value in self.object(name).items()}


def text(value: Any) -> str:
    """Return a value that has to be a string."""
    if not isinstance(value, str):
        raise DamagedState
    return value


def number(value: Any) -> int:
    """Return a value that has to be an integer."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise DamagedState
    return value


def flag(value: Any) -> bool:
    """Return a value that has to be true or false."""
    if not isinstance(value, bool):
        raise DamagedState
    return value


def as_list(value: Any) -> list[Any]:
    """Return a value that has to be an array."""
    if not isinstance(value, list):
        raise DamagedState
    return value


def path_text(path: bytes) -> str:
    """Return a path as a string; `as_path` is the inverse."""
    return path.decode("utf-8", "surrogateescape")


def as_path(value: Any) -> bytes:
    """Return the bytes of a path; in the string, surrogates represent bytes that are not UTF-8."""
    return text(value).encode("utf-8", "surrogateescape")


def object_id(value: Any) -> bytes:
    """Return a hexadecimal object id."""
    found = text(value).encode()
    if len(found) not in (40, 64) or found.strip(b"0123456789abcdef"):
        raise DamagedState
    return found


def as_object_ids(joined: str) -> tuple[bytes, ...]:
    """Return hexadecimal object ids that are joined by spaces; fast, since there can be many thousands."""
    found = tuple(joined.encode().split(b" ")) if joined else ()
    if set(map(len, found)) - {40, 64} or joined.encode().translate(None, b"0123456789abcdef "):
        raise DamagedState
    return found
