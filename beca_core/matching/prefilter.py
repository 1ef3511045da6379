"""The prefilter: one pass of Hyperscan over a blob reports which rules and scanners must run, and about where.

It never misses a match, but may report places without one; RE2 confirms. Of each rule it looks for the literals of its
pattern. A pattern without literals is searched in the whole blob if one of its rule's keywords occurs there. A rule
without keywords too is `uncovered`: it reads every blob. Of each scanner the prefilter looks for the anchors.
"""

from __future__ import annotations

import threading
from array import array
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import hyperscan

from beca_core.matching.decoding.forms import KIND_STRIDE, FormKind, longest_form, most_digits
from beca_core.matching.decoding.forms import VERSION as VERSION_OF_FORMS
from beca_core.matching.literal_index import (
    FIRST_FORM_ID,
    form_expressions,
    literal_expressions,
    load_or_compile,
    wide_expressions,
)
from beca_core.matching.literal_index import VERSION as VERSION_OF_EXPRESSIONS
from beca_core.matching.literals import LONGEST, bytes_as_literals, words_as_literals
from beca_core.matching.pattern import checked_pattern
from beca_core.matching.regions import NO_REGIONS, Regions
from beca_core.matching.rule_cache import VERSION as VERSION_OF_LITERALS
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.matching.lines import Ranges
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.rule import Rule
    from beca_core.sources.limits import Stop


_MERGE_BYTES: Final = 64
"""Events that are this close to each other share a range."""
_PADDING: Final = b"\n" * 64
"""Scanned after the data: Vectorscan 5.4.12 was seen to miss short literals at the very end of its input."""
_COPIED_BYTES: Final = 8192
"""Up to this size, a copy with padding takes less time than a second scan of the end."""
_PIECE_BYTES: Final = 16 * 1024 * 1024
"""Scanned at once, in about a hundredth of a second if nothing is reported."""
_MOST_RANGES: Final = 1 << 16
"""Ranges of a rule in one content; if there are more, neighbours are joined, so that their memory is bounded."""
_GRACE_SECONDS: Final = 0.05
_STEPS_A_PIECE: Final = 1024


