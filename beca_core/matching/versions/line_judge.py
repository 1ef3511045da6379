"""`LineJudge`: decides once for each distinct line of a history whether something in it can ever matter.

The versions of a file share nearly all of their lines, and nearly all lines are *dead*: no pattern matches in them,
whatever is around them. What a rule asks of the text around a match is not asked here. A line that is not dead is
*live*, and what is known about it says where in it rules may match.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from beca_core.matching.index.nearby import AMONG_ESCAPES
from beca_core.matching.index.sightings import LiveLine
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.regions import Regions
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from beca_core.matching.lines import Ranges
    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.matching.prefilter import Prefilter
    from beca_core.rules.rule import Rule
    from beca_core.sources.limits import Stop

LONGEST_LINE: Final = 2048
"""In bytes. A content with a longer line that is new is searched as a whole."""
_DEAD_BYTES: Final = 16 * 1024 * 1024
"""About how much memory the dead lines take that are remembered, twice."""
_BYTES_OF_A_LINE: Final = 96
_MOST_LIVE: Final = 20_000
_ESCAPE: Final = lazy(rb"%[0-9A-Fa-f]{2}|\\[ux]")
_ESCAPES_ONLY: Final = frozenset((AMONG_ESCAPES,))
_NO_RULES: Final[frozenset[int]] = frozenset()
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_SEES_WORDS: Final = (r"\b", r"\B")


class LineJudge:
    """Remembers which lines are dead, and what is known about the others. Shared between threads.

    Args:
        prefilter: Reports where rules may match.
        rules: The rules of the prefilter, by index.
    """

    def __init__(self, prefilter: Prefilter, rules: Sequence[Rule]) -> None:
        self._prefilter = prefilter
        self._rules = rules
        self._young: set[bytes] = {b""}
        self._old: set[bytes] = set()
        self._bytes = 0
        self._live: dict[bytes, LiveLine] = {}
        self._edges: dict[tuple[bytes, bool, bool], LiveLine | None] = {}

    def live(self, lines: Iterable[Sequence[bytes]], stop: Stop) -> dict[bytes, LiveLine] | None:
        """Return those that are live of some lines with line ends on both sides; None: one is too long.

        Args:
            lines: The lines, without their line ends.
            stop: When to end; if it ends this early, lines may be missing.
        """
        rest = set().union(*lines) - self._young
        if rest and self._old:
            again = rest & self._old
            self._remember(again)
            rest -= again
        if not rest:
            return {}
        known, unknown = {}, []
        for line in rest:
            found = self._live.get(line)
            if found is not None:
                known[line] = found
            elif len(line) > LONGEST_LINE:
                return None
            else:
                unknown.append(line)
        if unknown:
            judged = self._judged(unknown, stop)
            known.update(judged)
            if not stop.has_cut:
                if len(self._live) + len(judged) > _MOST_LIVE:
                    self._live = {}
                self._live.update(judged)
                self._remember([line for line in unknown if line not in judged])
        return known

    def known(
        self, lines: Sequence[bytes], live: Mapping[bytes, LiveLine], stop: Stop
    ) -> list[tuple[int, int, LiveLine]]:
        """Return the live lines of a content: where each begins and ends, and what is known about it.

        Args:
            lines: All lines of the content.
            live: Those among them that are live if there is a line end on both sides of them.
            stop: When to end.
        """
        found: list[tuple[int, int, LiveLine]] = []
        last, at = len(lines) - 1, 0
        if live and not live.keys().isdisjoint(lines):
            for number, line in enumerate(lines):
                if 0 < number < last and line in live:
                    found.append((at, at + len(line), live[line]))
                at += len(line) + 1
        for number in {0, last}:
            edge = self.edge(lines[number], stop, is_first=number == 0, is_last=number == last)
            if edge is not None:
                begin = sum(map(len, lines[:number])) + number
                found.append((begin, begin + len(lines[number]), edge))
        return found

    def edge(self, line: bytes, stop: Stop, *, is_first: bool, is_last: bool) -> LiveLine | None:
        """Return what is known about the first or the last line of a content, or None if it is dead.

        Args:
            line: The line, at most `LONGEST_LINE` bytes.
            stop: When to end.
            is_first: Whether the content begins with it.
            is_last: Whether the content ends with it.
        """
        if line in self._young and not (self._prefilter.sees_edges or (is_first and line.startswith(_BYTE_ORDER_MARK))):
            return None
        key = line, is_first, is_last
        try:
            return self._edges[key]
        except KeyError:
            pass
        text = b"".join((b"" if is_first else b"\n", line, b"" if is_last else b"\n"))
        found = self._judge_one(text, line, 0 if is_first else 1, (is_first, is_last), stop)
        if not stop.has_cut:
            if len(self._edges) > _MOST_LIVE:
                self._edges = {}
            self._edges[key] = found
        return found

    def _remember(self, lines: Collection[bytes]) -> None:
        self._bytes += sum(map(len, lines)) + _BYTES_OF_A_LINE * len(lines)
        if self._bytes > _DEAD_BYTES:
            self._old, self._young, self._bytes = self._young, {b""}, 0
        self._young.update(lines)

    def _judged(self, lines: list[bytes], stop: Stop) -> dict[bytes, LiveLine]:
        """Return the live ones of some lines."""
        found = self._prefilter.marks(b"\n".join((b"", *lines, b"")), stop)
        if len(lines) > 1 and any(self._prefilter.is_reported_once(word) for word, _ in found.apart):
            half = len(lines) // 2
            return self._judged(lines[:half], stop) | self._judged(lines[half:], stop)
        if not found.ranges and not found.near and not found.apart:
            return {}
        begins = [*accumulate((len(line) + 1 for line in lines), initial=1)]
        marks: dict[int, list[tuple[int, int, int]]] = {}
        for rule, of_rule in found.ranges.items():
            for number, first, last in _in_lines(of_rule, begins):
                marks.setdefault(number, []).append((rule, first, last))
        near = {bisect_right(begins, end) - 1: rules for end, rules in found.near.items()}
        apart: dict[int, list[tuple[int, int]]] = {}
        for word, end in found.apart:
            number = bisect_left(begins, end) - 1
            apart.setdefault(number, []).append((word, end - begins[number]))
        live: dict[bytes, LiveLine] = {}
        for number in marks.keys() | near.keys() | apart.keys():
            if 0 <= number < len(lines):
                line = lines[number]
                known = self._known(line, marks.get(number, ()), near.get(number, _NO_RULES), apart.get(number, ()))
                if known is not None:
                    live[line] = known
        return live

    def _judge_one(self, text: bytes, line: bytes, begin: int, ends: tuple[bool, bool], stop: Stop) -> LiveLine | None:
        """Return what is known about a line that begins at an offset of a text, at the ends of a content."""
        found = self._prefilter.marks(text, stop)
        marks = [
            (rule, max(first - begin, 1), min(last - begin, len(line) + 1))
            for rule, of_rule in found.ranges.items()
            for first, last in of_rule
        ]
        apart = [(word, end - begin) for word, end in found.apart]
        return self._known(line, marks, _NO_RULES.union(*found.near.values()), apart, ends)

    def _known(
        self,
        line: bytes,
        marks: Sequence[tuple[int, int, int]],
        near: frozenset[int],
        apart: Sequence[tuple[int, int]],
        ends: tuple[bool, bool] = (False, False),
    ) -> LiveLine | None:
        """Return what is known about a line, or None if it is dead.

        Args:
            line: The line.
            marks: Where rules may match, as of a live line; where their patterns do not match, they are left out.
            near: Indexes of the rules that may match in it if something is near.
            apart: The words of which more hangs, each with the offset of its end in the line.
            ends: Whether the line is the first of its content, and the last one.
        """
        kept = list(marks)
        has_escapes = AMONG_ESCAPES in near
        near -= _ESCAPES_ONLY
        if (kept or has_escapes) and _ESCAPE.search(line) is not None and self._is_decoded(line):
            near = self._prefilter.nearby_rules if has_escapes else near
        else:
            kept = [mark for mark in kept if self._matches(line, *mark, *ends)]
        beyond = tuple(place for number, end in apart for place in self._prefilter.places_apart(number, end, line))
        present = frozenset(index for number, _ in apart for index in self._prefilter.word(number).present)
        return LiveLine(tuple(kept), beyond, near, present) if kept or beyond or near or present else None

    def _is_decoded(self, line: bytes) -> bool:
        """Return whether there is something in what a decoder reads in a line: then any rule may match there."""
        from beca_core.matching.decoding.search import Budget, decodings  # most lines have no escape

        found = decodings(line, Regions(literal_spans=[(1, len(line))]), Budget(len(line)))
        return any(self._prefilter.reports_anything(decoding.data) for decoding in found)

    def _matches(self, line: bytes, rule: int, first: int, last: int, is_first: bool, is_last: bool) -> bool:
        """Return whether a rule may match in a range of a line, whatever is before and after it."""
        if self._rules[rule].multiline:
            return True
        for pattern in checked_patterns(self._rules[rule]):
            sees_words = any(sign in pattern.bounded.text for sign in _SEES_WORDS)
            is_inside = not (is_first or is_last or sees_words)
            if is_inside and pattern.regexp.search(b"\n%b\n" % line) is None:
                continue
            befores = (b"",) if is_first else (b"\n", b"x\n") if sees_words else (b"\n",)
            afters = (b"",) if is_last else (b"\n", b"\nx") if sees_words else (b"\n",)
            for before in befores:
                ranges: Ranges = [(first + len(before), last + len(before))]
                for after in afters:
                    if _occurs(pattern, before + line + after, ranges):
                        return True
        return False


def _occurs(pattern: Pattern, text: bytes, ranges: Ranges) -> bool:
    return next(iter(pattern.occurrences(text, ranges)), None) is not None


def _in_lines(ranges: Ranges, begins: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    """Yield the number of each line that some ranges touch, and the range within it.

    Args:
        ranges: The ranges in the text.
        begins: Where each line begins, and after them, where another one would.
    """
    for first, last in ranges:
        number = max(bisect_left(begins, first) - 1, 0)  # an offset is after the byte that it stands for
        while number + 1 < len(begins) and begins[number] < last:
            begin = begins[number]
            yield number, max(first - begin, 1), min(last, begins[number + 1]) - begin
            number += 1
