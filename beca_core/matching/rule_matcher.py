"""`RuleMatcher`: finds the matches of one rule where the prefilter reported something."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from beca_core.errors import PluginFailed
from beca_core.matching.code_apart import CallLimit, ChecksApart
from beca_core.matching.lines import CUT
from beca_core.matching.pattern import checked_pattern
from beca_core.matching.room import MOST_MATCHES
from beca_core.matching.syntax import latin1_options
from beca_core.rules.refinement import refine
from beca_core.rules.rule import Candidate, entropy
from beca_core.rules.scanner import Match
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import re2

    from beca_core.matching.lines import Memo, Ranges
    from beca_core.matching.room import Room
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

    Raises:
        InvalidRule: If the pattern cannot be used; with the rule's id and the reason.
    """

    def __init__(self, rule: Rule, memo: Memo | None = None) -> None:
        self.rule: Final = rule
        self._memo = memo
        self._pattern = checked_pattern(rule)
        check = rule.checks[0] if rule.checks else None
        self._checks_apart = check if isinstance(check, ChecksApart) else None

    @cached_property
    def _keywords(self) -> re2._Regexp[bytes] | None:
        return _any_of(self.rule.keywords) if self.rule.keywords else None

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
            room: Decides which are kept; None: all are.
        """
        limit = limit or CallLimit(PLUGIN_SECONDS)
        found: dict[tuple[int, int], Match] = {}
        cut_ends: set[int] = set()
        for refined in self._refined(self._candidates(data, ranges, limit.stop, cut_ends), on_error, limit):
            span = refined.begin, refined.end
            if span not in found and (room is None or room.takes(self.rule.id, refined.begin)):
                found[span] = self._match(refined, truncated=refined.truncated or refined.end in cut_ends)
        return list(found.values())

    def _candidates(self, data: bytes, ranges: Ranges, stop: Stop, cut_ends: set[int]) -> Iterator[Candidate]:
        """Yield what the pattern matches, and record where secrets end that are cut."""
        for number, spans in enumerate(self._pattern.occurrences(data, ranges, self._memo, stop)):
            if stop.step(MATCH_STEPS, GRACE_SECONDS) or (number == 0 and not self.has_keyword(data)):
                return
            groups = spans
            if CUT in spans:
                groups = {name: span for name, span in spans.items() if name != CUT}
                cut_ends.add(spans["secret"][1])
            yield Candidate(data, *spans["secret"], self.rule.confidence, groups)

    def _refined(self, candidates: Iterator[Candidate], on_error: OnError, limit: CallLimit) -> Iterator[Candidate]:
        """Yield the candidates that the checks keep, as the checks leave them."""
        if self._checks_apart is not None:
            yield from self._refined_apart(self._checks_apart, candidates, on_error, limit)
            return
        for candidate in candidates:
            try:
                refined = refine(self.rule, candidate)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - checks are a plugin's code
                on_error(self.rule, error)
            else:
                if refined is not None:
                    yield refined

    def _refined_apart(
        self, checks: ChecksApart, candidates: Iterator[Candidate], on_error: OnError, limit: CallLimit
    ) -> Iterator[Candidate]:
        """Have many candidates refined at once, in the process in which the checks run."""
        least = self.rule.min_entropy
        while batch := list(islice(candidates, MOST_MATCHES)):
            asked = [each for each in batch if not least or entropy(each.secret) >= least]
            for refined in checks.refine_all(asked, limit):
                if isinstance(refined, PluginFailed):
                    on_error(self.rule, refined)
                elif refined is not None:
                    yield refined

    def _match(self, refined: Candidate, *, truncated: bool) -> Match:
        confidence = refined.confidence if refined.confidence is not self.rule.confidence else None
        return Match(refined.begin, refined.end, self.rule.id, confidence, truncated=truncated)

    def has_keyword(self, data: bytes) -> bool:
        """Return whether one of the rule's keywords occurs, or it has none."""
        return self._keywords is None or self._keywords.search(data) is not None


def _any_of(words: tuple[str, ...]) -> re2._Regexp[bytes]:
    """Compile a search for any of some words, in any letter case."""
    import re2

    return re2.compile(f"(?i){'|'.join(map(re2.escape, words))}".encode(), latin1_options())
