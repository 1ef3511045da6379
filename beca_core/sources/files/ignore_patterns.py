"""The patterns of one `.gitignore` file, as gitignore(5) and git's `wildmatch.c` have them, on bytes."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Final

import re2

from beca_core.matching.syntax import latin1_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COST_OF_RUN: Final = 64
_COST_OF_PATHS: Final = 4
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WILDCARD: Final = re.compile(rb"[*?\[\\]")
_TOKEN: Final = re.compile(rb"\*+|\\(.)|.", re.DOTALL)
_MORE_NAMES: Final = re.compile(rb"/(?:\*\*+/)*")
"""Any number of names, and then again any number of names, are any number of names."""
_DIRECTORY: Final = b"\0"
"""Stands behind the path of a directory, and in no path."""
_REGEXP_OF_DIRECTORY: Final = rb"\x00"
_ANY: Final = rb"[^\x00]*"
_ANY_IN_NAME: Final = rb"[^/\x00]*"
_ANY_NAMES: Final = rb"(?:[^\x00]*/)?"
_ONE: Final = rb"[^/\x00]"
_IN_NO_NAME: Final = frozenset(b"/\0")

_UPPER: Final = frozenset(string.ascii_uppercase.encode())
_LOWER: Final = frozenset(string.ascii_lowercase.encode())
_DIGITS: Final = frozenset(string.digits.encode())
_PUNCTUATION: Final = frozenset(string.punctuation.encode())
_CLASSES: Final = {
    b"alnum": _UPPER | _LOWER | _DIGITS,
    b"alpha": _UPPER | _LOWER,
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset(range(0x20)) | {0x7F},
    b"digit": _DIGITS,
    b"graph": _UPPER | _LOWER | _DIGITS | _PUNCTUATION,
    b"lower": _LOWER,
    b"print": _UPPER | _LOWER | _DIGITS | _PUNCTUATION | {0x20},
    b"punct": _PUNCTUATION,
    b"space": frozenset(b" \t\r\n"),
    b"upper": _UPPER,
    b"xdigit": frozenset(string.hexdigits.encode()),
}


class _NeverMatches(Exception):
    """Raised for a pattern that is malformed, so that git matches nothing with it."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line.

    Args:
        text: Without the signs that the other members stand for.
        is_negative: Whether what it matches is not ignored.
        is_anchored: Whether it is matched with the path from the pattern file on, not with the last name alone.
        directories_only: Whether it matches nothing but directories.
    """

    text: bytes
    is_negative: bool
    is_anchored: bool
    directories_only: bool

    @property
    def has_wildcards(self) -> bool:
        return _WILDCARD.search(self.text) is not None

    @property
    def literal(self) -> bytes:
        """What a path or a name is looked up as; paths begin with a slash here."""
        return (b"/" if self.is_anchored else b"") + self.text + (_DIRECTORY if self.directories_only else b"")

    @property
    def expression(self) -> bytes | None:
        """A regular expression; None: the pattern is malformed, and git matches nothing with it."""
        try:
            return _translated(self.text) + _REGEXP_OF_DIRECTORY + (b"" if self.directories_only else b"?")
        except _NeverMatches:
            return None


@dataclass(frozen=True, slots=True)
class _Run:
    """Patterns with wildcards, between which there are none of the other sign.

    Args:
        last: Number of the last one.
        is_negative: Their sign.
        of_names: Matches the last names that any of them matches.
        of_paths: Matches the paths that any of them matches.
    """

    last: int
    is_negative: bool
    of_names: re2._Regexp[bytes] | None
    of_paths: re2._Regexp[bytes] | None

    def matches(self, name: bytes, path: bytes) -> bool:
        """Return whether any of them matches."""
        if self.of_names is not None and self.of_names.fullmatch(name):
            return True
        return self.of_paths is not None and self.of_paths.fullmatch(path) is not None


class Patterns:
    """The patterns of a file.

    Args:
        content: The file.
    """

    def __init__(self, content: bytes) -> None:
        patterns = list(_parsed(content))
        self._signs = [pattern.is_negative for pattern in patterns]
        self._literals = {p.literal: number for number, p in enumerate(patterns) if not p.has_wildcards}
        self._wild = [(number, pattern) for number, pattern in enumerate(patterns) if pattern.has_wildcards]
        self._runs: list[_Run] | None = None
        lengths = sum(len(pattern.text) * (_COST_OF_PATHS if pattern.is_anchored else 1) for _, pattern in self._wild)
        self.cost: Final = lengths + _COST_OF_RUN * len(list(self._grouped()))
        """What the patterns with wildcards cost for each path, in bytes of pattern."""

    def verdict(self, path: bytes, *, is_directory: bool) -> bool | None:
        """Return whether a path is ignored, or None if no pattern matches it.

        Args:
            path: From the directory in which the pattern file is.
            is_directory: Whether it is a directory.
        """
        last = self._last_literal(path, is_directory=is_directory)
        subject = path + _DIRECTORY if is_directory else path
        name = subject.rpartition(b"/")[2]
        for run in self._compiled():
            if run.last < last:
                break
            if run.matches(name, subject):
                return not run.is_negative
        return None if last < 0 else not self._signs[last]

    def _last_literal(self, path: bytes, *, is_directory: bool) -> int:
        name = path.rpartition(b"/")[2]
        keys = [name, b"/" + path]
        if is_directory:
            keys += [key + _DIRECTORY for key in keys]
        return max(self._literals.get(key, -1) for key in keys)

    def _compiled(self) -> list[_Run]:
        """Compile when it is needed: whoever finds the file too large never does."""
        if self._runs is None:
            self._runs = list(self._compile())[::-1]
        return self._runs

    def _compile(self) -> Iterator[_Run]:
        for run in self._grouped():
            last, pattern = run[-1]
            of_names = _any_of(each for _, each in run if not each.is_anchored)
            of_paths = _any_of(each for _, each in run if each.is_anchored)
            yield _Run(last, pattern.is_negative, of_names, of_paths)

    def _grouped(self) -> Iterator[list[tuple[int, _Pattern]]]:
        """Yield the patterns with wildcards, with their numbers, by run."""
        changes = list(accumulate(before != after for before, after in pairwise([False, *self._signs])))
        for _, run in groupby(self._wild, key=lambda numbered: changes[numbered[0]]):
            yield list(run)


def _any_of(patterns: Iterable[_Pattern]) -> re2._Regexp[bytes] | None:
    expressions = [expression for pattern in patterns if (expression := pattern.expression) is not None]
    return re2.compile(b"|".join(expressions), latin1_options()) if expressions else None


def _parsed(content: bytes) -> Iterator[_Pattern]:
    for line in content.removeprefix(_BYTE_ORDER_MARK).split(b"\n"):
        text = _without_trailing_spaces(line.removesuffix(b"\r").partition(b"\0")[0])
        if not text or text.startswith(b"#"):
            continue
        is_negative = text.startswith(b"!")
        text = text[is_negative:]
        directories_only = text.endswith(b"/")
        text = text[: len(text) - directories_only]
        if text:
            yield _Pattern(text.removeprefix(b"/"), is_negative, b"/" in text, directories_only)


def _without_trailing_spaces(line: bytes) -> bytes:
    """Cut off the spaces at the end that no backslash makes part of the pattern."""
    kept = line.rstrip(b" ")
    backslashes = len(kept) - len(kept.rstrip(b"\\"))
    return line[: len(kept) + 1] if backslashes % 2 and len(kept) < len(line) else kept


def _translated(text: bytes) -> bytes:
    parts = []
    first_wildcard = found.start() if (found := _WILDCARD.search(text)) else len(text)
    at = 0
    while at < len(text):
        begin = at
        token = _TOKEN.match(text, begin)
        at = len(text) if token is None else token.end()
        sign = text[begin]
        if sign == ord("*"):
            translated, at = _stars(text, begin, at, may_cross=begin == first_wildcard)
        elif sign == ord("["):
            members, at = _members(text, at)
            translated = _set(members)
        elif sign == ord("?"):
            translated = _ONE
        elif sign == ord("\\") and at == begin + 1:
            raise _NeverMatches
        else:
            translated = _byte(text[at - 1])
        parts.append(translated)
    return b"".join(parts)


def _stars(text: bytes, begin: int, end: int, *, may_cross: bool) -> tuple[bytes, int]:
    """Translate stars: two that are a name by themselves stand for any number of names.

    The first wildcard of a pattern counts as the beginning of a name wherever it stands, since git compares what
    stands before it in another way.
    """
    is_name = (may_cross or text[begin - 1] == ord("/")) and (end == len(text) or text.startswith((b"/", b"\\/"), end))
    if end - begin == 1 or not is_name:
        return _ANY_IN_NAME, end
    if not text.startswith(b"/", end):
        return _ANY, end
    again = _MORE_NAMES.match(text, end)
    return _ANY_NAMES, end + 1 if again is None else again.end()


def _members(text: bytes, at: int) -> tuple[frozenset[int], int]:
    """Return the bytes that a set in brackets stands for, and the offset behind it.

    Args:
        text: The pattern.
        at: Offset behind the opening bracket.

    Raises:
        _NeverMatches: If the set does not end, or names a class that there is not.
    """
    is_negative = text[at : at + 1] in (b"!", b"^")
    begin = at = at + is_negative
    members: set[int] = set()
    previous = 0
    while at == begin or text[at : at + 1] != b"]":
        if text.startswith(b"[:", at) and (named := _class(text, at + 2)) is not None:
            added, at = named
            previous = 0
        elif text.startswith(b"-", at) and previous and text[at + 1 : at + 2] not in (b"", b"]"):
            last, at = _member(text, at + 1)
            added, previous = frozenset(range(previous, last + 1)), 0
        else:
            previous, at = _member(text, at)
            added = frozenset([previous])
        members |= added
    found = frozenset(range(256)) - members if is_negative else frozenset(members)
    return found - _IN_NO_NAME, at + 1


def _member(text: bytes, at: int) -> tuple[int, int]:
    at += text.startswith(b"\\", at)
    if at >= len(text):
        raise _NeverMatches
    return text[at], at + 1


def _class(text: bytes, at: int) -> tuple[frozenset[int], int] | None:
    """Return the bytes of a class such as `[:digit:]` whose name begins here, or None if this is no class."""
    end = text.find(b"]", at)
    if end < 0:
        raise _NeverMatches
    if end == at or text[end - 1] != ord(":"):
        return None
    try:
        return _CLASSES[text[at : end - 1]], end + 1
    except KeyError:
        raise _NeverMatches from None


def _set(members: frozenset[int]) -> bytes:
    if not members:
        raise _NeverMatches
    ranges: list[list[int]] = []
    for byte in sorted(members):
        if ranges and byte == ranges[-1][1] + 1:
            ranges[-1][1] = byte
        else:
            ranges.append([byte, byte])
    return b"[" + b"".join(_byte(first) + b"-" + _byte(last) for first, last in ranges) + b"]"


def _byte(byte: int) -> bytes:
    return b"\\x%02x" % byte
