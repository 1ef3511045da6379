"""What compiling rules yields, cached on disk for other processes: facts about patterns, and databases.

To check a pattern, RE2 compiles it and our own parser reads it: a fifth of a millisecond, which hundreds of rules make
longer than a scan of a small repository. The result depends on the pattern alone. Most patterns then need not be
compiled at all: only those are in which the prefilter sees something.
"""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias
from typing import Literal as OneOf

from beca_core.errors import InvalidInput
from beca_core.matching.literals import LETTERS
from beca_core.system import cache_files
from beca_core.system.user_dirs import default_cache_dir

if TYPE_CHECKING:
    from beca_core.matching.literals import Literal

CacheDir: TypeAlias = str | os.PathLike[str] | OneOf[False] | None
"""Where compiled rules are cached: a directory; None: the user's cache directory; False: nowhere."""

VERSION: Final = 1
"""Counts up whenever other patterns can be used than before, or a pattern has other literals."""
MOST_PATTERNS: Final = 4096

_BETWEEN_PATTERNS: Final = "\u2029"
_BETWEEN_LITERALS: Final = "\u2028"
"""These two are in no pattern, which is ASCII, and stand for no letter."""
_CHARACTERS: Final = {letter: character for character, letter in LETTERS.items()}


def cache_directory(cache_dir: CacheDir) -> Path | None:
    """Return the directory that is meant; None: nothing is cached.

    Raises:
        InvalidInput: If it is neither a path that is not empty, nor None or False.
    """
    if cache_dir is False:
        return None
    if cache_dir is not None and (not isinstance(cache_dir, (str, os.PathLike)) or not os.fspath(cache_dir)):
        raise InvalidInput("cache_dir must be the path of a directory, or None, or False for no cache.")
    return default_cache_dir() if cache_dir is None else Path(cache_dir)


class RuleCache:
    """A cache of compiled rules. Shared between threads.

    Args:
        directory: Where its files are; None: nothing is read or written.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._used: dict[str, str] = {}

    def literals(self, pattern: str) -> frozenset[Literal] | None:
        """Return the literals of a pattern that is known to be usable, or None where it is not known."""
        written = self._stored.get(pattern)
        if written is None:
            return None
        self._used[pattern] = written
        return frozenset(map(_read, filter(None, written.split(_BETWEEN_LITERALS))))

    def add(self, pattern: str, literals: frozenset[Literal]) -> None:
        """Note that a pattern is usable, and its literals; `save` writes it down."""
        if pattern not in self._used:
            self._used[pattern] = _BETWEEN_LITERALS.join(map(_written, literals))

    def save(self) -> None:
        """Write down what was added."""
        if self._directory and self._used.keys() - self._stored.keys():
            every = self._stored | self._used
            _store(self._directory, every if len(every) <= MOST_PATTERNS else self._used)

    def load(self, name: str) -> bytes | None:
        """Return the database that was stored under a name, or None where it is not there or cannot be trusted."""
        return cache_files.load(self._directory, name) if self._directory else None

    def store(self, name: str, database: bytes) -> None:
        """Store a serialised database under a name of letters and digits."""
        if self._directory:
            cache_files.store(self._directory, name, database)

    @cached_property
    def _stored(self) -> dict[str, str]:
        return _load(self._directory) if self._directory else {}


def _load(cache_dir: Path) -> dict[str, str]:
    """Return what is written of each pattern. It is read when it is needed: a file may know many rules of others."""
    text = (cache_files.load(cache_dir, _name()) or b"").decode()
    records = (record.partition(_BETWEEN_LITERALS) for record in text.split(_BETWEEN_PATTERNS))
    return {pattern: written for pattern, _, written in records if pattern}


def _store(cache_dir: Path, known: dict[str, str]) -> None:
    records = (f"{pattern}{_BETWEEN_LITERALS}{written}" for pattern, written in known.items())
    cache_files.store(cache_dir, _name(), _BETWEEN_PATTERNS.join(records).encode())


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
