"""The literals of a pattern: strings of which every match holds at least one.

The prefilter looks for literals only, for two reasons. Vectorised engines find literals at least ten times as fast as
other expressions. And Vectorscan 5.4.12, which the `hyperscan` package contains, was seen to miss matches of
expressions with byte classes if a match crosses the border of a vector, and to crash on some expressions. The cause of
one of these bugs: https://github.com/VectorCamp/vectorscan/pull/368
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.matching.patterns.everyday_words import is_everyday
from beca_core.matching.patterns.syntax import Alternation, Assertion, Bytes, Node, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Letter: TypeAlias = frozenset[int]
"""One byte, or the two cases of one ASCII letter."""

Literal: TypeAlias = tuple[Letter, ...]

_SHORTEST: Final = 3
_LONG_ENOUGH: Final = 8
LONGEST: Final = 32
"""How many letters of a byte string are looked for; the rest of a longer one is not."""
_MOST_VARIANTS: Final = 8
_MOST_LITERALS: Final = 500
_EMPTY_STRING: Final[frozenset[Literal]] = frozenset({()})

_EXACT: Final[tuple[Letter, ...]] = tuple(frozenset({byte}) for byte in range(256))
_ANY_CASE: Final[tuple[Letter, ...]] = tuple(frozenset({byte, *bytes([byte]).swapcase()}) for byte in range(256))

LETTERS: Final[dict[str, Letter]] = {
    **{chr(byte): letter for byte, letter in enumerate(_EXACT)},
    **{chr(256 + byte): _ANY_CASE[byte] for byte in range(ord("a"), ord("z") + 1)},
}
"""All letters, by the character that denotes each of them in a cache."""
_CHARACTERS: Final = {letter: character for character, letter in LETTERS.items()}


def literals(pattern: Node) -> frozenset[Literal]:
    """Return the literals of a pattern.

    Returns:
        Literals of at least three bytes: of several possible sets, the one that probably occurs least often. Empty if
        some matches hold no literal.
    """
    found = _required(pattern) or frozenset()
    return frozenset(literal for literal in found if not _holds_another(literal, found))


def _holds_another(literal: Literal, found: frozenset[Literal]) -> bool:
    """Return whether another literal is a part of one, so that this one need not be looked for."""
    size = len(literal)
    return len(found) > 1 and any(
        literal[first:after] in found
        for first in range(size - _SHORTEST + 1)
        for after in range(first + _SHORTEST, size + 1)
        if after - first < size
    )


def words_as_literals(words: Iterable[str]) -> frozenset[Literal]:
    """Return ASCII words as literals in any letter case; empty if one of them is too short to look for."""
    found = frozenset(tuple(_ANY_CASE[ord(character)] for character in word) for word in words)
    return found if found and _is_useful(found) else frozenset()


def bytes_as_literals(strings: Iterable[bytes]) -> frozenset[Literal]:
    """Return the beginnings of byte strings as literals; empty if one of them is too short to look for."""
    found = frozenset(tuple(_EXACT[byte] for byte in string[:LONGEST]) for string in strings)
    return found if found and _is_useful(found) else frozenset()


def literal_from(text: str) -> Literal:
    """Return a literal that `text_of` has written."""
    return tuple(map(LETTERS.__getitem__, text))


def text_of(literal: Literal) -> str:
    """Write a literal with one character for each letter."""
    return "".join(map(_CHARACTERS.__getitem__, literal))


def render(literal: Literal) -> str:
    """Write a literal as an expression that RE2 and Hyperscan read alike."""
    return "".join(map(_RENDERED.__getitem__, literal))


def render_each(literal: Literal) -> tuple[str, ...]:
    """Write each letter of a literal as an expression."""
    return tuple(map(_RENDERED.__getitem__, literal))


def _required(node: Node) -> frozenset[Literal] | None:
    match node:
        case Bytes() | Assertion():
            return None
        case Alternation(branches):
            sets = [_required(branch) for branch in branches]
            union = frozenset(literal for found in sets if found is not None for literal in found)
            return None if None in sets or len(union) > _MOST_LITERALS else union
        case Sequence(parts):
            return max(_candidates(parts), key=rarity, default=None)
        case Repeat(_, least, _):
            return max(_candidates((node,)), key=rarity, default=None) if least else None


def _candidates(parts: tuple[Node, ...]) -> Iterator[frozenset[Literal]]:
    """Yield sets of literals of which each match of a sequence holds one: from runs of parts, and from single parts."""
    run = _EMPTY_STRING
    for part in parts:
        unit, times, is_open = _repetition(part)
        variants = spellings(unit)
        for _ in range(times if variants is not None else 0):
            longer = _concatenated(run, variants or _EMPTY_STRING)
            if longer is None:
                yield from _useful(run)
                longer = variants or _EMPTY_STRING
            run = longer
        if is_open or variants is None:
            yield from _useful(run)
            run = _EMPTY_STRING
        if times and variants is None and (required := _required(unit)) is not None:
            yield required
    yield from _useful(run)


def _repetition(part: Node) -> tuple[Node, int, bool]:
    """Return what a part repeats, how often at least (up to `LONGEST`), and whether more repetitions may follow."""
    if not isinstance(part, Repeat) or part.least == 0:
        return part, 1, False
    times = min(part.least, LONGEST)
    return part.node, times, part.most != times


def spellings(node: Node) -> frozenset[Literal] | None:
    """Return all strings that match, if they are few, or None; assertions are taken as true."""
    match node:
        case Bytes(members):
            if not 0 < len(members) <= 2 * _MOST_VARIANTS:
                return None
            letters = {_ANY_CASE[byte] if _ANY_CASE[byte] <= members else _EXACT[byte] for byte in members}
            return frozenset((letter,) for letter in letters) if len(letters) <= _MOST_VARIANTS else None
        case Assertion():
            return _EMPTY_STRING
        case Alternation(branches):
            return _union([spellings(branch) for branch in branches])
        case Repeat(inner, least, most):
            if (least, most) == (0, 1):
                return _union([_EMPTY_STRING, spellings(inner)])
            return spellings(Sequence((inner,) * least)) if least == most else None
        case Sequence(parts):
            whole: frozenset[Literal] | None = _EMPTY_STRING
            for part in parts:
                more = spellings(part)
                whole = None if whole is None or more is None else _concatenated(whole, more)
            return whole


def spellings_of_branches(node: Alternation) -> frozenset[Literal] | None:
    """Return all strings that match one of many branches, such as names, or None if one of these matches too many."""
    sets = [spellings(branch) for branch in node.branches]
    return None if None in sets else frozenset(literal for found in sets if found is not None for literal in found)


def _union(sets: list[frozenset[Literal] | None]) -> frozenset[Literal] | None:
    union = frozenset(literal for found in sets if found is not None for literal in found)
    return None if None in sets or len(union) > _MOST_VARIANTS else union


def _concatenated(heads: frozenset[Literal], endings: frozenset[Literal]) -> frozenset[Literal] | None:
    if len(heads) * len(endings) > _MOST_VARIANTS or max(map(len, heads)) >= LONGEST:
        return None
    return frozenset(head + ending for head, ending in product(heads, endings))


def _useful(found: frozenset[Literal]) -> Iterator[frozenset[Literal]]:
    if found and _is_useful(found):
        yield found


def _is_useful(found: frozenset[Literal]) -> bool:
    return min(map(len, found)) >= _SHORTEST


def rarity(found: frozenset[Literal]) -> tuple[bool, int, int]:
    """Return a measure of how seldom one of some literals probably occurs; the rarer set has the greater one."""
    return not any(map(is_everyday, found)), min(_LONG_ENOUGH, *map(len, found)), -len(found)


def _render_letter(letter: Letter) -> str:
    if len(letter) == 1:
        return f"\\x{min(letter):02x}"
    return f"[{''.join(map(chr, sorted(letter)))}]"


_RENDERED: Final = {letter: _render_letter(letter) for letter in LETTERS.values()}
