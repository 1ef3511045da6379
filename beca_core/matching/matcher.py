"""`RuleMatcher`: one declarative rule, from the ranges that the prefilter reports to its matches."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence
from beca_core.matching.pattern import checked_pattern
from beca_core.matching.syntax import latin1_options
from beca_core.rules.rule import Candidate, entropy
from beca_core.rules.scanner import Match

if TYPE_CHECKING:
    from collections.abc import Callable

    import re2

    from beca_core.matching.memo import Memo
    from beca_core.matching.windows import Ranges
    from beca_core.rules.rule import Rule, RuleInfo

    OnError = Callable[[RuleInfo, BaseException], None]


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

    @cached_property
    def _keywords(self) -> re2._Regexp[bytes] | None:
        return _any_of(self.rule.keywords) if self.rule.keywords else None

    def matches(self, data: bytes, ranges: Ranges, on_error: OnError) -> list[Match]:
        """Return the rule's matches, each span once.

        Args:
            data: The blob.
            ranges: Where the prefilter reported something.
            on_error: Called with the rule and the exception if a check raises or returns something invalid. Only that
                match is lost.
        """
        found: dict[tuple[int, int], Match] = {}
        for number, spans in enumerate(self._pattern.occurrences(data, ranges, self._memo)):
            if number == 0 and not self._has_keyword(data):
                break
            candidate = Candidate(data, *spans["secret"], self.rule.confidence, spans)
            if (match := self._refined(candidate, on_error)) is not None:
                found.setdefault((match.begin, match.end), match)
        return list(found.values())

    def _has_keyword(self, data: bytes) -> bool:
        return self._keywords is None or self._keywords.search(data) is not None

    def _refined(self, candidate: Candidate, on_error: OnError) -> Match | None:
        rule = self.rule
        try:
            refined = refine(rule, candidate)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - checks are a plugin's code
            on_error(rule, error)
            return None
        if refined is None:
            return None
        confidence = refined.confidence if refined.confidence is not rule.confidence else None
        return Match(refined.begin, refined.end, rule.id, confidence)


def _any_of(words: tuple[str, ...]) -> re2._Regexp[bytes]:
    """Compile a search for any of some words, in any letter case."""
    import re2

    return re2.compile(f"(?i){'|'.join(map(re2.escape, words))}".encode(), latin1_options())


def refine(rule: Rule, candidate: Candidate) -> Candidate | None:
    """Compare a candidate with the rule's least entropy, and run the rule's checks.

    Returns:
        The candidate that the last check returned, or None if it was dropped.

    Raises:
        InvalidRule: If a check returns anything but None or a candidate within the data.
        Exception: Whatever a check raises.
    """
    if rule.min_entropy and entropy(candidate.secret) < rule.min_entropy:
        return None
    refined: Candidate | None = candidate
    for check in rule.checks:
        refined = check(candidate)
        if refined is None:
            return None
        if not _is_valid(refined, len(candidate.data)):
            raise InvalidRule(f"Rule {rule.id!r}: a check must return None or a Candidate within the data.")
        candidate = refined
    return candidate


def _is_valid(candidate: object, size: int) -> bool:
    return (
        isinstance(candidate, Candidate)
        and isinstance(candidate.confidence, Confidence)
        and isinstance(candidate.begin, int)
        and isinstance(candidate.end, int)
        and 0 <= candidate.begin < candidate.end <= size
    )
