"""`RuleSet`: compiled rules and scanners, which find the matches in one blob."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from beca_core.matching.code_apart import CallLimit, ScannerApart
from beca_core.matching.lines import Memo
from beca_core.matching.literal_index import PresenceIndex, literal_expressions
from beca_core.matching.literals import words_as_literals
from beca_core.matching.pattern import checked_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.regions import NO_MATCHES, NO_REGIONS
from beca_core.matching.room import Room
from beca_core.matching.rule_matcher import GRACE_SECONDS, MATCH_STEPS, PLUGIN_SECONDS, RuleMatcher
from beca_core.rules.scanner import Match, in_order, needs_whole
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from beca_core.matching.decoding.search import NestedSearch
    from beca_core.matching.lines import Ranges, Span
    from beca_core.matching.literals import Literal
    from beca_core.matching.regions import Regions
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner
    from beca_core.sources.limits import Stop

    Find = Callable[[bytes, Ranges, ProblemLog, CallLimit, Room], list[Match]]


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
        plugin_seconds: Time for one call of the code of a plugin that has a process of its own.
    """

    def __init__(
        self,
        rules: Mapping[str, RuleInfo],
        patterns: Sequence[Rule],
        scanners: Sequence[tuple[str, Scanner]] = (),
        owners: Mapping[str, str] | None = None,
        cache: RuleCache | None = None,
        plugin_seconds: float = PLUGIN_SECONDS,
    ) -> None:
        self.rules = rules
        self._plugin_seconds = plugin_seconds
        self._patterns = patterns
        self._owners = owners or {}
        memo = Memo()
        self._find: list[Find] = [
            *(partial(self._match, RuleMatcher(rule, memo)) for rule in patterns),
            *(partial(self._run, plugin, scanner, _scan_of(scanner)) for plugin, scanner in scanners),
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

    @cached_property
    def needs_whole(self) -> bool:
        """Whether one of the scanners needs whole contents."""
        return bool(self._needs_whole)

    @cached_property
    def rules_with_keywords(self) -> frozenset[str]:
        """Ids of the rules that have keywords."""
        return frozenset(rule.id for rule in self._with_keywords.values())

    def find(self, data: bytes, log: ProblemLog, stop: Stop | None = None) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates; it is `NO_MATCHES` if UTF-16 has none either.

        Args:
            data: The blob.
            log: Counts the plugins that fail, and the matches beyond `MOST_MATCHES` of a rule.
            stop: When to end. If its reason is `timeout` afterwards, the matches may be only a part of all.
        """
        stop = stop or NEVER
        regions = self._prefilter.find(data, stop)
        if regions is NO_REGIONS:
            return NO_MATCHES  # as in most texts
        if regions.may_be_wide:
            self._last.wide = id(data)
        limit, room = CallLimit(self._plugin_seconds, stop), Room(log)
        found = self._matches(data, regions.ranges, log, limit, room, self._find)
        return self._nested(data, regions, log, limit, Room(log), found)

    def find_in_part(
        self, data: bytes, log: ProblemLog, stop: Stop | None = None, own: Span | None = None
    ) -> list[Match]:
        """Return the matches in a part of a content, sorted, without duplicates.

        Scanners that need the whole take no part. Keywords are not looked for, since they may be in another part; for
        that, `with_keyword` is asked about each part.

        Args:
            data: The part.
            log: As for `find`.
            stop: As for `find`.
            own: Byte offsets, begin and end, of what is not context of the part; None: everything.
        """
        limit = CallLimit(self._plugin_seconds, stop or NEVER)
        regions = self._prefilter.find(data, limit.stop)
        if regions.may_be_wide:
            self._last.wide = id(data)
        everywhere = dict.fromkeys(self._without_literals, [(1, len(data))] if data else [])
        ranges = self._without_needs_whole({**everywhere, **regions.ranges})
        found = self._matches(data, ranges, log, limit, Room(log, own), self._find_in_part)
        return self._nested(data, regions, log, limit, Room(log, own), found)

    def with_keyword(self, data: bytes) -> set[str]:
        """Return the ids of the rules of whose keywords one occurs in some data."""
        literals = self._keywords
        present = self._keyword_index.present(data)
        return {
            rule.id
            for index, rule in self._with_keywords.items()
            if index in present or (not literals[index] and RuleMatcher(rule).has_keyword(data))
        }

    def find_whole(self, data: bytes, log: ProblemLog, stop: Stop | None = None) -> list[Match]:
        """Return the matches, sorted, of the scanners that need whole contents, in one that was searched in parts."""
        found: list[Match] = []
        limit = CallLimit(self._plugin_seconds, stop or NEVER)
        for index in self._needs_whole:
            anchors = self._scanners[index - len(self._patterns)][1].anchors
            if not anchors or any(anchor in data for anchor in anchors):
                found += self._find[index](data, [], log, limit, Room(log))
        return in_order(dict.fromkeys(found))

    def may_be_wide(self, data: bytes) -> bool:
        """Return whether UTF-16 or UTF-32 in some data may hold a match; most binary data holds none.

        It is asked just after `find` or `find_in_part` has seen the same data in the same thread, so that they are not
        read again.
        """
        return getattr(self._last, "wide", None) == id(data)

    def _find_plain(self, log: ProblemLog, limit: CallLimit, data: bytes) -> tuple[list[Match], Regions]:
        """Return the matches in a decoded text as it is, and what the prefilter reports about it."""
        regions = self._prefilter.find(data, limit.stop)
        ranges = self._without_needs_whole(regions.ranges)
        return self._matches(data, ranges, log, limit, Room(log), self._find), regions

    def _matches(
        self,
        data: bytes,
        ranges: Mapping[int, Ranges],
        log: ProblemLog,
        limit: CallLimit,
        room: Room,
        find: Sequence[Find],
    ) -> list[Match]:
        found = [match for index, of_rule in ranges.items() for match in find[index](data, of_rule, log, limit, room)]
        return in_order(dict.fromkeys(found)) if found else found

    def _nested(
        self, data: bytes, regions: Regions, log: ProblemLog, limit: CallLimit, room: Room, found: list[Match]
    ) -> list[Match]:
        """Add the matches in decoded parts."""
        if not regions.forms and not regions.literal_spans:
            return found
        find_plain = partial(self._find_plain, log, limit)
        return self._nested_search.matches(data, found, regions, find_plain, room, limit.stop)

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

    def _match(
        self, matcher: RuleMatcher, data: bytes, ranges: Ranges, log: ProblemLog, limit: CallLimit, room: Room
    ) -> list[Match]:
        return matcher.matches(data, ranges, partial(self._rule_failed, log), limit, room)

    def _rule_failed(self, log: ProblemLog, rule: RuleInfo, error: BaseException) -> None:
        log.add(self._owners.get(rule.id, ""), f"a check of rule {rule.id}", error)

    def _run(
        self,
        plugin: str,
        scanner: Scanner,
        scan: Callable[[bytes, CallLimit], Iterable[Match]],
        data: bytes,
        _ranges: Ranges,
        log: ProblemLog,
        limit: CallLimit,
        room: Room,
    ) -> list[Match]:
        found: list[Match] = []
        own_rules = {rule.id for rule in scanner.rules}
        name = type(scanner).__name__
        try:
            for match in scan(data, limit):
                if limit.stop.step(MATCH_STEPS, GRACE_SECONDS):
                    break
                if not _is_match(match, own_rules, len(data)):
                    log.add(plugin, f"scanner {name} gave a match that is not valid")
                elif match.rule_id in self.rules and room.takes(match.rule_id, match.begin):
                    found.append(match)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a scanner is a plugin's code
            log.add(plugin, f"scanner {name}", error)
        return found


def _scan_of(scanner: Scanner) -> Callable[[bytes, CallLimit], Iterable[Match]]:
    if isinstance(scanner, ScannerApart):
        return scanner.scan_within
    return lambda data, _limit: scanner.scan(data)


def _is_match(match: object, own_rules: set[str], size: int) -> bool:
    return isinstance(match, Match) and match.rule_id in own_rules and 0 <= match.begin < match.end <= size
