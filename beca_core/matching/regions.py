"""The regions of a text that are worth searching, and the marks of escapes.

This module loads no decoder, so that a scan without encoded text needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.matching.lines import Ranges, Span
    from beca_core.rules.scanner import Match

PERCENT: Final = b"%"
BACKSLASH: Final = b"\\"
ESCAPE_MARKS: Final = (PERCENT, BACKSLASH)
"""The first byte of each escape."""


class Regions(NamedTuple):
    """The regions of a text that are worth searching: what the prefilter reports.

    Args:
        ranges: Where rules may match and scanners must run, by index; the others need not run.
        forms: Offsets after encoded forms of literals, by kind, in any order.
        literal_spans: The ranges of the rules that have literals, in any order: escapes there are worth decoding.
        may_be_wide: Whether there may be a match in UTF-16 or UTF-32, if there is such text.
    """

    ranges: Mapping[int, Ranges] = {}
    forms: Mapping[int, Sequence[int]] = {}
    literal_spans: Sequence[Span] = ()
    may_be_wide: bool = False


_MERGE_BYTES: Final = 64
"""Events that are this close to each other share a range."""
_MOST_RANGES: Final = 1 << 16
"""Ranges of a rule in one content; if there are more, neighbours are joined, so that their memory is bounded."""


class RangesByIndex(dict[int, list[list[int]]]):
    """Collects ranges of offsets by index, in any order: a megabyte of events must not take a gigabyte."""

    __slots__ = ()

    def add(self, index: int, first: int, last: int) -> None:
        """Add a range, both ends included, or extend its neighbour by it."""
        ranges = self.get(index)
        if ranges is None:
            self[index] = [[first, last]]
            return
        latest = ranges[-1]
        if latest[0] - _MERGE_BYTES <= last and first <= latest[1] + _MERGE_BYTES:
            if last > latest[1]:
                latest[1] = last
            if first < latest[0]:
                latest[0] = first
        else:
            if len(ranges) >= _MOST_RANGES:
                self[index] = ranges = _joined(ranges)
            ranges.append([first, last])

    def merged(self, size: int) -> dict[int, Ranges]:
        """Return the ranges within a text, sorted and merged, of each index that has any.

        Args:
            size: Bytes of the text. What is beyond them is padding.
        """
        found = {index: _merged(ranges, size) for index, ranges in self.items()} if size else {}
        return {index: ranges for index, ranges in found.items() if ranges}


class ExactRanges(RangesByIndex):
    """Collects ranges as they are, in a text of bounded size."""

    __slots__ = ()

    def add(self, index: int, first: int, last: int) -> None:
        """Add a range, both ends included."""
        self.setdefault(index, []).append([first, last])

    def merged(self, size: int) -> dict[int, Ranges]:
        """Return the ranges within a text, sorted, each once, of each index that has any."""
        found = {
            index: sorted({(max(first, 1), min(last, size)) for first, last in ranges if first <= size})
            for index, ranges in self.items()
        }
        return {index: ranges for index, ranges in found.items() if ranges}


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
    return [(max(first, 1), min(last, size)) for first, last in merged if first <= size]


NO_REGIONS: Final = Regions()
NO_MATCHES: Final[list[Match]] = []
"""What `RuleSet.find` returns for a text in which nothing may be. It is never changed."""
