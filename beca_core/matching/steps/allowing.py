"""What looks like a secret and is allowed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.matching.patterns.syntax import latin1_options
from beca_core.rules.candidate import DropReason, Step

if TYPE_CHECKING:
    import re2

    from beca_core.rules.candidate import Candidate
    from beca_core.rules.context import Allow

LINE_BYTES: Final = 1024
"""How much of its line is looked at on each side of a secret, in bytes."""
_LONGEST_VALUE: Final = 100


class AllowList:
    """The allow-list of a rule, ready to be asked. Shared between threads.

    Args:
        allow: The allow-list.
    """

    def __init__(self, allow: Allow) -> None:
        self._values = frozenset(value.encode() for value in allow.values)
        self._words = tuple((word, word.lower().encode("ascii")) for word in allow.words)
        self._allow = allow

    def drop(self, candidate: Candidate) -> DropReason | None:
        """Return why a candidate is allowed, or None if it is not."""
        secret = candidate.secret
        if secret in self._values:
            return _reason("values", "it is a known value that is no secret")
        if self._words:
            lowered = secret.lower()
            for word, in_bytes in self._words:
                if in_bytes in lowered:
                    return _reason("words", "it holds an allowed word", word if len(word) < len(secret) else "")
        if number := _first(self._patterns, secret):
            return _reason("patterns", "an allowed pattern matches in it", f"pattern {number}")
        if self._lines and (number := _first(self._lines, _line(candidate))):
            return _reason("lines", "its line is allowed", f"pattern {number}")
        return None

    @cached_property
    def _patterns(self) -> tuple[re2._Regexp[bytes], ...]:
        return tuple(map(expression, self._allow.patterns))

    @cached_property
    def _lines(self) -> tuple[re2._Regexp[bytes], ...]:
        return tuple(map(expression, self._allow.lines))


def expression(text: str) -> re2._Regexp[bytes]:
    """Compile an expression that is searched in bytes; `^` and `$` match at line ends."""
    import re2

    return re2.compile(f"(?m){text}".encode("ascii"), latin1_options())


def _first(patterns: tuple[re2._Regexp[bytes], ...], text: bytes) -> int:
    """Return the number of the first pattern that matches, from 1; 0: none."""
    return next((number for number, each in enumerate(patterns, start=1) if each.search(text) is not None), 0)


def _line(candidate: Candidate) -> bytes:
    data = candidate.data
    first, last = max(0, candidate.begin - LINE_BYTES), candidate.end + LINE_BYTES
    begin = data.rfind(b"\n", first, candidate.begin) + 1 or first
    end = data.find(b"\n", candidate.end, last)
    return data[begin : end if end >= 0 else last]


def _reason(kind: str, reason: str, value: str = "") -> DropReason:
    return DropReason(Step.ALLOW, kind, reason, value[:_LONGEST_VALUE])
