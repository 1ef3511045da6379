"""Which bytes must follow a literal: a check of these bytes rejects most literals that are not part of a match.

A literal of a short prefix occurs everywhere: `ad-` in `read-only`. But a match of `ad-[0-9a-f]{32}` has 32 digits
after it, and here the second byte is not a digit. This check takes a small part of the time that it takes to find the
line, to look it up, and to decode the escapes in it.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.patterns.literals import literals
from beca_core.matching.patterns.syntax import Alternation, Assertion, Bytes, Repeat, Sequence
from beca_core.matching.regions import ESCAPE_MARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.patterns.literals import Literal
    from beca_core.matching.patterns.syntax import Node

MOST_BYTES: Final = 64
"""How many bytes after a literal are looked at, at most."""
_MARKS: Final = frozenset(b"".join(ESCAPE_MARKS))


class FollowSet(NamedTuple):
    """The bytes that follow a literal in each match of its pattern.

    Args:
        members: The bytes that may follow, without those that begin an escape.
        length: How many of them follow at least.
    """

    members: bytes
    length: int

    def may_be_at(self, data: bytes, at: int) -> bool:
        """Return whether such bytes are at an offset, as they are or with escapes among them."""
        rest = data[at : at + self.length].lstrip(self.members)
        return not rest or rest[0] in _MARKS


def follow_set(pattern: Node, pattern_literals: frozenset[Literal]) -> FollowSet | None:
    """Return which bytes follow the literals of a pattern, or None if that is not known.

    Args:
        pattern: The pattern.
        pattern_literals: Its literals, as `literals` returns them; each match holds one of them.
    """
    parts = list(_parts(pattern))
    sizes = {len(literal) for literal in pattern_literals}
    for first in range(len(parts)):
        for after in range(first + 1, len(parts) + 1):
            stretch = parts[first:after]
            width = sum(map(_width, stretch))
            if sizes == {width} and literals(Sequence(tuple(stretch))) == pattern_literals:
                return _first_run(parts[after:])
            if width > max(sizes, default=0):
                break
    return None


def _parts(pattern: Node) -> Iterator[Node]:
    """Yield the parts of each match in order, with repetitions written out."""
    for part in pattern.parts if isinstance(pattern, Sequence) else (pattern,):
        if isinstance(part, Repeat):
            copies = min(part.least, MOST_BYTES)
            yield from (part.node,) * copies
            if part.most != copies:
                yield Repeat(part.node, 0, None)
        else:
            yield part


def _width(node: Node) -> float:
    """Return how many bytes a match has, or infinity if matches differ in that."""
    match node:
        case Bytes():
            return 1
        case Assertion():
            return 0
        case Sequence(parts):
            return sum(map(_width, parts))
        case Alternation(branches):
            widths = set(map(_width, branches))
            return widths.pop() if len(widths) == 1 else inf
        case Repeat(inner, least, most):
            return least * _width(inner) if least and least == most else inf


def _first_run(parts: list[Node]) -> FollowSet | None:
    """Return the run of bytes of one set with which the parts begin, or None if they begin otherwise."""
    run: list[frozenset[int]] = []
    for part in parts:
        if isinstance(part, Bytes) and part.members in (run or [part.members]) and len(run) < MOST_BYTES:
            run.append(part.members)
        elif not isinstance(part, Assertion):
            break
    return FollowSet(bytes(run[0] - _MARKS), len(run)) if run else None
