"""`RuleMatcher`: finds the matches of one rule where the prefilter reported something."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

from beca_core.errors import PluginFailed
from beca_core.matching.code_apart import CallLimit, run_apart
from beca_core.matching.lines import CUT
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.patterns.syntax import latin1_options
from beca_core.matching.room import MOST_MATCHES, Room
from beca_core.matching.steps.boundary import adjoining
from beca_core.matching.steps.companions import CompanionSearch
from beca_core.matching.steps.rule_steps import RuleSteps, boundary_drop
from beca_core.report import ProblemLog
from beca_core.rules.candidate import Candidate, DropReason
from beca_core.rules.check_answers import CheckAnswers, deciding_groups
from beca_core.rules.scanner import Match
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import re2

    from beca_core.matching.code_apart import ChecksApart
    from beca_core.matching.lines import Memo, Ranges, Span
    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.sources.limits import Stop

    OnError = Callable[[RuleInfo, BaseException], None]


PLUGIN_SECONDS: Final = Limits().plugin_seconds
GRACE_SECONDS: Final = 0.1
"""Matching goes on for so long after the time is over, so that something is found if the prefilter took all of it."""
MATCH_STEPS: Final = 8
"""What a match costs, in steps of `Stop.step`."""


class RuleMatcher:
    """One rule, ready to match. Shared between threads.

    Args:
        rule: The rule.
        memo: Matches in lines that were searched before, of any rule; None: nothing is cached.
        needs_keyword: Whether one of the rule's keywords has to occur, if it has some.

    A rule whose pattern cannot be used raises `InvalidRule` at its first use: of hundreds of rules, few are ever used.
    """

    def __init__(self, rule: Rule, memo: Memo | None = None, *, needs_keyword: bool = True) -> None:
        self.rule: Final = rule
        self._memo = memo
        self._needs_keyword = needs_keyword

    @cached_property
    def _patterns(self) -> tuple[Pattern, ...]:
        return checked_patterns(self.rule)

    @cached_property
    def _is_located(self) -> bool:
        return all(pattern.literals for pattern in self._patterns)

    @cached_property
    def _steps(self) -> RuleSteps:
        return RuleSteps(self.rule)

    @cached_property
    def _checks_apart(self) -> ChecksApart | None:
        check = self.rule.checks[0] if self.rule.checks else None
        return check if run_apart(check) else None

    @cached_property
    def _deciding_groups(self) -> tuple[str, ...] | None:
        return deciding_groups(self.rule)

    @cached_property
    def _keywords(self) -> re2._Regexp[bytes] | None:
        return _any_of(self.rule.keywords) if self.rule.keywords and self._needs_keyword else None

    def matches(
        self,
        data: bytes,
        ranges: Ranges,
        on_error: OnError,
        limit: CallLimit | None = None,
        room: Room | None = None,
    ) -> list[Match]:
        """Return the rule's matches, each span once.

        Args:
            data: The blob.
            ranges: Where the prefilter reported something.
            on_error: Called with the rule and the exception if a check raises or returns something invalid. Only that
                match is lost, or all of them if the checks run in another process which gives no result.
            limit: When to end, and the time of checks that run in another process; None: as for one text.
            room: Decides which are kept, and records what is dropped; None: all are.
        """
        limit = limit or CallLimit(PLUGIN_SECONDS)
        room = room or Room(ProblemLog())
        companions = CompanionSearch(self.rule, data, self._memo, limit.stop) if self.rule.parts else None
        found: dict[Span, Match] = {}
        cut_ends: set[int] = set()
        candidates = self._candidates(data, ranges, limit.stop, room, cut_ends)
        for candidate in self._refined(candidates, on_error, limit, room):
            span = candidate.begin, candidate.end
            if span in found:
                continue
            if not self._steps.asks_after:
                match: Match | DropReason = self._steps.match(candidate)
            else:
                try:
                    match = self._steps.after_checks(candidate, companions)
                except (Exception, SystemExit) as error:  # noqa: BLE001 - checks of parts are a plugin's code
                    on_error(self.rule, error)
                    continue
            if isinstance(match, DropReason):
                room.drop(self.rule.id, *span, match)
            elif room.takes(self.rule.id, candidate.begin):
                found[span] = replace(match, truncated=True) if candidate.end in cut_ends else match
        if room.lists_drops and self.rule.boundary:
            self._list_unbounded(data, ranges, limit.stop, room, found)
        return list(found.values())

    def _candidates(
        self, data: bytes, ranges: Ranges, stop: Stop, room: Room, cut_ends: set[int]
    ) -> Iterator[Candidate]:
        """Yield what the steps before the checks leave of what the patterns match; record where secrets are cut."""
        is_first = True
        for pattern in self._patterns:
            memo = self._memo if self._is_located or not pattern.literals else None
            for spans in pattern.occurrences(data, ranges, memo, stop, whole_lines=not self._is_located):
                if stop.step(MATCH_STEPS, GRACE_SECONDS) or (is_first and not self.has_keyword(data)):
                    return
                is_first = False
                groups = spans
                if CUT in spans:
                    groups = {name: span for name, span in spans.items() if name != CUT}
                    cut_ends.add(spans["secret"][1])
                candidate = Candidate(data, *spans["secret"], self.rule.confidence, groups)
                reason = self._steps.before_checks(candidate, pattern) if self._steps.asks_before else None
                if reason is None:
                    yield candidate
                else:
                    room.drop(self.rule.id, candidate.begin, candidate.end, reason)

    def _refined(
        self, candidates: Iterator[Candidate], on_error: OnError, limit: CallLimit, room: Room
    ) -> Iterator[Candidate]:
        """Yield the candidates that the checks keep, as the checks leave them."""
        if not self.rule.checks:
            yield from candidates
            return
        if self._checks_apart is not None:
            yield from self._refined_apart(self._checks_apart, candidates, on_error, limit, room)
            return
        answers = CheckAnswers(self.rule, self._deciding_groups)
        for candidate in candidates:
            try:
                refined = answers.of(candidate)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - checks are a plugin's code
                on_error(self.rule, error)
            else:
                if isinstance(refined, DropReason):
                    room.drop(self.rule.id, candidate.begin, candidate.end, refined)
                else:
                    yield refined

    def _refined_apart(
        self, checks: ChecksApart, candidates: Iterator[Candidate], on_error: OnError, limit: CallLimit, room: Room
    ) -> Iterator[Candidate]:
        """Have many candidates refined at once, in the process in which the checks run."""
        while batch := list(islice(candidates, MOST_MATCHES)):
            # If there is no answer, there is one failure for all of them.
            for candidate, refined in zip(batch, checks.refine_all(batch, limit), strict=False):
                if isinstance(refined, PluginFailed):
                    on_error(self.rule, refined)
                elif isinstance(refined, DropReason):
                    room.drop(self.rule.id, candidate.begin, candidate.end, refined)
                else:
                    yield refined

    def _list_unbounded(self, data: bytes, ranges: Ranges, stop: Stop, room: Room, found: Collection[Span]) -> None:
        """List what the patterns would match if their boundary were no part of them; RE2 does not say that."""
        kept = sorted(found)
        begins = [begin for begin, _ in kept]
        furthest = [*accumulate((end for _, end in kept), max)]
        for pattern in self._patterns:
            for spans in pattern.without_boundary.occurrences(data, ranges, None, stop):
                begin, end = spans["secret"]
                before = bisect_left(begins, end)  # so many of those that are kept begin before its end
                overlaps = before > 0 and furthest[before - 1] > begin
                if not overlaps and (side := adjoining(data, (begin, end), self.rule.boundary)):
                    room.list_drop(Match(begin, end, self.rule.id), boundary_drop(side))

    def has_keyword(self, data: bytes) -> bool:
        """Return whether one of the rule's keywords occurs, or it has none."""
        return self._keywords is None or self._keywords.search(data) is not None


def _any_of(words: tuple[str, ...]) -> re2._Regexp[bytes]:
    """Compile a search for any of some words, in any letter case."""
    import re2

    return re2.compile(f"(?i){'|'.join(map(re2.escape, words))}".encode(), latin1_options())
