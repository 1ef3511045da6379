"""The anatomy of a secret: which part of its pattern each of its characters comes from.

Near-misses are made of it: a character that no example has, a run that is one character longer, a prefix in another
letter case.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import re2

from beca_core.matching.patterns.pattern_parser import PatternParser
from beca_core.matching.patterns.syntax import Alternation, Assertion, Bytes, Repeat, Sequence, latin1_options, longest

if TYPE_CHECKING:
    from beca_core.matching.patterns.syntax import Node

_MOST_COPIES: Final = 64
_MOST_RUNS: Final = 200


class Run(NamedTuple):
    """Characters of a secret that come from one part of the pattern.

    Args:
        begin: Offset of the first one in the secret, in bytes.
        end: Offset after the last one.
        members: The bytes that the pattern allows there.
        least: How many it demands.
        most: How many it allows; None: any number.
    """

    begin: int
    end: int
    members: frozenset[int]
    least: int = 1
    most: int | None = 1

    @property
    def is_letter_of_prefix(self) -> bool:
        """Whether the pattern spells this one character out, in one letter case or in both."""
        return self.most == 1 and (len(self.members) == 1 or self.is_folded)

    @property
    def is_folded(self) -> bool:
        """Whether it is one letter, in any case."""
        return self.most == 1 and len({bytes([member]).lower() for member in self.members}) == 1 < len(self.members)


class Anatomy:
    """What the tree of a pattern says about matches and secrets.

    Args:
        pattern: RE2 syntax; the pattern was accepted when its rule was registered.
    """

    def __init__(self, pattern: str) -> None:
        parser = _GroupParser(pattern)
        tree = parser.parse()
        self._secret = parser.secret
        self.longest: Final = longest(tree)
        """Greatest length of a match, in bytes; None: there is none."""
        self.has_anchors: Final = _has_anchor(tree)
        """Whether each match is at the beginning or the end of a line or of the text."""

    def runs(self, secret: bytes) -> tuple[Run, ...]:
        """Return the runs of a secret, in order; none if the pattern does not match it by itself."""
        regexp, parts = self._compiled
        found = regexp.fullmatch(secret)
        if found is None:
            return ()
        spans = (found.span(number) for number in range(1, len(parts) + 1))
        return tuple(
            Run(begin, end, node.members, least, most)
            for (begin, end), (node, least, most) in zip(spans, parts, strict=True)
            if begin >= 0
        )

    @cached_property
    def _compiled(self) -> tuple[re2._Regexp[bytes], list[tuple[Bytes, int, int | None]]]:
        parts: list[tuple[Bytes, int, int | None]] = []
        text = "" if self._secret is None else _rendered(self._secret, parts)
        return re2.compile(text.encode("ascii"), latin1_options()), parts


@lru_cache(maxsize=1024)
def anatomy(pattern: str) -> Anatomy:
    """Return the anatomy of a pattern."""
    return Anatomy(pattern)


class _GroupParser(PatternParser):
    """Keeps the tree of the group `secret`."""

    secret: Node | None = None

    def _group(self, group: object) -> Node:
        node = super()._group(group)  # type: ignore[arg-type]
        if group["name"] == "secret":  # type: ignore[index]
            self.secret = node
        return node


def _has_anchor(node: Node) -> bool:
    match node:
        case Bytes():
            return False
        case Assertion(symbol):
            return symbol not in (r"\b", r"\B")
        case Sequence(parts):
            return any(map(_has_anchor, parts))
        case Alternation(branches):
            return all(map(_has_anchor, branches))
        case Repeat(inner, least, _):
            return least > 0 and _has_anchor(inner)


def _rendered(node: Node, parts: list[tuple[Bytes, int, int | None]]) -> str:
    """Write a tree as a pattern in which each run of bytes is a group, as far as there is room for groups."""
    match node:
        case Bytes():
            return _captured(node, 1, 1, parts)
        case Assertion():
            return ""
        case Sequence(inner):
            return "".join(_rendered(part, parts) for part in inner)
        case Alternation(branches):
            return f"(?:{'|'.join(_rendered(branch, parts) for branch in branches)})"
        case Repeat(Bytes() as inner, least, most):
            return _captured(inner, least, most, parts)
        case Repeat(inner, least, most):
            shown = min(least, _MOST_COPIES)
            copies = "".join(_rendered(inner, parts) for _ in range(shown))
            if most == shown:
                return copies
            return f"{copies}(?:{_plain(inner)}){_quantifier(least - shown, None if most is None else most - shown)}"


def _captured(node: Bytes, least: int, most: int | None, parts: list[tuple[Bytes, int, int | None]]) -> str:
    text = f"{_plain(node)}{_quantifier(least, most)}"
    if len(parts) >= _MOST_RUNS:
        return text
    parts.append((node, least, most))
    return f"({text})"


def _plain(node: Node) -> str:
    match node:
        case Bytes(members):
            return f"[{_ranges(members)}]" if members else r"[^\x00-\xff]"
        case Assertion():
            return ""
        case Sequence(parts):
            return "".join(map(_plain, parts))
        case Alternation(branches):
            return f"(?:{'|'.join(map(_plain, branches))})"
        case Repeat(inner, least, most):
            return f"(?:{_plain(inner)}){_quantifier(least, most)}"


def _quantifier(least: int, most: int | None) -> str:
    if (least, most) == (1, 1):
        return ""
    return f"{{{least},{'' if most is None else most}}}"


@lru_cache(maxsize=1024)
def _ranges(members: frozenset[int]) -> str:
    parts, ordered = [], sorted(members)
    begin = ordered[0]
    for at, member in enumerate(ordered):
        if at + 1 == len(ordered) or ordered[at + 1] != member + 1:
            parts.append(f"\\x{begin:02x}-\\x{member:02x}")
            begin = ordered[at + 1] if at + 1 < len(ordered) else 0
    return "".join(parts)
