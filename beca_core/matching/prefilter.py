"""The prefilter: one pass of Hyperscan over a blob says which rules and scanners have to look, and about where.

It never misses a match, but may see some where there is none; RE2 confirms. Of each rule it looks for the literals of
its pattern. A pattern that has none is tried on the whole blob where one of its rule's keywords occurs; without
keywords too, the rule is `uncovered`: it is tried on every blob. Of each scanner it looks for the anchors.
"""

from __future__ import annotations

import threading
from array import array
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import hyperscan

from beca_core.matching.decoding.forms import KINDS, all_forms, longest_form, most_digits
from beca_core.matching.decoding.forms import VERSION as VERSION_OF_FORMS
from beca_core.matching.hits import NOTHING, PrefilterHits
from beca_core.matching.literal_index import Expression, compiled
from beca_core.matching.literals import LONGEST, bytes_as_literals, render, words_as_literals
from beca_core.matching.pattern import compile_pattern
from beca_core.matching.rule_cache import VERSION as VERSION_OF_LITERALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core.matching.literals import Literal
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.matching.windows import Ranges
    from beca_core.rules.rule import Rule


_NEAR: Final = 64
_FORMS: Final = KINDS << 21
"""From here on, the ids of encoded forms: each its own, the kind in the lowest bits."""
_PADDING: Final = b"\n" * 64
"""Scanned behind the data: Vectorscan 5.4.12 was seen to miss short literals at the very end of what it is given."""
_COPIED_BYTES: Final = 8192
"""Up to this size, a copy with padding takes less time than a second scan of the end."""
_PIECE_BYTES: Final = 1 << 30
"""Scanned at once; Hyperscan takes less than 4 GiB."""
_VERSION: Final = 1
"""Counts up whenever other expressions are made of the same literals."""


