"""What is known of patterns: that they can be used, and their literals.

To find that out, RE2 compiles a pattern and our own parser reads it: a fifth of a millisecond, which hundreds of rules
make longer than a scan of a small repository. It depends on the pattern alone, so that one process can leave it to
others. Most patterns then need not be compiled at all: only those are that the prefilter sees something of.
"""

from __future__ import annotations

import hashlib
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.matching import rule_cache as cache
from beca_core.matching.literals import LETTERS

if TYPE_CHECKING:
    from beca_core.matching.literals import Literal

VERSION: Final = 1
"""Counts up whenever other patterns can be used than before, or a pattern has other literals."""
MOST_PATTERNS: Final = 4096

_BETWEEN_PATTERNS: Final = "\u2029"
_BETWEEN_LITERALS: Final = "\u2028"
"""These two stand in no pattern, which is ASCII, and for no letter."""
_CHARACTERS: Final = {letter: character for character, letter in LETTERS.items()}


class KnownPatterns:
    """The literals of patterns that can be used.

    Args:
        cache_dir: Where they are kept for other processes; None: nowhere.
    """

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._stored = _load(cache_dir) if cache_dir else {}
        self._used: dict[str, str] = {}

    def get(self, pattern: str) -> frozenset[Literal] | None:
        """Return the literals of a pattern, or None where nothing is known of it."""
        written = self._stored.get(pattern)
        if written is None:
            return None
        self._used[pattern] = written
        return frozenset(map(_read, filter(None, written.split(_BETWEEN_LITERALS))))

    def add(self, pattern: str, literals: frozenset[Literal]) -> None:
        """Take down that a pattern can be used, and its literals."""
        if pattern not in self._used:
            self._used[pattern] = _BETWEEN_LITERALS.join(map(_written, literals))

    def store(self) -> None:
        """Keep what was added for other processes."""
        if self._cache_dir and self._used.keys() - self._stored.keys():
            every = self._stored | self._used
            _store(self._cache_dir, every if len(every) <= MOST_PATTERNS else self._used)


def _load(cache_dir: Path) -> dict[str, str]:
    """Return what is written of each pattern. It is read when it is needed: a file may know many rules of others."""
    text = (cache.load(cache_dir, _name()) or b"").decode()
    records = (record.partition(_BETWEEN_LITERALS) for record in text.split(_BETWEEN_PATTERNS))
    return {pattern: written for pattern, _, written in records if pattern}


def _store(cache_dir: Path, known: dict[str, str]) -> None:
    records = (f"{pattern}{_BETWEEN_LITERALS}{written}" for pattern, written in known.items())
    cache.store(cache_dir, _name(), _BETWEEN_PATTERNS.join(records).encode())


def _read(written: str) -> Literal:
    return tuple(map(LETTERS.__getitem__, written))


def _written(literal: Literal) -> str:
    return "".join(map(_CHARACTERS.__getitem__, literal))


def _name() -> str:
    """Name what is known after all that it depends on; another RE2 may refuse other patterns."""
    re2 = PathFinder.find_spec("re2")  # without importing it, which takes its time
    directories = (re2 and re2.submodule_search_locations) or ()
    libraries = [library.stat() for directory in directories for library in sorted(Path(directory).glob("_re2*"))]
    facts = VERSION, [(library.st_size, library.st_mtime_ns) for library in libraries]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
