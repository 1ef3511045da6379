"""How far a pattern that does not match comes: the longest beginning of it that matches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.patterns.pattern_parser import pattern_cuts
from beca_core.matching.steps.allowing import expression

if TYPE_CHECKING:
    import re2

_MOST_CUTS: Final = 200
_MOST_REPEATS: Final = 1000
_BOUNDS: Final = re.compile(r"\{(\d+)(?:,\d*)?\}\??\Z")


class PatternReach(NamedTuple):
    """The longest beginning of a pattern that matches.

    Args:
        reached: The beginning, as it is in the pattern.
        wanted: The part of the pattern after it; empty: there is none, and its boundary excludes the match.
        repeated: How often that part matches, if it has to be repeated.
        begin: Where the beginning of the pattern matches.
        end: Where it ends.
    """

    reached: str
    wanted: str
    repeated: str
    begin: int
    end: int


def pattern_reach(pattern: str, data: bytes, *, is_bounded: bool = False) -> PatternReach | None:
    """Return how far a pattern comes in a text; None: not even its first part matches.

    Args:
        pattern: RE2 syntax.
        data: The text.
        is_bounded: Whether its rule has a boundary, which may exclude the match of the whole pattern.
    """
    if is_bounded and (found := _search(pattern, data)) is not None:
        return PatternReach(pattern, "", "", found.start(), found.end())
    cuts = list(pattern_cuts(pattern))[:_MOST_CUTS]
    for number in range(len(cuts) - 2, -1, -1):
        cut = cuts[number]
        found = _search(cut.text + cut.closing, data)
        if found is not None and found.end() > found.start():
            wanted = cuts[number + 1]
            repeated, longer = _repeats(cut.text, wanted.text[len(cut.text) :], wanted.closing, data)
            found = longer or found
            return PatternReach(cut.text, wanted.text[len(cut.text) :], repeated, found.start(), found.end())
    return None


def _repeats(before: str, wanted: str, closing: str, data: bytes) -> tuple[str, re2._Match[bytes] | None]:
    """Return how often a repeated part matches after a beginning, and the longest match."""
    bounds = _BOUNDS.search(wanted)
    if bounds is None or not 1 < (least := int(bounds[1])) <= _MOST_REPEATS:
        return "", None
    unit, best = wanted[: bounds.start()], None
    low, high = 0, least
    while low < high - 1:
        count = (low + high) // 2
        found = _search(f"{before}{unit}{{{count}}}{closing}", data)
        low, high, best = (count, high, found) if found is not None else (low, count, best)
    return f"{low} of at least {least}", best


def _search(pattern: str, data: bytes) -> re2._Match[bytes] | None:
    import re2

    try:
        return expression(pattern).search(data)
    except re2.error:
        return None
