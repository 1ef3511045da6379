"""`RuleSet`: compiled rules and scanners, which find the matches in one blob."""

from __future__ import annotations

import threading
from copy import copy
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from beca_core.matching.code_apart import CallLimit, ScannerApart, run_apart
from beca_core.matching.keyword_search import KeywordSearch
from beca_core.matching.lines import Memo
from beca_core.matching.patterns.locating import located_by
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.regions import NO_MATCHES, NO_REGIONS
from beca_core.matching.room import Room
from beca_core.matching.rule_costs import RuleWatch
from beca_core.matching.rule_matcher import PLUGIN_SECONDS, RuleMatcher
from beca_core.matching.scanner_run import ScannerRun
from beca_core.matching.versions.new_parts import MATCHED, REACH, can_follow, far_reaching, new_text
from beca_core.report import ProblemLog
from beca_core.rules.scanner import Match, in_order, needs_whole
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from beca_core.matching.decoding.search import NestedSearch
    from beca_core.matching.lines import Ranges, Span
    from beca_core.matching.regions import Regions
    from beca_core.matching.room import Drops
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.matching.rule_costs import RuleCosts
    from beca_core.matching.versions.line_judge import LineJudge
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner
    from beca_core.sources.limits import Stop
    from beca_core.sources.novelty import Novelty

    Find = Callable[[bytes, Ranges, ProblemLog, CallLimit, Room], list[Match]]


_MEMO_OF_DIGITS: Final = 4 * 1024 * 1024
"""In bytes: the digits that are remembered as not worth decoding."""

