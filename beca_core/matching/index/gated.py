"""Gated rules: their patterns have no literal, so each of them is searched in every content that has a keyword of it.

Many of them share a keyword or a kind of value. One expression that matches wherever one of a group does says, in one
search, that a content holds nothing of the group.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.matching.lines import PIECE_IN_MATCHES, WINDOW_BYTES, pieces_cut_short
from beca_core.matching.patterns.pattern import flagged
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.patterns.syntax import latin1_options
from beca_core.sources.limits import NEVER
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    import re2

    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.rules.rule import Rule
    from beca_core.sources.limits import Stop

_MOST_TOGETHER: Final = 16
_BYTES_A_STEP: Final = 64
_GROUP_NAME: Final = lazy(rb"(?s)\\Q.*?\\E|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\(\?P?<\w+>")
"""The beginning of a named group, and before it, what may hold the same characters without being one."""


class GatedRules:
    """Says which gated rules may match in a content. Shared between threads.

    Args:
        rules: The rules, by index; their patterns are searched in whole contents.
    """

    def __init__(self, rules: Mapping[int, Rule]) -> None:
        by_size: dict[int, list[int]] = {}
        for index, rule in sorted(rules.items(), key=lambda item: (sorted(item[1].keywords), item[0])):
            by_size.setdefault(rule.max_bytes, []).append(index)
        self._groups = [
            GatedGroup({index: checked_patterns(rules[index]) for index in indexes[at : at + _MOST_TOGETHER]}, size)
            for size, indexes in by_size.items()
            for at in range(0, len(indexes), _MOST_TOGETHER)
        ]

    def without_match(self, data: bytes, present: set[int], stop: Stop = NEVER) -> set[int]:
        """Return the indexes of rules that match nowhere in a content.

        Args:
            data: The content.
            present: The rules of which a keyword occurs.
            stop: When to end.
        """
        return {
            index
            for group in self._groups
            if len(concerned := present & group.indexes) > 1 and not group.may_match(data, stop)
            for index in concerned
        }


class GatedGroup:
    """Gated rules that share an expression, which RE2 compiles at its first use.

    Args:
        patterns: The patterns of the rules, by index.
        max_bytes: `max_bytes` of all of them.
    """

    def __init__(self, patterns: Mapping[int, Sequence[Pattern]], max_bytes: int) -> None:
        self.indexes: Final = frozenset(patterns)
        self._patterns = [pattern for of_rule in patterns.values() for pattern in of_rule]
        self._max_bytes = max_bytes
        self._overlap = PIECE_IN_MATCHES * max_bytes

    def may_match(self, data: bytes, stop: Stop) -> bool:
        """Return whether one of the rules matches; the windows are those in which each of them would be searched."""
        expression = self._expression
        if expression is None:
            return True
        for begin in range(0, len(data), WINDOW_BYTES):
            if expression.search(data, begin, begin + WINDOW_BYTES + self._overlap) is not None:
                return True
            if stop.step(WINDOW_BYTES // _BYTES_A_STEP):
                return True
        return any(self._may_match_in_pieces(expression, data, multiline=multiline) for multiline in self._cut_short)

    def _may_match_in_pieces(self, expression: re2._Regexp[bytes], data: bytes, *, multiline: bool) -> bool:
        """Return whether one of the rules matches where a piece is cut short: it may see an end there."""
        for begin, end, _ in pieces_cut_short(data, self._max_bytes, multiline=multiline):
            at = max(begin - 1, 0)
            if expression.search(data[at:end], max(begin, 0) - at) is not None:
                return True
        return False

    @cached_property
    def _cut_short(self) -> set[bool]:
        """Whether the rules that may see an end are `multiline`."""
        return {pattern.multiline for pattern in self._patterns if pattern.sees_ends}

    @cached_property
    def _expression(self) -> re2._Regexp[bytes] | None:
        """The expression; None: RE2 refuses it because of its size."""
        import re2

        options = latin1_options()
        try:
            return re2.compile(b"|".join(map(unnamed, self._patterns)), options)
        except re2.error:
            return None


def unnamed(pattern: Pattern) -> bytes:
    """Return a pattern as RE2 compiles it, as a group, and without names of groups, so that patterns can be joined."""
    text = flagged(pattern.bounded.text)
    return b"(?:" + _GROUP_NAME.sub(_without_name, text) + b")"


def _without_name(found: re.Match[bytes]) -> bytes:
    return b"(?:" if found[0].startswith(b"(") else found[0]
