"""Keywords: of which rules one occurs in some data, for contents that are searched in parts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from beca_core.matching.index.literal_index import Expression, PresenceIndex
from beca_core.matching.patterns.literals import render, words_as_literals
from beca_core.matching.rule_matcher import RuleMatcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.matching.patterns.literals import Literal
    from beca_core.rules.rule import Rule


class KeywordSearch:
    """Look for the keywords of some rules. The database is made at its first use.

    Args:
        rules: The rules, each with keywords.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    def with_keyword(self, data: bytes) -> set[str]:
        """Return the ids of the rules of whose keywords one occurs in some data."""
        present = self._index.present(data)
        return {
            rule.id
            for number, (rule, literals) in enumerate(zip(self._rules, self._literals, strict=True))
            if number in present or (not literals and RuleMatcher(rule).has_keyword(data))
        }

    @cached_property
    def _literals(self) -> list[frozenset[Literal]]:
        return [words_as_literals(rule.keywords) for rule in self._rules]

    @cached_property
    def _index(self) -> PresenceIndex:
        return PresenceIndex(
            [
                Expression(text, number, once=True)
                for number, literals in enumerate(self._literals)
                for text in sorted(map(render, literals))
            ]
        )
