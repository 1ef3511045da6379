"""The literal index: strings that are looked for, as Hyperscan databases.

A database holds each string once, under an id of its own; what hangs on it is the caller's business. It is compiled
once and cached on disk.
"""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import hyperscan

from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_core.matching.rule_cache import RuleCache
    from beca_core.sources.limits import Stop

    Record = Callable[[int, int, int, int, Any], bool | None]

PADDING: Final = b"\n" * 64
"""Scanned after the data: Vectorscan 5.4.12 was seen to miss short literals at the very end of its input."""
GRACE_SECONDS: Final = 0.05

VERSION: Final = 4
"""Incremented when the same literals yield other expressions."""

_COPIED_BYTES: Final = 8192
"""Up to this size, a copy with padding takes less time than a second scan of the end."""
_PIECE_BYTES: Final = 16 * 1024 * 1024
"""Scanned at once, in about a hundredth of a second if nothing is reported."""
_STEPS_A_PIECE: Final = 1024


class Expression(NamedTuple):
    """One string that Hyperscan looks for.

    Args:
        text: In a syntax that RE2 and Hyperscan read alike; bytes: the string itself, without a NUL. Of a database, all
            are of one kind. Strings are compiled faster.
        id: The id under which Hyperscan reports it.
        once: Whether one event in a text is enough, wherever it is.
    """

    text: str | bytes
    id: int
    once: bool


class LiteralIndex:
    """Reports where some strings are. Shared between threads.

    Args:
        expressions: Returns the expressions; called only if the database has to be compiled.
        basis: Everything from which the expressions are derived.
        longest: A length in bytes that no string exceeds.
        cache: Where its database is cached; None: nowhere.
    """

    def __init__(
        self, expressions: Callable[[], Sequence[Expression]], basis: object, longest: int, cache: RuleCache | None
    ) -> None:
        self._database = load_or_compile(expressions, (VERSION, basis), cache)
        self._end_bytes = len(PADDING) + longest
        self._local = threading.local()

    def scan(self, data: bytes, record: Record, found: Any, stop: Stop = NEVER) -> bool:
        """Report the strings in some data, in no particular order, those near its end twice.

        Args:
            data: The data.
            record: Called for each event with the id, 0, the offset of its end less that of the part, flags, and a
                tuple of what is given as `found`, the offset of the part that is scanned, and `stop`. It returns True
                to end the scan.
            found: Given to `record`.
            stop: When to end.

        Returns:
            Whether the scan came to its end.
        """
        database = self._database
        if database is None:
            return True
        if len(data) > _COPIED_BYTES:
            return self._scan_in_parts(database, data, record, found, stop)
        try:
            scratch = self._local.scratch
        except AttributeError:
            scratch = self._scratch_for(database)
        try:
            database.scan(data + PADDING, record, 0, (found, 0, stop), scratch)
        except hyperscan.ScanTerminated:
            return False
        return True

    def _scan_in_parts(self, database: hyperscan.Database, data: bytes, record: Record, found: Any, stop: Stop) -> bool:
        """Scan the data as it is, and its end once more with padding."""
        scratch = self._scratch_for(database)
        view: Any = memoryview(data) if len(data) > _PIECE_BYTES else data  # a scan of a view takes longer
        try:
            for begin in range(0, len(data), _PIECE_BYTES):
                piece = view[begin : begin + _PIECE_BYTES + self._end_bytes]
                database.scan(piece, record, 0, (found, begin, stop), scratch)
                if begin and stop.step(_STEPS_A_PIECE, GRACE_SECONDS):
                    return False
            end = max(0, len(data) - self._end_bytes)
            database.scan(data[end:] + PADDING, record, 0, (found, end, stop), scratch)
        except hyperscan.ScanTerminated:
            return False
        return True

    def _scratch_for(self, database: hyperscan.Database) -> hyperscan.Scratch:
        """Return working memory, which threads cannot share."""
        if not hasattr(self._local, "scratch"):
            self._local.scratch = hyperscan.Scratch(database)
        scratch: hyperscan.Scratch = self._local.scratch
        return scratch


class PresenceIndex:
    """Says which of some expressions occur in a text. Shared between threads.

    Args:
        expressions: The expressions, each `once`.
        cache: Where its database is cached; None: nowhere.
    """

    def __init__(self, expressions: Sequence[Expression], cache: RuleCache | None = None) -> None:
        longest = max((len(one.text) for one in expressions), default=0)
        self._index = LiteralIndex(lambda: expressions, expressions, longest, cache)

    def present(self, data: bytes) -> set[int]:
        """Return the ids of the expressions that occur."""
        found: set[int] = set()
        self._index.scan(data, _add, found)
        return found


def _add(index: int, _begin: int, _end: int, _flags: int, context: Any) -> None:
    context[0].add(index)


def load_or_compile(
    expressions: Callable[[], Sequence[Expression]], basis: object, cache: RuleCache | None = None
) -> hyperscan.Database | None:
    """Return the database of some expressions, from the cache if it is there.

    Args:
        expressions: Returns the expressions; called only if the database has to be compiled.
        basis: Everything from which the expressions are derived. Its `repr` identifies the database in the cache.
        cache: Where databases are cached; None: nowhere.

    Returns:
        The database, or None if there are no expressions.
    """
    name = _cache_name(basis) if cache else ""
    if cache and (stored := cache.load_database(name)) and (database := _deserialized(stored)):
        return database
    found = expressions()
    if not found:
        return None
    database = _compile(found)
    if cache:
        cache.store_database(name, hyperscan.dumpb(database))
    return database


def _compile(expressions: Sequence[Expression]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[one.text.encode() if isinstance(one.text, str) else one.text for one in expressions],
        ids=[one.id for one in expressions],
        flags=[hyperscan.HS_FLAG_SINGLEMATCH if one.once else 0 for one in expressions],
        literal=isinstance(expressions[0].text, bytes),
    )
    return database


def _deserialized(stored: bytes) -> hyperscan.Database | None:
    """Hyperscan verifies its own checksum when it loads, and version and platform when it makes a scratch."""
    try:
        database = hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
        hyperscan.Scratch(database)
    except hyperscan.HyperscanError:
        return None
    return database


def _cache_name(basis: object) -> str:
    """Hash everything that the serialised form depends on; a small database reports version and CPU features."""
    smallest = _compile([Expression("a", 0, once=False)])
    made_by = (getattr(hyperscan, "__version__", ""), str(smallest.info()), os.uname().machine)
    return hashlib.sha256(repr((made_by, basis)).encode()).hexdigest()
