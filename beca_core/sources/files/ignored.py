"""Which files git would ignore: `.gitignore` files and `.git/info/exclude`, as gitignore(5) has them.

A file that git tracks is never left out, whatever the patterns say; the index tells which these are. Where the index
cannot be read, nothing is left out. The patterns of directories above the one that is scanned apply as well, up to the
root of the work tree. A repository within another has patterns and an index of its own.

No configuration is obeyed: neither the user's global file of patterns nor `core.ignoreCase`.

Pattern files are hostile input. One larger than `MAX_FILE_BYTES` is not obeyed, so that more is read instead of less.
Neither is one with which the patterns that have wildcards, together with those of the directories above, would be
longer than `MAX_PATTERN_COST`; those with slashes count four times, and each change between patterns that ignore and
patterns that do not counts 64 bytes. Patterns are matched by RE2, in linear time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.sources.files.ignore_patterns import Patterns
from beca_core.sources.files.tracked import NOTHING_TRACKED, Tracked, read_tracked
from beca_core.sources.git.layout import find_repository
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_FILE_BYTES: Final = 1024 * 1024
MAX_PATTERN_COST: Final = 8 * 1024
_GITIGNORE: Final = b".gitignore"
_GIT: Final = b".git"
_NO_PATTERNS: Final = Patterns(b"")


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """What applies to the entries of one directory. All paths are relative to the directory that is scanned.

    Args:
        root: Absolute path of the directory that is scanned.
        above: The way from the work tree's root to that directory, ending with a slash, if it begins above.
        below: How many bytes of each path lead to the work tree's root, slash included, if it begins below.
        tracked: What the index names; None: it cannot be read, and nothing is left out.
        exclude: The patterns of `.git/info/exclude`.
        levels: The patterns of `.gitignore` files, deepest first, each with the length of the way from the work tree's
            root to its directory.
        is_ignored: Whether the directory itself is ignored, so that nothing in it is kept but what is tracked.
    """

    root: bytes
    above: bytes = b""
    below: int = 0
    tracked: Tracked | None = NOTHING_TRACKED
    exclude: Patterns = _NO_PATTERNS
    levels: tuple[tuple[int, Patterns], ...] = ()
    is_ignored: bool = False

    @classmethod
    def of(cls, root: bytes) -> IgnoreRules:
        """Return what applies to a directory because of what lies above it.

        Args:
            root: Absolute path of the directory. That it may be ignored itself is not looked at.
        """
        names: list[bytes] = []
        top = root
        while not os.path.lexists(_join(top, _GIT)):
            top, name = os.path.split(top)
            if not name:
                return cls(root)
            names.insert(0, name)
        rules = cls(root, above=b"".join(name + b"/" for name in names))._of_work_tree(top)
        for depth in range(len(names)):
            way = b"".join(name + b"/" for name in names[:depth])
            rules = rules._with_level(_join(top, way), len(way))
        return rules

    def inside(self, directory: bytes, names: Collection[bytes]) -> IgnoreRules:
        """Return what applies to the entries of a directory, of which these rules are those of the directory around it.

        Args:
            directory: Its path; empty: the directory that is scanned.
            names: What is in it.
        """
        way = directory + b"/" if directory else b""
        absolute = _join(self.root, directory)
        rules = self
        if way and _GIT in names:
            rules = IgnoreRules(self.root, below=len(way))._of_work_tree(absolute)
        if _GITIGNORE not in names:
            return rules
        return rules._with_level(absolute, len(rules.above) + len(way) - rules.below)

    def kept(self, path: bytes, *, is_directory: bool) -> IgnoreRules | None:
        """Return None for an entry that is left out, else the rules with which to go on in it.

        Args:
            path: Its path.
            is_directory: Whether it is a directory, and no link to one.
        """
        if self.tracked is None:
            return self
        way = self.above + path[self.below :]
        if not self.is_ignored and not self._ignores(way, is_directory=is_directory):
            return self
        if is_directory:
            return replace(self, is_ignored=True) if self.tracked.has_directory(way) else None
        return self if way in self.tracked.files else None

    def _ignores(self, way: bytes, *, is_directory: bool) -> bool:
        for begin, patterns in (*self.levels, (0, self.exclude)):
            verdict = patterns.verdict(way[begin:], is_directory=is_directory)
            if verdict is not None:
                return verdict
        return False

    def _of_work_tree(self, top: bytes) -> IgnoreRules:
        """Add what the repository says whose work tree begins at `top`."""
        try:
            layout = find_repository(Path(os.fsdecode(top)))
        except SourceError:
            return replace(self, tracked=None)
        if layout is None or layout.git_dir == Path(os.fsdecode(top)):
            return self
        rules = replace(self, tracked=read_tracked(layout.git_dir / "index"))
        exclude = _patterns(layout.common_dir / "info" / "exclude", rules._room)
        return rules if exclude is None else replace(rules, exclude=exclude)

    def _with_level(self, directory: bytes, begin: int) -> IgnoreRules:
        patterns = _patterns(_join(directory, _GITIGNORE), self._room)
        return self if patterns is None else replace(self, levels=((begin, patterns), *self.levels))

    @property
    def _room(self) -> int:
        """How much patterns may cost that are added."""
        return MAX_PATTERN_COST - sum(patterns.cost for _, patterns in self.levels) - self.exclude.cost


def _patterns(file: Path | bytes, room: int) -> Patterns | None:
    try:
        content = read_regular(file, MAX_FILE_BYTES)
    except OSError:
        return None
    patterns = None if content is None else Patterns(content)
    return None if patterns is None or patterns.cost > room else patterns


def _join(directory: bytes, name: bytes) -> bytes:
    return os.path.join(directory, name)  # noqa: PTH118 - bytes
