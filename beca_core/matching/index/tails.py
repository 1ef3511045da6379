"""Tails: what follows a literal in each match of its pattern, as a pattern of its own.

A rule for `token = "..."` has a literal that most source code holds. Where it is, the tail says at once whether a match
may go on there: RE2 tries it at one offset, and mostly gives up at the next few bytes. A tail accepts more than the
pattern does: assertions are taken as true, and it accepts a beginning of itself that is cut: by an escape, since the
rest may be encoded, by the byte `CUT`, by the end of the text, or because it is long.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from beca_core.matching.patterns.literals import spellings, spellings_of_branches
from beca_core.matching.patterns.syntax import Alternation, Assertion, Bytes, Repeat, Sequence, can_be_empty, longest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.patterns.literals import Literal
    from beca_core.matching.patterns.syntax import Node

CUT: Final = b"\xff"
"""A tail never goes on after this byte, which is rare in text, so that some texts can be joined by it."""
TAIL_BYTES: Final = 128
"""How much of a text after a literal is worth looking at."""
_CUT_HERE: Final = r"(?:%[0-9A-Fa-f]{2}|\\+[ux]|\xff|\z)"
"""An escape, as the decoders know them, or what else cuts a text."""
_MOST_COPIES: Final = 32
_LONG_RUN: Final = 16
"""So many bytes of a repetition without an end are enough: what decides is then never far from the literal."""


def tail(pattern: Node, pattern_literals: frozenset[Literal]) -> str | None:
    """Return what follows the literals of a pattern, for RE2 and without flags, or None if that is not known.

    Args:
        pattern: The pattern.
        pattern_literals: Its literals, as `literals` returns them; each match holds one of them.
    """
    parts = list(_parts(pattern))
    longest = max(map(len, pattern_literals), default=0)
    for first in range(len(parts)):
        if isinstance(part := parts[first], Alternation) and spellings_of_branches(part) == pattern_literals:
            return _whole_or_cut(parts[first + 1 :])
        for after in range(first + 1, min(first + longest, len(parts)) + 1):
            found = spellings(Sequence(tuple(parts[first:after])))
            if found is None:
                break
            if found == pattern_literals:
                return _whole_or_cut(parts[after:])
    return None


def _parts(pattern: Node) -> Iterator[Node]:
    """Yield the parts of each match in order, with short repetitions written out."""
    for part in pattern.parts if isinstance(pattern, Sequence) else (pattern,):
        if isinstance(part, Repeat) and part.least == part.most and part.least <= _MOST_COPIES:
            yield from (part.node,) * part.least
        elif not isinstance(part, Assertion):
            yield part


def _whole_or_cut(parts: list[Node]) -> str:
    joined = Sequence(tuple(_together(_short(_least(parts)))))
    if not joined.parts:
        return ""
    runs = (
        f"|{_text(Sequence((*joined.parts[:at], Repeat(part.node, _LONG_RUN, _LONG_RUN))))}"
        for at, part in enumerate(joined.parts)
        if isinstance(part, Repeat) and part.most is None
    )
    return f"(?:{_text(joined)}{''.join(runs)}|{_beginning(joined)}{_CUT_HERE})"


def _short(parts: list[Node]) -> list[Node]:
    """Leave out what may be more than `TAIL_BYTES` after the literal, if no repetition without an end is a long run."""
    kept: list[Node] = []
    left = TAIL_BYTES
    for part in parts:
        is_endless = isinstance(part, Repeat) and part.most is None and longest(part.node) == 1
        size = _LONG_RUN if is_endless else longest(part)
        if size is None or size > left:
            if isinstance(part, Repeat) and longest(part.node) == 1 and (count := min(part.least, left)):
                kept.append(Repeat(part.node, count, count))
            break
        kept.append(part)
        left -= size
    return kept


def _least(parts: list[Node]) -> list[Node]:
    """Leave out of the last parts what need not be there, so that RE2 does not read on for the longest match."""
    while parts and can_be_empty(parts[-1]):
        parts = parts[:-1]
    if parts and isinstance(last := parts[-1], Repeat):
        parts = [*parts[:-1], Repeat(last.node, last.least, last.least)]
    return parts


def _together(parts: list[Node]) -> Iterator[Node]:
    """Yield parts that are equal and follow each other as one repetition."""
    for part, equal in groupby(parts):
        count = len(list(equal))
        yield Repeat(part, count, count) if count > 1 else part


def _text(node: Node) -> str:
    match node:
        case Bytes(members):
            return _class(members)
        case Assertion():
            return ""
        case Sequence(parts):
            return "".join(map(_text, parts))
        case Alternation(branches):
            return f"(?:{'|'.join(map(_text, branches))})"
        case Repeat(inner, least, most):
            return f"(?:{_text(inner)}){_times(least, most)}"


def _beginning(node: Node) -> str:
    """Return a pattern of all beginnings of what matches, the empty one among them; the whole need not be one."""
    match node:
        case Bytes() | Assertion():
            return ""
        case Sequence(parts):
            if not parts:
                return ""
            text = _beginning(parts[-1])
            for part in reversed(parts[:-1]):
                text = f"(?:{_beginning(part)}|{_text(part)}{text})"
            return text
        case Alternation(branches):
            return f"(?:{'|'.join(map(_beginning, branches))})"
        case Repeat(inner, _, most):
            if most is not None and most <= 1:
                return _beginning(inner)
            before_last = _times(0, None if most is None else most - 1)
            return f"(?:{_text(inner)}){before_last}{_beginning(inner)}"


def _times(least: int, most: int | None) -> str:
    return f"{{{least},{'' if most is None else most}}}"


def _class(members: frozenset[int]) -> str:
    """Write a set of bytes as ranges between brackets."""
    numbered = enumerate(sorted(members - {*CUT}))
    runs = [[byte for _, byte in run] for _, run in groupby(numbered, lambda pair: pair[1] - pair[0])]
    ranges = "".join(f"\\x{run[0]:02x}-\\x{run[-1]:02x}" for run in runs)
    return f"[{ranges}]" if ranges else r"[^\x00-\xff]"