_BETWEEN_TEXTS: Final = b"\n"


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

    Attributes:
        costs: Where the costs of the rules are counted, by one thread at a time; None: nowhere.
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
            *(ScannerRun(plugin, scanner, rules) for plugin, scanner in scanners),
        ]
        self._needs_whole = frozenset(
            index for index, (_, scanner) in enumerate(scanners, start=len(patterns)) if needs_whole(scanner)
        )
        self._scanners = scanners
        self.costs: RuleCosts | None = None
        self._names = [*(rule.id for rule in patterns), *(f"scanner {type(each).__name__}" for _, each in scanners)]
        self._last = threading.local()
        self._with_keywords = {index: rule for index, rule in enumerate(patterns) if rule.keywords}
        self._find_in_part = list(self._find)
        for index, rule in self._with_keywords.items():
            self._find_in_part[index] = partial(self._match, RuleMatcher(rule, memo, needs_keyword=False))
        self._prefilter = Prefilter(patterns, [tuple(scanner.anchors) for _, scanner in scanners], cache=cache)

    @cached_property
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

    @cached_property
    def _keyword_search(self) -> KeywordSearch:
        return KeywordSearch([*self._with_keywords.values()])

    def alone(self, rule_id: str) -> RuleSet:
        """Return a rule set that finds the matches of one rule, which has a pattern; it shares what is compiled."""
        self._nested_search  # noqa: B018 - a cached property, which the copy then shares
        one = copy(self)
        one._prefilter = self._prefilter.alone([rule.id for rule in self._patterns].index(rule_id))
        return one

    def prepare(self) -> None:
        """Load what is otherwise loaded by the first content that needs it, in each process."""
        self._prefilter.prepare()
        for rule in self._patterns:
            rule.checks  # noqa: B018 - imports a rule that is known from the cache only

    def find(
        self,
        data: bytes,
        log: ProblemLog,
        stop: Stop | None = None,
        novelty: Novelty | None = None,
        drops: Drops | None = None,
    ) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates; it is `NO_MATCHES` if UTF-16 has none either.

        Args:
            data: The blob.
            log: Counts the plugins that fail, and the matches beyond `MOST_MATCHES` of a rule.
            stop: When to end. If its reason is `timeout` afterwards, the matches may be only a part of all.
            drops: Where the matches are listed that a step of their rule dropped, with the reason; None: nowhere. The
                log counts them all the same, except those that a boundary in the pattern itself excludes.
            novelty: How the blob differs from another one in which this rule set has looked before, and where it notes
                what is not in this one; None: that is not known.
        """
        stop = stop or NEVER
        if novelty is not None and drops is None and self._judge is not None and 0 not in data:
            from beca_core.matching.versions.live_lines import regions_by_lines  # here and below: only for histories

            regions = regions_by_lines(data, novelty, self._prefilter, self._judge, stop)
            if regions is not None:
                limit = CallLimit(self._plugin_seconds, stop)
                return self._found_in(data, regions, log, limit, None) if regions is not NO_REGIONS else NO_MATCHES
        is_followed = novelty is not None and drops is None and self._can_follow
        if novelty is not None and is_followed and self._matches_nothing_new(data, novelty, stop):
            return NO_MATCHES
        regions = self._prefilter.find(data, stop, novelty, unbounded=drops is not None)
        if regions is NO_REGIONS:
            if novelty is not None and is_followed and not stop.has_cut:
                novelty.verdict.absent |= MATCHED
            return NO_MATCHES  # as in most texts
        if regions.may_be_wide:
            self._last.wide = id(data)
        limit = CallLimit(self._plugin_seconds, stop)
        if novelty is None or not is_followed or not self._are_plain(regions):
            return self._found_in(data, regions, log, limit, drops)
        own = ProblemLog()
        found, is_matched = self._searched(data, regions, own, limit, self._find)
        log.update(own)
        if not is_matched and not stop.has_cut:
            novelty.verdict.absent |= MATCHED
        return found

    @cached_property
    def _judge(self) -> LineJudge | None:
        """Decides about the lines of histories; None: they are not searched by lines."""
        from beca_core.matching.versions.line_judge import LineJudge  # most scans read no history

        is_worth_it = self.costs is None and self._prefilter.can_judge_lines
        return LineJudge(self._prefilter, self._patterns) if is_worth_it else None

    def _found_in(
        self, data: bytes, regions: Regions, log: ProblemLog, limit: CallLimit, drops: Drops | None
    ) -> list[Match]:
        """Return the matches in the regions of a whole content."""
        found = self._matches(data, regions.ranges, log, limit, Room(log, drops=drops), self._find)
        return self._nested(data, regions, log, limit, Room(log), found, drops)

    def _matches_nothing_new(self, data: bytes, novelty: Novelty, stop: Stop) -> bool:
        """Return whether no pattern matches in a content, because none does in its base nor in what is new; note it.

        Everything that decides about a match is within `REACH` bytes of it: its pattern, and words near it. Where that
        is not so, `_are_plain` says so, and the whole content is searched.
        """
        new = new_text(data, novelty, MATCHED, REACH)
        if new is None:
            return False
        regions = self._prefilter.find(new, stop)
        if regions is not NO_REGIONS:
            limit = CallLimit(self._plugin_seconds, stop)
            find = self._find_in_part
            if not self._are_plain(regions) or self._searched(new, regions, ProblemLog(), limit, find)[1]:
                return False
        if stop.has_cut:
            return False
        novelty.verdict.absent |= MATCHED
        return True

    def _searched(
        self, data: bytes, regions: Regions, log: ProblemLog, limit: CallLimit, find: Sequence[Find]
    ) -> tuple[list[Match], bool]:
        """Return the matches in a text, and whether a pattern matches anything, or something there is encoded."""
        found = self._matches(data, regions.ranges, log, limit, Room(log), find)
        decodings = 0

        def find_plain(decoded: bytes, drops: Drops | None) -> tuple[list[Match], Regions]:
            nonlocal decodings
            decodings += 1
            return self._find_plain(log, limit, decoded, drops)

        if regions.literal_spans:
            found = self._nested_search.matches(data, found, regions, find_plain, Room(log), limit.stop, None)
        return found, bool(found or decodings or log.dropped or log.unlisted or log.problems)

    def _are_plain(self, regions: Regions) -> bool:
        """Return whether what the prefilter reports is decided by the text close to it."""
        return not regions.forms and not regions.may_be_wide and self._far_reaching.isdisjoint(regions.ranges)

    @cached_property
    def _far_reaching(self) -> frozenset[int]:
        """The rules and scanners about which something decides that may be far from their matches."""
        return far_reaching(self._patterns).union(range(len(self._patterns), len(self._find)))

    @cached_property
    def _can_follow(self) -> bool:
        return can_follow(self._patterns)

    def regions(self, data: bytes, stop: Stop) -> Regions:
        """Return where in a text a rule, and no scanner, may find something."""
        found = self._prefilter.find(data, stop)
        return found._replace(ranges={i: found.ranges[i] for i in found.ranges if i < len(self._patterns)})

    def find_in_name(self, name: bytes, log: ProblemLog, stop: Stop) -> list[Match]:
        """Return the matches of the rules in a name; scanners are for contents."""
        return self._found_in(name, self.regions(name, stop), log, CallLimit(self._plugin_seconds, stop), None)

    def having_something(self, texts: Sequence[bytes], *, stop: Stop = NEVER) -> Sequence[int]:
        """Return the numbers of those of some texts in which something may be found; in the others is nothing.

        Args:
            texts: Whole contents that are no UTF-16 and no UTF-32.
            stop: When to end.
        """
        if self._judge is not None:
            from beca_core.matching.versions.live_lines import with_regions

            return with_regions(texts, self._prefilter, self._judge, stop)
        is_anything = self._prefilter.reports_anything(_BETWEEN_TEXTS.join(texts), stop)
        return range(len(texts)) if is_anything or stop.has_cut else ()

    def find_in_part(
        self,
        data: bytes,
        log: ProblemLog,
        stop: Stop | None = None,
        own: Span | None = None,
        *,
        drops: Drops | None = None,
    ) -> list[Match]:
        """Return the matches in a part of a content, sorted, without duplicates.

        Words near a secret, and its companions, are seen if they are in this part, its context included; the context
        is larger than any distance that a rule can ask for, so that the own part of a chunk misses none of them.

        Scanners that need the whole take no part. Keywords are not looked for, since they may be in another part; for
        that, `with_keyword` is asked about each part.

        Args:
            data: The part.
            log: As for `find`.
            stop: As for `find`.
            own: Byte offsets, begin and end, of what is not context of the part; None: everything.
            drops: As for `find`.
        """
        limit = CallLimit(self._plugin_seconds, stop or NEVER)
        regions = self._prefilter.find(data, limit.stop, unbounded=drops is not None)
        if regions.may_be_wide:
            self._last.wide = id(data)
        everywhere = dict.fromkeys(self._without_literals, [(1, len(data))] if data else [])
        ranges = self._without_needs_whole({**everywhere, **regions.ranges})
        found = self._matches(data, ranges, log, limit, Room(log, own, drops=drops), self._find_in_part)
        return self._nested(data, regions, log, limit, Room(log, own), found, drops)

    def with_keyword(self, data: bytes) -> set[str]:
        """Return the ids of the rules of whose keywords one occurs in some data."""
        return self._keyword_search.with_keyword(data)

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

    def _find_plain(
        self, log: ProblemLog, limit: CallLimit, data: bytes, drops: Drops | None
    ) -> tuple[list[Match], Regions]:
        """Return the matches in a decoded text as it is, and what the prefilter reports about it."""
        regions = self._prefilter.find(data, limit.stop, unbounded=drops is not None)
        ranges = self._without_needs_whole(regions.ranges)
        return self._matches(data, ranges, log, limit, Room(log, drops=drops), self._find), regions

    def _matches(
        self,
        data: bytes,
        ranges: Mapping[int, Ranges],
        log: ProblemLog,
        limit: CallLimit,
        room: Room,
        find: Sequence[Find],
    ) -> list[Match]:
        found: list[Match] = []
        watch = RuleWatch(log, self.costs)
        for index, of_rule in ranges.items():
            watch.begin()
            of_one = find[index](data, of_rule, log, limit, room)
            found += of_one
            watch.end(self._names[index], len(of_rule), len(of_one), is_apart=self._is_apart(index))
        watch.note()
        return in_order(dict.fromkeys(found)) if found else found

    def _nested(
        self,
        data: bytes,
        regions: Regions,
        log: ProblemLog,
        limit: CallLimit,
        room: Room,
        found: list[Match],
        drops: Drops | None,
    ) -> list[Match]:
        """Add the matches in decoded parts."""
        if not regions.forms and not regions.literal_spans:
            return found
        find_plain = partial(self._find_plain, log, limit)
        return self._nested_search.matches(data, found, regions, find_plain, room, limit.stop, drops)

    def _without_needs_whole(self, ranges: Mapping[int, Ranges]) -> Mapping[int, Ranges]:
        if not self._needs_whole:
            return ranges
        return {index: of_rule for index, of_rule in ranges.items() if index not in self._needs_whole}

    def _is_apart(self, index: int) -> bool:
        """Return whether the code of a rule or scanner runs in another process: its time is that of waiting for it.

        The time of all others is processor time, so that a busy machine makes no rule look expensive.
        """
        if index < len(self._patterns):
            checks = self._patterns[index].checks
            return bool(checks) and run_apart(checks[0])
        return isinstance(self._scanners[index - len(self._patterns)][1], ScannerApart)

    @cached_property
    def _without_literals(self) -> tuple[int, ...]:
        """The rules that the prefilter reports only where a keyword is."""
        return tuple(index for index, rule in self._with_keywords.items() if located_by(rule).everywhere)

    @cached_property
    def _nested_search(self) -> NestedSearch:
        """Loaded when the prefilter first reports something: most texts need no decoder."""
        from beca_core.matching.decoding.peek import Peek
        from beca_core.matching.decoding.search import NestedSearch

        peek = Peek(self._prefilter.reports_anything, self._prefilter.most_digits, Memo(_MEMO_OF_DIGITS))
        return NestedSearch({rule_id: rule.confidence for rule_id, rule in self.rules.items()}, peek=peek)

    def _match(
        self, matcher: RuleMatcher, data: bytes, ranges: Ranges, log: ProblemLog, limit: CallLimit, room: Room
    ) -> list[Match]:
        return matcher.matches(data, ranges, partial(self._rule_failed, log), limit, room)

    def _rule_failed(self, log: ProblemLog, rule: RuleInfo, error: BaseException) -> None:
        log.add(self._owners.get(rule.id, ""), f"a check of rule {rule.id}", error)
