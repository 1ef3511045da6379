"""The compiled form of what the prefilter looks for."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, NamedTuple

import hyperscan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_core.matching.rule_cache import RuleCache


class Expression(NamedTuple):
    """What Hyperscan is to look for.

    Args:
        text: In a syntax that RE2 and Hyperscan read alike.
        event: What it is reported as.
        once: Whether one event is enough, wherever it is.
    """

    text: str
    event: int
    once: bool


def compiled(
    expressions: Callable[[], Sequence[Expression]], basis: object, cache: RuleCache | None = None
) -> hyperscan.Database | None:
    """Compile expressions, or load what an earlier process has compiled.

    Args:
        expressions: Makes what to look for; not called where it was compiled before.
        basis: All that the expressions follow from. What it looks like printed tells it from any other.
        cache: Where databases are cached; None: nowhere.

    Returns:
        The database, or None where there is nothing to look for.
    """
    name = _name(basis) if cache else ""
    if cache and (stored := cache.load(name)) and (database := _deserialized(stored)):
        return database
    sought = expressions()
    if not sought:
        return None
    database = _compile(sought)
    if cache:
        cache.store(name, hyperscan.dumpb(database))
    return database


def _compile(expressions: Sequence[Expression]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[one.text.encode() for one in expressions],
        ids=[one.event for one in expressions],
        flags=[hyperscan.HS_FLAG_SINGLEMATCH if one.once else 0 for one in expressions],
    )
    return database


def _deserialized(stored: bytes) -> hyperscan.Database | None:
    """Hyperscan looks at its own checksum here, and at version and platform when working memory is made."""
    try:
        database = hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
        hyperscan.Scratch(database)
    except hyperscan.HyperscanError:
        return None
    return database


def _name(basis: object) -> str:
    """Name all that the serialized form depends on; Hyperscan itself tells its version and the CPU features it uses."""
    smallest = _compile([Expression("a", 0, once=False)])
    made_by = (getattr(hyperscan, "__version__", ""), str(smallest.info()), os.uname().machine)
    return hashlib.sha256(repr((made_by, basis)).encode()).hexdigest()
