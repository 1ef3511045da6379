"""`RuleSet`: compiled rules and scanners, which find the matches in one blob."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence
from beca_core.matching.lines import CUT, Memo
from beca_core.matching.literal_index import PresenceIndex, literal_expressions
from beca_core.matching.literals import words_as_literals
from beca_core.matching.pattern import checked_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.regions import NO_REGIONS
from beca_core.matching.syntax import latin1_options
from beca_core.rules.rule import Candidate, entropy
from beca_core.rules.scanner import Match, in_order, needs_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import re2

    from beca_core.matching.decoding.search import NestedSearch
    from beca_core.matching.lines import Ranges
    from beca_core.matching.literals import Literal
    from beca_core.matching.regions import Regions
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner

    Find = Callable[[bytes, Ranges, ProblemLog], list[Match]]
    OnError = Callable[[RuleInfo, BaseException], None]


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
        self._needs_whole = frozenset(
            index for index, (_, scanner) in enumerate(scanners, start=len(patterns)) if needs_whole(scanner)
        )
        self._scanners = scanners
        self._last = threading.local()
        self._with_keywords = {index: rule for index, rule in enumerate(patterns) if rule.keywords}
        self._find_in_part = list(self._find)
        for index, rule in self._with_keywords.items():
            self._find_in_part[index] = partial(self._match, RuleMatcher(replace(rule, keywords=()), memo))
        self._prefilter = Prefilter(patterns, [tuple(scanner.anchors) for _, scanner in scanners], cache=cache)

    @property
    def uncovered(self) -> tuple[Rule, ...]:
        """The rules that the prefilter cannot cover, so that each of them reads every blob."""
        return tuple(rule for index, rule in enumerate(self._patterns) if index in self._prefilter.uncovered)

    @property
    def needs_whole(self) -> bool:
        """Whether one of the scanners needs whole contents."""
        return bool(self._needs_whole)

    @cached_property
    def rules_with_keywords(self) -> frozenset[str]:
        """Ids of the rules that have keywords."""
        return frozenset(rule.id for rule in self._with_keywords.values())

    def find(self, data: bytes, log: ProblemLog) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates.

        Args:
            data: The blob.
            log: Counts the plugins that fail.
        """
        regions = self._prefilter.find(data)
        if regions is NO_REGIONS:  # most texts
            return []
        if regions.may_be_wide:
            self._last.wide = id(data)
        return self._nested(data, regions, log, self._matches(data, regions.ranges, log, self._find))

    def find_in_part(self, data: bytes, log: ProblemLog) -> list[Match]:
        """Return the matches in a part of a content, sorted, without duplicates.

        Scanners that need the whole take no part. Keywords are not looked for, since they may be in another part; for
        that, `with_keyword` is asked about each part.

        Args:
            data: The part.
            log: Counts the plugins that fail.
        """
        regions = self._prefilter.find(data)
        if regions.may_be_wide:
            self._last.wide = id(data)
        everywhere = dict.fromkeys(self._without_literals, [(1, len(data))] if data else [])
        ranges = self._without_needs_whole({**everywhere, **regions.ranges})
        return self._nested(data, regions, log, self._matches(data, ranges, log, self._find_in_part))

    def with_keyword(self, data: bytes) -> set[str]:
        """Return the ids of the rules of whose keywords one occurs in some data."""
        literals = self._keywords
        present = self._keyword_index.present(data)
        return {
            rule.id
            for index, rule in self._with_keywords.items()
            if index in present or (not literals[index] and RuleMatcher(rule).has_keyword(data))
        }

    def find_whole(self, data: bytes, log: ProblemLog) -> list[Match]:
        """Return the matches, sorted, of the scanners that need whole contents, in one that was searched in parts."""
        found: list[Match] = []
        for index in self._needs_whole:
            anchors = self._scanners[index - len(self._patterns)][1].anchors
            if not anchors or any(anchor in data for anchor in anchors):
                found += self._find[index](data, [], log)
        return in_order(dict.fromkeys(found))

    def may_be_wide(self, data: bytes) -> bool:
        """Return whether UTF-16 or UTF-32 in some data may hold a match; most binary data holds none.

        It is asked just after `find` or `find_in_part` has seen the same data in the same thread, so that they are not
        read again.
        """
        return getattr(self._last, "wide", None) == id(data)

    def _find_plain(self, log: ProblemLog, data: bytes) -> tuple[list[Match], Regions]:
        """Return the matches in a decoded text as it is, and what the prefilter reports about it."""
        regions = self._prefilter.find(data)
        return self._matches(data, self._without_needs_whole(regions.ranges), log, self._find), regions

    def _matches(self, data: bytes, ranges: Mapping[int, Ranges], log: ProblemLog, find: Sequence[Find]) -> list[Match]:
        found = [match for index, of_rule in ranges.items() for match in find[index](data, of_rule, log)]
        return in_order(dict.fromkeys(found)) if found else found

    def _nested(self, data: bytes, regions: Regions, log: ProblemLog, found: list[Match]) -> list[Match]:
        """Add the matches in decoded parts."""
        if not regions.forms and not regions.literal_spans:
            return found
        return self._nested_search.matches(data, found, regions, partial(self._find_plain, log))

    def _without_needs_whole(self, ranges: Mapping[int, Ranges]) -> Mapping[int, Ranges]:
        if not self._needs_whole:
            return ranges
        return {index: of_rule for index, of_rule in ranges.items() if index not in self._needs_whole}

    @cached_property
    def _without_literals(self) -> tuple[int, ...]:
        """The rules that the prefilter reports only where a keyword is."""
        return tuple(index for index, rule in self._with_keywords.items() if not checked_pattern(rule).literals)

    @cached_property
    def _keywords(self) -> dict[int, frozenset[Literal]]:
        return {index: words_as_literals(rule.keywords) for index, rule in self._with_keywords.items()}

    @cached_property
    def _keyword_index(self) -> PresenceIndex:
        return PresenceIndex(list(literal_expressions(self._keywords, once=True)))

    @cached_property
    def _nested_search(self) -> NestedSearch:
        """Loaded when the prefilter first reports something: most texts need no decoder."""
        from beca_core.matching.decoding.peek import Peek
        from beca_core.matching.decoding.search import NestedSearch

        peek = Peek(self._prefilter.reports_anything, self._prefilter.most_digits)
        return NestedSearch({rule_id: rule.confidence for rule_id, rule in self.rules.items()}, peek=peek)

    def _match(self, matcher: RuleMatcher, data: bytes, ranges: Ranges, log: ProblemLog) -> list[Match]:
        return matcher.matches(data, ranges, partial(self._rule_failed, log))

    def _rule_failed(self, log: ProblemLog, rule: RuleInfo, error: BaseException) -> None:
        log.add(self._owners.get(rule.id, ""), f"a check of rule {rule.id}", error)

    def _run(self, plugin: str, scanner: Scanner, data: bytes, _ranges: Ranges, log: ProblemLog) -> list[Match]:
        found: list[Match] = []
        own_rules = {rule.id for rule in scanner.rules}
        name = type(scanner).__name__
        try:
            for match in scanner.scan(data):
                if not _is_match(match, own_rules, len(data)):
                    log.add(plugin, f"scanner {name} gave a match that is not valid")
                elif match.rule_id in self.rules:
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
            if number == 0 and not self.has_keyword(data):
                break
            is_cut = CUT in spans
            groups = {name: span for name, span in spans.items() if name != CUT} if is_cut else spans
            candidate = Candidate(data, *spans["secret"], self.rule.confidence, groups)
            if (match := self._refined(candidate, on_error)) is not None:
                if is_cut and match.end == candidate.end:
                    match = replace(match, truncated=True)
                found.setdefault((match.begin, match.end), match)
        return list(found.values())

    def has_keyword(self, data: bytes) -> bool:
        """Return whether one of the rule's keywords occurs, or it has none."""
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
