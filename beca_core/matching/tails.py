"""What must stand right behind a literal: a look at it tells a match from most of what the prefilter sees.

A rule with a short prefix is seen everywhere: `ad-` in `read-only`. In a match of `ad-[0-9a-f]{32}` 32 digits follow,
and there the second byte is none. To look at these bytes takes a small part of the time that it takes to find the line
and to look it up, and to undo the escapes in it.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.hits import ESCAPE_MARKS
from beca_core.matching.literals import literals
from beca_core.matching.syntax import Alternation, Assertion, Bytes, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.literals import Literal
    from beca_core.matching.syntax import Node

_MOST_BYTES: Final = 64
_MARKS: Final = frozenset(b"".join(ESCAPE_MARKS))


class Tail(NamedTuple):
    """What stands behind a literal of a pattern in each match.

    Args:
        members: Bytes, those left out with which an escape begins.
        length: So many of them follow.
    """

    members: bytes
    length: int

    def may_stand_at(self, data: bytes, at: int) -> bool:
        """Say whether these bytes stand at a place, or would if the escapes there were undone."""
        rest = data[at : at + self.length].lstrip(self.members)
        return not rest or rest[0] in _MARKS


def tail(pattern: Node, sought: frozenset[Literal]) -> Tail | None:
    """Return what stands behind the literals of a pattern, or None where that is not known.

    Args:
        pattern: The pattern.
        sought: Its literals: in each match one of them stands where the tail is said to follow.
    """
    parts = list(_parts(pattern))
    sizes = {len(literal) for literal in sought}
    for first in range(len(parts)):
        for behind in range(first + 1, len(parts) + 1):
            stretch = parts[first:behind]
            width = sum(map(_width, stretch))
            if sizes == {width} and literals(Sequence(tuple(stretch))) == sought:
                return _run(parts[behind:])
            if width > max(sizes, default=0):
                break
    return None


def _parts(pattern: Node) -> Iterator[Node]:
    """Yield what each match consists of, one part after the other, with repetitions written out."""
    for part in pattern.parts if isinstance(pattern, Sequence) else (pattern,):
        if isinstance(part, Repeat):
            copies = min(part.least, _MOST_BYTES)
            yield from (part.node,) * copies
            if part.most != copies:
                yield Repeat(part.node, 0, None)
        else:
            yield part


def _width(node: Node) -> float:
    """Return how many bytes match, infinity where that may differ."""
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


def _run(parts: list[Node]) -> Tail | None:
    """Return how the parts begin, if they do with bytes of one set."""
    run: list[frozenset[int]] = []
    for part in parts:
        if isinstance(part, Bytes) and part.members in (run or [part.members]) and len(run) < _MOST_BYTES:
            run.append(part.members)
        elif not isinstance(part, Assertion):
            break
    return Tail(bytes(run[0] - _MARKS), len(run)) if run else None