class Prefilter:
    """Look for many rules and scanners at once. Shared between threads.

    Args:
        rules: Rules that `checked_pattern` accepts; their indexes count from 0.
        anchors: The anchors of each scanner; their indexes follow those of the rules.
        cache: Where the compiled database is cached; None: nowhere.

    Attributes:
        uncovered: Indexes of the rules and scanners that read every blob, because there is nothing to look for.
    """

    def __init__(
        self, rules: Sequence[Rule], anchors: Sequence[tuple[bytes, ...]] = (), *, cache: RuleCache | None = None
    ) -> None:
        # Literals of patterns are reported with their offsets, keywords and anchors only as present.
        patterns = [checked_pattern(rule) for rule in rules]
        self._located = {index: pattern for index, pattern in enumerate(patterns) if pattern.literals}
        located = {index: pattern.literals for index, pattern in self._located.items()}
        present = {index: words_as_literals(rule.keywords) for index, rule in enumerate(rules) if index not in located}
        present |= {index: bytes_as_literals(found) for index, found in enumerate(anchors, start=len(rules))}
        anchored = {index: found for index, found in enumerate(anchors, start=len(rules)) if found}
        # Anchors that are too short for the index, or longer than their literal, are compared with the blob itself.
        self._unindexed = frozenset(index for index, found in present.items() if not found)
        self._rechecked = {
            index: found
            for index, found in anchored.items()
            if index in self._unindexed or not all(map(_is_exact, found))
        }
        self.uncovered: Final = self._unindexed - anchored.keys()
        self._literals = [literal for found in (*located.values(), *present.values()) for literal in found]
        self._database = load_or_compile(
            lambda: [
                *literal_expressions(located, once=False),
                *literal_expressions(present, once=True),
                *form_expressions(self._literals),
                *wide_expressions(self._literals),
            ],
            (
                VERSION_OF_EXPRESSIONS,
                VERSION_OF_LITERALS,
                VERSION_OF_FORMS,
                [(rule.pattern, rule.keywords) for rule in rules],
                anchors,
            ),
            cache,
        )
        self._local = threading.local()

    def find(self, data: bytes, stop: Stop = NEVER) -> Regions:
        """Return where rules may match and scanners must run; if `stop` ends it, as far as that is known."""
        events = self._events(data, stop)
        if not events and not self._unindexed:
            return NO_REGIONS
        forms = {key + KIND_STRIDE: events.pop(key) for key in [key for key in events if key < 0]}
        may_be_wide = forms.pop(FormKind.WIDE, None) is not None or bool(self._unindexed)
        ranges = self._ranges(data, events)
        spans = [span for index in ranges if index in self._located for span in ranges[index]]
        return Regions(ranges, forms, spans, may_be_wide)

    def reports_anything(self, data: bytes) -> bool:
        """Return whether a text may hold anything that this looks for, encoded or not."""
        return bool(self._unindexed or self._events(data))

    @property
    def most_digits(self) -> int:
        """A number of digits that no literal exceeds in base64 or in hexadecimal."""
        return most_digits(self._literals)

    def _events(self, data: bytes, stop: Stop = NEVER) -> dict[int, Any]:
        """Return ranges of offsets by index, and offsets of encoded forms by their kind less `KIND_STRIDE`."""
        events: dict[int, Any] = {}
        if self._database is not None:
            if len(data) <= _COPIED_BYTES:
                self._scan_part(self._database, data + _PADDING, (events, self._located, data, 0, stop))
            else:
                self._scan_in_parts(self._database, data, events, stop)
        return events

    def _scan_in_parts(self, database: hyperscan.Database, data: bytes, events: dict[int, Any], stop: Stop) -> None:
        """Scan the data as it is, and its end once more with padding."""
        view = memoryview(data)
        for begin in range(0, len(data), _PIECE_BYTES):
            piece = view[begin : begin + _PIECE_BYTES + self._end_bytes]
            self._scan_part(database, piece, (events, self._located, data, begin, stop))
            if begin and stop.step(_STEPS_A_PIECE, _GRACE_SECONDS):
                return
        end = max(0, len(data) - self._end_bytes)
        self._scan_part(database, data[end:] + _PADDING, (events, self._located, data, end, stop))

    def _scan_part(self, database: hyperscan.Database, part: Any, context: object) -> None:
        try:
            scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = hyperscan.Scratch(database)  # working memory that threads cannot share
        try:  # noqa: SIM105 - `suppress` takes a tenth of the time of a scan of a small text
            database.scan(part, _record, 0, context, scratch)
        except hyperscan.ScanTerminated:  # `_record` has seen that the time is over
            pass

    def _ranges(self, data: bytes, events: dict[int, Any]) -> dict[int, Ranges]:
        if not data:
            return {}
        ranges: dict[int, Ranges] = {}
        for index in events.keys() | self._unindexed if self._unindexed else events:
            if index in self._located:
                if spans := _merged(events[index], len(data)):
                    ranges[index] = spans
            elif index not in self._rechecked or any(anchor in data for anchor in self._rechecked[index]):
                ranges[index] = [(1, len(data))]
        return ranges

    @cached_property
    def _end_bytes(self) -> int:
        return len(_PADDING) + longest_form(self._literals)


def _is_exact(anchor: bytes) -> bool:
    """Return whether an event proves that the anchor is there: all of it is indexed, and padding is not part of it."""
    return len(anchor) <= LONGEST and _PADDING[:1] not in anchor


def _record(index: int, _begin: int, end: int, _flags: int, context: Any) -> bool | None:
    """Record an event, in one range with its neighbours: a megabyte of events must not take a gigabyte.

    It is dropped if the bytes after the literal show that the rule does not match there. Return True to end the scan.
    """
    events, located, data, offset, stop = context
    if stop.step(1, _GRACE_SECONDS):
        return True
    end += offset
    if index >= FIRST_FORM_ID:
        events.setdefault(index % KIND_STRIDE - KIND_STRIDE, array("Q")).append(end)
        return None
    if index in located and (follow := located[index].follow_set) is not None and not follow.may_be_at(data, end):
        return None
    ranges = events.get(index)
    if ranges is None:
        events[index] = [[end, end]]
        return None
    last = ranges[-1]
    if last[0] - _MERGE_BYTES <= end <= last[1] + _MERGE_BYTES:
        if end > last[1]:
            last[1] = end
        elif end < last[0]:
            last[0] = end
    else:
        if len(ranges) >= _MOST_RANGES:
            events[index] = ranges = _joined(ranges)
        ranges.append([end, end])
    return None


def _joined(ranges: list[list[int]]) -> list[list[int]]:
    """Join each two neighbours: what is between them is then searched too."""
    ranges.sort()
    pairs = zip(ranges[::2], ranges[1::2], strict=False)
    return [[first[0], max(first[1], second[1])] for first, second in pairs] + ranges[len(ranges) // 2 * 2 :]


def _merged(ranges: list[list[int]], size: int) -> Ranges:
    """Sort ranges, merge close ones, and leave out the padding. Hyperscan guarantees no order of events."""
    ranges.sort()
    merged = [ranges[0]]
    for first, last in ranges[1:]:
        if first <= merged[-1][1] + _MERGE_BYTES:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return [(first, min(last, size)) for first, last in merged if first <= size]
