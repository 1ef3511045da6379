"""The compiled form of what the prefilter looks for."""

from __future__ import annotations

import hashlib
import os
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import hyperscan

from beca_core.matching import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Expression:
    """What Hyperscan is to look for.

    Args:
        text: In a syntax that RE2 and Hyperscan read alike.
        index: What an event is reported as.
        once: Whether one event is enough, wherever it is.
    """

    text: str
    index: int
    once: bool


@dataclass(frozen=True, slots=True)
class Derived:
    """Further expressions that follow from the others, and are only needed to compile them.

    Args:
        version: Counts up whenever others follow.
        make: Makes them.
    """

    version: int
    make: Callable[[], Sequence[Expression]]


def compiled(
    expressions: Sequence[Expression], cache_dir: Path | None = None, derived: Derived | None = None
) -> hyperscan.Database | None:
    """Compile expressions, or load what an earlier process has compiled.

    Args:
        expressions: What to look for.
        cache_dir: Where compiled databases are kept; None: nowhere.
        derived: What else to look for, if it is anything at all.

    Returns:
        The database, or None where there is nothing to look for.
    """
    if not expressions:
        return None
    more = derived.make if derived else tuple
    if cache_dir is None:
        return _compile([*expressions, *more()])
    name = _name(expressions, derived.version if derived else 0)
    if (stored := cache.load(cache_dir, name)) is not None and (database := _deserialized(stored)) is not None:
        return database
    database = _compile([*expressions, *more()])
    cache.store(cache_dir, name, hyperscan.dumpb(database))
    return database


def _compile(expressions: Sequence[Expression]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[one.text.encode() for one in expressions],
        ids=[one.index for one in expressions],
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


def _name(expressions: Sequence[Expression], version: int) -> str:
    """Name all that the serialized form depends on; Hyperscan itself tells its version and the CPU features it uses."""
    smallest = _compile([Expression("a", 0, once=False)])
    made_by = (getattr(hyperscan, "__version__", ""), str(smallest.info()), os.uname().machine)
    return hashlib.sha256(repr((made_by, version, [astuple(one) for one in expressions])).encode()).hexdigest()
