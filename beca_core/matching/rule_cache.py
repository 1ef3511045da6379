"""What checking and compiling rules yields, cached on disk for other processes: pattern facts, and databases.

To check a pattern, RE2 compiles it and our own parser reads it. That takes a fifth of a millisecond, so hundreds of
rules would take longer than a scan of a small repository. The result depends on the pattern alone. With it at hand, RE2
compiles only the patterns of the rules that the prefilter reports.
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
from beca_core.matching.patterns.literals import literal_from, text_of
from beca_core.system import cache_files
from beca_core.system.user_dirs import default_cache_dir

if TYPE_CHECKING:
    from beca_core.matching.patterns.literals import Literal

CacheDir: TypeAlias = str | os.PathLike[str] | OneOf[False] | None
"""Where compiled rules are cached: a directory; None: the user's cache directory; False: nowhere."""

VERSION: Final = 7
"""Incremented when other patterns are accepted than before, or a pattern has other literals."""
MOST_PATTERNS: Final = 4096

_BETWEEN_PATTERNS: Final = "\u2029"
_BETWEEN_LITERALS: Final = "\u2028"
"""Patterns are ASCII and no letter is written as one of these two, so they are free to be separators."""


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

    Patterns that were checked are added one by one and saved together in one file. Each database has a file of its own.

    Args:
        directory: Where the files are; None: nothing is read or written.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._used: dict[str, str] = {}

    @property
    def directory(self) -> Path | None:
        """Where the files are; None: nowhere."""
        return self._directory

    def literals(self, pattern: str) -> frozenset[Literal] | None:
        """Return the literals of a pattern that an earlier process has checked, or None if none has."""
        text = self._stored.get(pattern)
        if text is None:
            return None
        self._used[pattern] = text
        return frozenset(map(literal_from, filter(None, text.split(_BETWEEN_LITERALS))))

    def add(self, pattern: str, literals: frozenset[Literal]) -> None:
        """Add a checked pattern and its literals; `save` writes them."""
        if pattern not in self._used:
            self._used[pattern] = _BETWEEN_LITERALS.join(map(text_of, literals))

    @property
    def is_complete(self) -> bool:
        """Whether an earlier process has stored all that was used."""
        return self._directory is not None and self._used.keys() <= self._stored.keys()

    def save(self) -> None:
        """Write the checked patterns to the cache, if there are new ones."""
        if self._directory and not self.is_complete:
            patterns = self._stored | self._used
            _store_patterns(self._directory, patterns if len(patterns) <= MOST_PATTERNS else self._used)

    def load_database(self, name: str) -> bytes | None:
        """Return the serialised database of a name, or None if there is none or it cannot be trusted."""
        return cache_files.load(self._directory, name) if self._directory else None

    def store_database(self, name: str, database: bytes) -> None:
        """Store a serialised database under a name of letters and digits."""
        if self._directory:
            cache_files.store(self._directory, name, database)

    @cached_property
    def _stored(self) -> dict[str, str]:
        return _load_patterns(self._directory) if self._directory else {}


def _load_patterns(directory: Path) -> dict[str, str]:
    """Return the literals of each pattern as text, parsed on use only: the file may hold many other rules."""
    text = (cache_files.load(directory, _patterns_name()) or b"").decode()
    records = (record.partition(_BETWEEN_LITERALS) for record in text.split(_BETWEEN_PATTERNS))
    return {pattern: literals for pattern, _, literals in records if pattern}


def _store_patterns(directory: Path, patterns: dict[str, str]) -> None:
    records = (f"{pattern}{_BETWEEN_LITERALS}{literals}" for pattern, literals in patterns.items())
    cache_files.store(directory, _patterns_name(), _BETWEEN_PATTERNS.join(records).encode())


def _patterns_name() -> str:
    """Hash everything that the file depends on; another RE2 may refuse other patterns."""
    re2 = PathFinder.find_spec("re2")  # finds it without the cost of an import
    directories = (re2 and re2.submodule_search_locations) or ()
    libraries = [library.stat() for directory in directories for library in sorted(Path(directory).glob("_re2*"))]
    facts = VERSION, [(library.st_size, library.st_mtime_ns) for library in libraries]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
