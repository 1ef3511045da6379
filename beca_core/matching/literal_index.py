"""The literal index: everything that the prefilter looks for, as one Hyperscan database."""

from __future__ import annotations

import hashlib
import os
import threading
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

import hyperscan

from beca_core.matching.decoding.forms import KIND_STRIDE, FormKind, all_forms
from beca_core.matching.literals import render, render_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from beca_core.matching.literals import Literal
    from beca_core.matching.rule_cache import RuleCache

FIRST_FORM_ID: Final = KIND_STRIDE << 21
"""Ids of encoded forms begin here. Each form has an id of its own, with its kind in the lowest bits."""

_ENOUGH_LETTERS: Final = 8

PADDING: Final = b"\n" * 64
"""Scanned after the data: Vectorscan 5.4.12 was seen to miss short literals at the very end of its input."""

_FIRST_WIDE_ID: Final = FIRST_FORM_ID << 1

VERSION: Final = 2
"""Incremented when the same literals yield other expressions."""


class Expression(NamedTuple):
    """One string that Hyperscan looks for.

    Args:
        text: In a syntax that RE2 and Hyperscan read alike.
        id: The id under which Hyperscan reports it.
        once: Whether one event in a text is enough, wherever it is.
    """

    text: str
    id: int
    once: bool


def literal_expressions(literals: Mapping[int, frozenset[Literal]], *, once: bool) -> Iterator[Expression]:
    """Yield an expression for each literal, in a stable order.

    Args:
        literals: Literals by the id under which they are reported.
        once: Whether one event in a text is enough, wherever it is.
    """
    for index, found in literals.items():
        for text in sorted(map(render, found)):
            yield Expression(text, index, once)


def form_expressions(literals: Sequence[Literal]) -> Iterator[Expression]:
    """Yield an expression for each encoded form of some literals, in a stable order."""
    for number, (text, kind) in enumerate(all_forms(literals)):
        text_in_hex = "".join(f"\\x{byte:02x}" for byte in text)
        yield Expression(text_in_hex, FIRST_FORM_ID + KIND_STRIDE * number + kind, once=False)


def wide_expressions(literals: Iterable[Literal]) -> Iterator[Expression]:
    """Yield expressions of which one occurs wherever a literal does in UTF-16 or UTF-32, in a stable order."""
    beginnings = sorted({render_each(literal[:_ENOUGH_LETTERS]) for literal in literals})
    for number, (letters, nuls) in enumerate(product(beginnings, (1, 3))):
        yield Expression(
            (r"\x00" * nuls).join(letters), _FIRST_WIDE_ID + KIND_STRIDE * number + FormKind.WIDE, once=True
        )


class PresenceIndex:
    """Says which of some expressions occur in a text. Shared between threads.

    Args:
        expressions: The expressions, each `once`.
        cache: Where its database is cached; None: nowhere.
    """

    def __init__(self, expressions: Sequence[Expression], cache: RuleCache | None = None) -> None:
        self._end_bytes = max((len(one.text) for one in expressions), default=0)
        self._database = load_or_compile(lambda: expressions, (VERSION, expressions), cache)
        self._local = threading.local()

    def present(self, data: bytes) -> set[int]:
        """Return the ids of the expressions that occur."""
        found: set[int] = set()
        if self._database is not None:
            try:
                scratch = self._local.scratch
            except AttributeError:
                scratch = self._local.scratch = hyperscan.Scratch(self._database)
            for part in (data, data[-self._end_bytes :] + PADDING):
                self._database.scan(part, lambda *event: found.add(event[0]), 0, None, scratch)
        return found


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
        expressions=[one.text.encode() for one in expressions],
        ids=[one.id for one in expressions],
        flags=[hyperscan.HS_FLAG_SINGLEMATCH if one.once else 0 for one in expressions],
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
