"""Keyset pagination of long lists: a page ends with a cursor, the key of its last record.

A cursor is opaque to clients. Records that are added or deleted between two pages cause no repetition and no gap.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from beca_core.errors import InvalidInput
from beca_core.storage.models import MAX_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")
Record = TypeVar("Record")

_MAX_CURSOR: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list.

    Args:
        items: The records, in the order of the list.
        next: The cursor of the last item, to be passed as `after`; None on the last page.
    """

    items: tuple[Item, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads the cursors of one kind of list.

    Args:
        kind: Name of the list; a cursor of one list is refused by the others.
        length: How many numbers a key has.
    """

    kind: str
    length: int

    def write(self, key: Sequence[int]) -> str:
        """Return the cursor of the record with this key."""
        return base64.urlsafe_b64encode(json.dumps([self.kind, *key]).encode()).decode().rstrip("=")

    def read(self, cursor: str) -> tuple[int, ...]:
        """Return the key in a cursor.

        Raises:
            InvalidInput: If it is not a cursor that `write` returns.
        """
        match self._decode(cursor):
            case [self.kind, *key] if len(key) == self.length:
                numbers = tuple(part for part in key if type(part) is int and -MAX_ID <= part <= MAX_ID)
                if len(numbers) == self.length:
                    return numbers
        raise InvalidInput("The cursor is not valid.", hint="Use the one of the previous page.")

    def page(self, found: Sequence[Record], limit: int, key: Callable[[Record], Sequence[int]]) -> Page[Record]:
        """Make a page of records that were fetched with a limit greater by one."""
        items = tuple(found[:limit])
        return Page(items, self.write(key(items[-1])) if len(found) > limit else None)

    def _decode(self, cursor: str) -> object:
        if len(cursor) > _MAX_CURSOR:
            return None
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (UnicodeError, binascii.Error, ValueError, RecursionError):
            return None


def microseconds(moment: datetime) -> int:
    """Return a time as a number of a key: microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(number: int) -> datetime:
    """Return the time of a number that `microseconds` returns.

    Raises:
        InvalidInput: If there is no such time.
    """
    try:
        return _EPOCH + number * _MICROSECOND
    except OverflowError:
        raise InvalidInput("The cursor is not valid.", hint="Use the one of the previous page.") from None


def checked_limit(limit: int, maximum: int) -> int:
    """Return the limit of a page.

    Raises:
        InvalidInput: If it is not between 1 and the maximum.
    """
    if not 1 <= limit <= maximum:
        raise InvalidInput("The limit of the page is out of bounds.", hint=f"Use a whole number from 1 to {maximum}.")
    return limit
