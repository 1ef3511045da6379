"""The companions of a secret: the nearest occurrence of each of its rule's parts.

The occurrences of a part are a function of the lines, like those of a pattern. They are looked for where a candidate
is, and remembered for the next candidate of the content, so that many candidates cost no more than many occurrences.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.lines import CUT
from beca_core.matching.steps.expressions import LONGEST_PART, PART, checked_part
from beca_core.rules.candidate import Candidate, DropReason, Step
from beca_core.rules.context import Side
from beca_core.rules.refinement import checked
from beca_core.rules.scanner import MatchPart

if TYPE_CHECKING:
    from beca_core.findings import Confidence
    from beca_core.matching.lines import Memo, Span
    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.rules.context import Part
    from beca_core.rules.rule import Rule
    from beca_core.sources.limits import Stop

_AHEAD: Final = 8 * 1024
"""How far ahead occurrences are looked for at once, in bytes, so that candidates in a row cost little."""
_STEPS: Final = 8
_GRACE_SECONDS: Final = 0.1


class Companions(NamedTuple):
    """What accompanies a secret.

    Args:
        parts: The parts that were found, in the order of the rule.
        confidence: The confidence that the finding has without the others; None: as it was.
    """

    parts: tuple[MatchPart, ...]
    confidence: Confidence | None = None


class CompanionSearch:
    """Look for the parts of a rule in one content.

    Args:
        rule: The rule.
        data: The content.
        memo: Matches in lines that were searched before; None: nothing is cached.
        stop: When to end.
    """

    def __init__(self, rule: Rule, data: bytes, memo: Memo | None, stop: Stop) -> None:
        self._parts = [_PartSearch(rule, part, data, memo, stop) for part in rule.parts]

    def of(self, candidate: Candidate) -> Companions | DropReason:
        """Return the companions of a candidate, or why it is dropped: a required one is missing."""
        found: list[MatchPart] = []
        confidence: Confidence | None = None
        for search in self._parts:
            part = search.part
            span = search.nearest(candidate.begin, candidate.end)
            if span is not None:
                found.append(MatchPart(part.name, *span))
            elif part.required:
                return DropReason(Step.PARTS, part.name, f"this part is not {_place(part)}")
            elif part.confidence is not None and (confidence is None or part.confidence < confidence):
                confidence = part.confidence
        return Companions(tuple(found), confidence)


class _PartSearch:
    """The occurrences of a part in the places of a content that were asked about, in order."""

    def __init__(self, rule: Rule, part: Part, data: bytes, memo: Memo | None, stop: Stop) -> None:
        self.part: Final = part
        self._rule = rule
        self._pattern: Pattern = checked_part(rule, part)
        self._data = data
        self._memo = memo
        self._stop = stop
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._covered: Span = (0, 0)

    def nearest(self, begin: int, end: int) -> Span | None:
        """Return the occurrence nearest to a span that is near enough; of two, the one before it."""
        reach = self.part.within_bytes + LONGEST_PART + 2
        self._cover(max(1, begin - reach), min(len(self._data), end + reach))
        near = []
        if self.part.where is not Side.AFTER and (index := bisect_right(self._ends, begin) - 1) >= 0:
            near.append((begin - self._ends[index], self._ends[index], begin, index))
        if self.part.where is not Side.BEFORE and (index := bisect_left(self._begins, end)) < len(self._begins):
            near.append((self._begins[index] - end, end, self._begins[index], index))
        for gap, gap_begin, gap_end, index in sorted(near):
            if gap <= self.part.within_bytes and self._data.count(b"\n", gap_begin, gap_end) <= self._most_lines:
                return self._begins[index], self._ends[index]
        return None

    @property
    def _most_lines(self) -> int:
        return 0 if self.part.where is Side.LINE else self.part.within_lines

    def _cover(self, first: int, last: int) -> None:
        """Look for occurrences in a range of offsets, unless that was done."""
        begin, end = self._covered
        if begin <= first and last <= end:
            return
        if not begin <= first <= end:  # candidates come nearly in order
            self._begins.clear()
            self._ends.clear()
            begin = end = first
        last = min(last + _AHEAD, len(self._data))
        self._covered = begin, last
        for spans in self._pattern.occurrences(self._data, [(end, last)], self._memo, self._stop, whole_lines=True):
            if self._stop.step(_STEPS, _GRACE_SECONDS):
                return
            span = spans[PART]
            if span[0] >= (self._ends[-1] if self._ends else 0) and self._is_part(span, spans):
                self._begins.append(span[0])
                self._ends.append(span[1])

    def _is_part(self, span: Span, spans: dict[str, Span]) -> bool:
        if CUT in spans or self._pattern.bounded.adjoining(self._data, span):
            return False
        if not self.part.checks:
            return True
        candidate = Candidate(self._data, *span, self._rule.confidence, spans)
        return isinstance(checked(self._rule, self.part.checks, candidate), Candidate)


def _place(part: Part) -> str:
    side = f"{part.where} it" if part.where in (Side.BEFORE, Side.AFTER) else "of it"
    lines = 0 if part.where is Side.LINE else part.within_lines
    return f"within {part.within_bytes:,} bytes and {lines:,} line ends {side}"
