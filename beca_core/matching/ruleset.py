"""`RuleSet`: compiled rules and scanners, which find the matches in one blob."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence
from beca_core.matching.lines import Memo
from beca_core.matching.pattern import checked_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.room import Room
from beca_core.matching.syntax import latin1_options
from beca_core.rules.rule import Candidate, entropy
from beca_core.rules.scanner import Match, in_order
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import re2

    from beca_core.matching.decoding.search import NestedSearch
    from beca_core.matching.lines import Ranges, Span
    from beca_core.matching.regions import Regions
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner
    from beca_core.sources.limits import Stop

    Find = Callable[[bytes, Ranges, ProblemLog, Stop, Room], list[Match]]
    OnError = Callable[[RuleInfo, BaseException], None]


GRACE_SECONDS: Final = 0.1
"""Matching goes on for so long after the time is over, so that something is found if the prefilter took all of it."""
_MATCH_STEPS: Final = 8


class RuleSet:
    """Find the matches in a blob. Shared between threads; the matches are a function of the data alone.

    The prefilter reports for all rules and scanners at once which must run, and where. Each of these is run guarded, so
    one that fails costs its own matches only. Decoded parts of the text are searched in the same way.

    Args:
        rules: All rules that take part, by id, those of scanners included.
        patterns: Those among them that have a pattern.
        scanners: The scanners, each with the name of its plugin.
        owners: The name of the plugin that registered each rule, by id.
        cache: Where compiled rules are cached; None: nowhere.
    """

    def __init__(
        self,
        rules: Mapping[str, RuleInfo],
        patterns: Sequence[Rule],
        scanners: Sequence[tuple[str, Scanner]] = (),
        owners: Mapping[str, str] | None = None,
        cache: RuleCache | None = None,
    ) -> None:
        self.rules = rules
        self._patterns = patterns
        self._owners = owners or {}
        memo = Memo()
        self._find: list[Find] = [
            *(partial(self._match, RuleMatcher(rule, memo)) for rule in patterns),
            *(partial(self._run, plugin, scanner) for plugin, scanner in scanners),
        ]
        self._prefilter = Prefilter(patterns, [tuple(scanner.anchors) for _, scanner in scanners], cache=cache)

    @property
    def uncovered(self) -> tuple[Rule, ...]:
        """The rules that the prefilter cannot cover, so that each of them reads every blob."""
        return tuple(rule for index, rule in enumerate(self._patterns) if index in self._prefilter.uncovered)

    def find(self, data: bytes, log: ProblemLog, stop: Stop | None = None, own: Span | None = None) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates.

        Args:
            data: The blob.
            log: Counts the plugins that fail, and the matches beyond `MOST_MATCHES` of a rule.
            stop: When to end. If its reason is `timeout` afterwards, the matches may be only a part of all.
            own: Byte offsets, begin and end, of what is not context of a chunk; None: everything.
        """
        stop = stop or NEVER
        found, regions = self._find_plain(log, stop, data, own)
        if not regions.forms and not regions.literal_spans:
            return found
        return self._nested_search.matches(
            data, found, regions, partial(self._find_plain, log, stop), Room(log, own), stop
        )

    def _find_plain(
        self, log: ProblemLog, stop: Stop, data: bytes, own: Span | None = None
    ) -> tuple[list[Match], Regions]:
        """Return the matches in a text as it is, and what the prefilter reports about it."""
        regions = self._prefilter.find(data, stop)
        if not regions.ranges:
            return [], regions
        room = Room(log, own)
        found = [
            match
            for index, ranges in regions.ranges.items()
            for match in self._find[index](data, ranges, log, stop, room)
        ]
        return in_order(dict.fromkeys(found)), regions

    @cached_property
    def _nested_search(self) -> NestedSearch:
        """Loaded when the prefilter first reports something: most texts need no decoder."""
        from beca_core.matching.decoding.peek import Peek
        from beca_core.matching.decoding.search import NestedSearch

        peek = Peek(self._prefilter.reports_anything, self._prefilter.most_digits)
        return NestedSearch({rule_id: rule.confidence for rule_id, rule in self.rules.items()}, peek=peek)

    def _match(
        self, matcher: RuleMatcher, data: bytes, ranges: Ranges, log: ProblemLog, stop: Stop, room: Room
    ) -> list[Match]:
        return matcher.matches(data, ranges, partial(self._rule_failed, log), stop, room)

    def _rule_failed(self, log: ProblemLog, rule: RuleInfo, error: BaseException) -> None:
        log.add(self._owners.get(rule.id, ""), f"a check of rule {rule.id}", error)

    def _run(
        self, plugin: str, scanner: Scanner, data: bytes, _ranges: Ranges, log: ProblemLog, stop: Stop, room: Room
    ) -> list[Match]:
        found: list[Match] = []
        own_rules = {rule.id for rule in scanner.rules}
        name = type(scanner).__name__
        try:
            for match in scanner.scan(data):
                if stop.step(_MATCH_STEPS, GRACE_SECONDS):
                    break
                if not _is_match(match, own_rules, len(data)):
                    log.add(plugin, f"scanner {name} gave a match that is not valid")
                elif match.rule_id in self.rules and room.takes(match.rule_id, match.begin):
                    found.append(match)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a scanner is a plugin's code
            log.add(plugin, f"scanner {name}", error)
        return found


def _is_match(match: object, own_rules: set[str], size: int) -> bool:
    return isinstance(match, Match) and match.rule_id in own_rules and 0 <= match.begin < match.end <= size


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

    def matches(
        self, data: bytes, ranges: Ranges, on_error: OnError, stop: Stop = NEVER, room: Room | None = None
    ) -> list[Match]:
        """Return the rule's matches, each span once.

        Args:
            data: The blob.
            ranges: Where the prefilter reported something.
            on_error: Called with the rule and the exception if a check raises or returns something invalid. Only that
                match is lost.
            stop: When to end.
            room: Decides which are kept; None: all are.
        """
        found: dict[tuple[int, int], Match] = {}
        for number, spans in enumerate(self._pattern.occurrences(data, ranges, self._memo, stop)):
            if stop.step(_MATCH_STEPS, GRACE_SECONDS) or (number == 0 and not self._has_keyword(data)):
                break
            candidate = Candidate(data, *spans["secret"], self.rule.confidence, spans)
            if (match := self._refined(candidate, on_error)) is None:
                continue
            span = match.begin, match.end
            if span not in found and (room is None or room.takes(match.rule_id, match.begin)):
                found[span] = match
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
        if not _is_candidate(refined, len(candidate.data)):
            raise InvalidRule(f"Rule {rule.id!r}: a check must return None or a Candidate within the data.")
        candidate = refined
    return candidate


def _is_candidate(candidate: object, size: int) -> bool:
    return (
        isinstance(candidate, Candidate)
        and isinstance(candidate.confidence, Confidence)
        and isinstance(candidate.begin, int)
        and isinstance(candidate.end, int)
        and 0 <= candidate.begin < candidate.end <= size
    )
