"""Looking only at what is new in a content, if what is looked for is known not to be in its base.

A rule set notes in the `Verdict` of each content what it has not found there. For the next version of the file this is
the verdict on its base, and then only the new parts have to be looked at. If there is something in these, the whole
content is looked at as if nothing were known. So the findings never depend on which version is read first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.matching.lines import PIECE_IN_MATCHES
from beca_core.matching.patterns.locating import located_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.rules.rule import Rule
    from beca_core.sources.novelty import Novelty

REPORTED: Final = 1
"""The bit for anything that the prefilter reports."""
MATCHED: Final = 2
"""The bit for anything that the pattern of a rule matches, even if a step of the rule drops it afterwards."""
ENCODED: Final = 4
"""The bit for encoded forms."""

REACH: Final = 10 * 1024
"""How far from a match, in bytes, there is nothing that decides about it, for most rules."""

_BETWEEN: Final = b"\n"


def new_text(data: bytes, novelty: Novelty, what: int, margin: int) -> bytes | None:
    """Return the new parts of a content, each followed by a line feed if another one follows.

    Args:
        data: The content.
        novelty: How it differs from its base.
        what: The bit for what is looked for.
        margin: How many bytes decide at most whether it is at a place, before and after what is new.

    Returns:
        The parts; None: it may be in the base, or looking at the whole content takes no longer.
    """
    if novelty.base is None or not novelty.base.absent & what:
        return None
    windows = novelty.windows(data, margin)
    return None if windows is None else _BETWEEN.join([data[begin:end] for begin, end in windows])


def far_reaching(rules: Sequence[Rule]) -> frozenset[int]:
    """Return the indexes of the rules about which something decides that may be farther away than `REACH`.

    Args:
        rules: The rules; their indexes count from 0.
    """
    return frozenset(
        index
        for index, rule in enumerate(rules)
        if rule.keywords or not located_by(rule).literals or _bytes_of(rule) > REACH
    )


def can_follow(rules: Sequence[Rule]) -> bool:
    """Return whether the words and companions by which rules are located are within `REACH` of their matches."""
    locations = ((rule, located_by(rule)) for rule in rules)
    return not any(
        max(location.before, location.after) + _bytes_of(rule) > REACH
        for rule, location in locations
        if location.literals and not location.is_in_match and not location.everywhere
    )


def _bytes_of(rule: Rule) -> int:
    """Return how long a match of a rule is at most, with what its pattern demands after it."""
    return PIECE_IN_MATCHES * rule.max_bytes
