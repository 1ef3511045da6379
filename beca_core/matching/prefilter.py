"""The prefilter: one pass of Hyperscan over a blob says which rules can match, and about where.

It never misses a match, but may see some where there is none; RE2 confirms. It looks for the literals of each pattern.
A pattern that has none is tried on the whole blob where one of its rule's keywords occurs; without keywords too, the
rule is `uncovered`: it is tried on every blob.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import hyperscan

from beca_core.matching.literals import literals, render, words_as_literals
from beca_core.matching.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from beca_core.matching.literals import Literal
    from beca_core.matching.windows import Sightings
    from beca_core.rules import Rule

_MAX_SCAN: Final = 2**32 - 1
_NEAR: Final = 64
_PADDING: Final = b"\n" * 64
"""Scanned behind the data: Vectorscan 5.4.12 was seen to miss short literals at the very end of what it is given."""


class Prefilter:
    """Look for many rules at once. Shared between threads.

    Args:
        rules: Rules whose patterns `compile_pattern` accepts.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._count = len(rules)
        patterns = {index: literals(parse(rule.pattern)) for index, rule in enumerate(rules)}
        keywords = {index: words_as_literals(rules[index].keywords) for index, found in patterns.items() if not found}
        self._unplaced = frozenset(keywords)
        self.uncovered: Final = frozenset(index for index, found in keywords.items() if not found)
        self._database = _compile([*_by_literal(patterns), *_by_literal(keywords)])
        self._local = threading.local()

    def scan(self, data: bytes) -> dict[int, Sightings]:
        """Return where rules may match, by index of the rule; rules that cannot match are left out."""
        if not data:
            return {}
        everywhere = [(1, len(data))]
        if len(data) + len(_PADDING) > _MAX_SCAN:
            return dict.fromkeys(range(self._count), everywhere)
        seen: dict[int, list[list[int]]] = {}
        if self._database is not None:
            self._database.scan(data + _PADDING, match_event_handler=_note, context=seen, scratch=self._scratch())
        sightings = {
            index: everywhere if index in self._unplaced else _joined(ranges, len(data))
            for index, ranges in seen.items()
        }
        sightings.update(dict.fromkeys(self.uncovered, everywhere))
        return sightings

    def _scratch(self) -> hyperscan.Scratch:
        """Hyperscan's working memory, which threads cannot share."""
        try:
            scratch: hyperscan.Scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


def _note(index: int, _begin: int, end: int, _flags: int, seen: Any) -> None:
    """Take down an event, in one range with its neighbours: a megabyte of events must not take a gigabyte."""
    ranges = seen.get(index)
    if ranges is None:
        seen[index] = [[end, end]]
        return
    last = ranges[-1]
    if last[0] - _NEAR <= end <= last[1] + _NEAR:
        if end > last[1]:
            last[1] = end
        elif end < last[0]:
            last[0] = end
    else:
        ranges.append([end, end])


def _joined(ranges: list[list[int]], size: int) -> Sightings:
    """Sort ranges, join those that meet, leave out the padding: Hyperscan promises no order of events."""
    ranges.sort()
    joined = [ranges[0]]
    for first, last in ranges[1:]:
        if first <= joined[-1][1] + _NEAR:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return [(first, min(last, size)) for first, last in joined if first <= size]


def _by_literal(found: dict[int, frozenset[Literal]]) -> Iterator[tuple[str, int]]:
    """Yield the expression of each literal with the index of its rule, in an order that is always the same."""
    for index, of_rule in found.items():
        for expression in sorted(map(render, of_rule)):
            yield expression, index


def _compile(expressions: Iterable[tuple[str, int]]) -> hyperscan.Database | None:
    texts, ids = [], []
    for text, index in expressions:
        texts.append(text.encode())
        ids.append(index)
    if not texts:
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=texts, ids=ids)
    return database