class Prefilter:
    """Look for many rules and scanners at once. Shared between threads.

    Args:
        rules: Rules whose patterns `compile_pattern` accepts; their indexes count from 0.
        anchors: The anchors of each scanner; their indexes follow those of the rules.
        cache: Where the compiled database is cached; None: nowhere.
    """

    def __init__(
        self, rules: Sequence[Rule], anchors: Sequence[tuple[bytes, ...]] = (), *, cache: RuleCache | None = None
    ) -> None:
        patterns = [compile_pattern(rule) for rule in rules]
        self._placed = {index: pattern for index, pattern in enumerate(patterns) if pattern.literals}
        placed = {index: pattern.literals for index, pattern in self._placed.items()}
        unplaced = {index: words_as_literals(rule.keywords) for index, rule in enumerate(rules) if index not in placed}
        unplaced |= {index: bytes_as_literals(found) for index, found in enumerate(anchors, start=len(rules))}
        anchored = {index: found for index, found in enumerate(anchors, start=len(rules)) if found}
        self._not_sought = frozenset(index for index, found in unplaced.items() if not found)
        self._unsure = {
            index: found
            for index, found in anchored.items()
            if index in self._not_sought or not all(map(_is_sure, found))
        }
        self.uncovered: Final = self._not_sought - anchored.keys()
        self._literals = [literal for found in (*placed.values(), *unplaced.values()) for literal in found]
        self._database = compiled(
            lambda: [
                *_expressions(placed, once=False),
                *_expressions(unplaced, once=True),
                *_form_expressions(self._literals),
            ],
            (
                _VERSION,
                VERSION_OF_LITERALS,
                VERSION_OF_FORMS,
                [(rule.pattern, rule.keywords) for rule in rules],
                anchors,
            ),
            cache,
        )
        self._local = threading.local()

    def find(self, data: bytes) -> PrefilterHits:
        """Return where rules may match and scanners have to look."""
        seen = self._seen(data)
        if not seen and not self._not_sought:
            return NOTHING
        forms = {key + KINDS: seen.pop(key) for key in [key for key in seen if key < 0]}
        ranges = self._ranges(data, seen)
        return PrefilterHits(
            ranges, forms, [span for index in ranges if index in self._placed for span in ranges[index]]
        )

    def sees(self, data: bytes) -> bool:
        """Say whether anything at all that is looked for may be in a text, encoded or not."""
        return bool(self._not_sought or self._seen(data))

    @property
    def most_digits(self) -> int:
        """So many digits or less show each literal that is looked for, in base64 and in hexadecimal digits."""
        return most_digits(self._literals)

    def _seen(self, data: bytes) -> dict[int, Any]:
        """Return ranges of offsets of literals by index, and offsets of encoded forms by their kind less `KINDS`."""
        seen: dict[int, Any] = {}
        if self._database is not None:
            if len(data) <= _COPIED_BYTES:
                self._scan_part(self._database, data + _PADDING, (seen, self._placed, data, 0))
            else:
                self._scan_in_parts(self._database, data, seen)
        return seen

    def _scan_in_parts(self, database: hyperscan.Database, data: bytes, seen: dict[int, Any]) -> None:
        """Scan the data as it is, and its end once more with padding."""
        view = memoryview(data)
        for begin in range(0, len(data), _PIECE_BYTES):
            piece = view[begin : begin + _PIECE_BYTES + self._end_bytes]
            self._scan_part(database, piece, (seen, self._placed, data, begin))
        end = max(0, len(data) - self._end_bytes)
        self._scan_part(database, data[end:] + _PADDING, (seen, self._placed, data, end))

    def _scan_part(self, database: hyperscan.Database, part: Any, context: object) -> None:
        try:
            scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = hyperscan.Scratch(database)  # working memory, which threads cannot share
        database.scan(part, _note, 0, context, scratch)

    def _ranges(self, data: bytes, seen: dict[int, Any]) -> dict[int, Ranges]:
        if not data:
            return {}
        ranges: dict[int, Ranges] = {}
        for index in seen.keys() | self._not_sought if self._not_sought else seen:
            if index in self._placed:
                if spans := _joined(seen[index], len(data)):
                    ranges[index] = spans
            elif index not in self._unsure or any(anchor in data for anchor in self._unsure[index]):
                ranges[index] = [(1, len(data))]
        return ranges

    @cached_property
    def _end_bytes(self) -> int:
        return len(_PADDING) + longest_form(self._literals)


def _is_sure(anchor: bytes) -> bool:
    """Whether an anchor stands where its literal is seen: all of it is looked for, and none of it is padding."""
    return len(anchor) <= LONGEST and _PADDING[:1] not in anchor


def _note(index: int, _begin: int, end: int, _flags: int, context: Any) -> None:
    """Take down an event, in one range with its neighbours: a megabyte of events must not take a gigabyte.

    It is not taken down where what stands behind the literal shows that the rule does not match.
    """
    seen, placed, data, offset = context
    end += offset
    if index >= _FORMS:
        seen.setdefault(index % KINDS - KINDS, array("Q")).append(end)
        return
    if index in placed and (tail := placed[index].tail) is not None and not tail.may_stand_at(data, end):
        return
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


def _joined(ranges: list[list[int]], size: int) -> Ranges:
    """Sort ranges, join those that meet, leave out the padding: Hyperscan may_hold no order of events."""
    ranges.sort()
    joined = [ranges[0]]
    for first, last in ranges[1:]:
        if first <= joined[-1][1] + _NEAR:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return [(first, min(last, size)) for first, last in joined if first <= size]


def _form_expressions(literals: Sequence[Literal]) -> list[Expression]:
    return [
        Expression("".join(f"\\x{byte:02x}" for byte in text), _FORMS + KINDS * number + kind, once=False)
        for number, (text, kind) in enumerate(all_forms(literals))
    ]


def _expressions(sought: dict[int, frozenset[Literal]], *, once: bool) -> Iterator[Expression]:
    """Yield the expression of each literal with the index that it stands for, in an order that is always the same."""
    for index, found in sought.items():
        for text in sorted(map(render, found)):
            yield Expression(text, index, once)
