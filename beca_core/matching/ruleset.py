"""`RuleSet`: compiled rules and scanners, which find the matches in one blob."""

from __future__ import annotations

from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from beca_core.errors import PluginFailed
from beca_core.matching.code_apart import CallLimit, ChecksApart, ScannerApart
from beca_core.matching.lines import Memo
from beca_core.matching.pattern import checked_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.regions import NO_REGIONS
from beca_core.matching.room import MOST_MATCHES, Room
from beca_core.matching.syntax import latin1_options
from beca_core.rules.refinement import refine
from beca_core.rules.rule import Candidate, entropy
from beca_core.rules.scanner import Match, in_order
from beca_core.sources.limits import NEVER, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import re2

    from beca_core.matching.decoding.search import NestedSearch
    from beca_core.matching.lines import Ranges
    from beca_core.matching.regions import Regions
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner
    from beca_core.sources.limits import Stop

    Find = Callable[[bytes, Ranges, ProblemLog, CallLimit], list[Match]]
    OnError = Callable[[RuleInfo, BaseException], None]


PLUGIN_SECONDS: Final = Limits().plugin_seconds
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
        self._prefilter = Prefilter(patterns, [tuple(scanner.anchors) for _, scanner in scanners], cache=cache)

    @property
    def uncovered(self) -> tuple[Rule, ...]:
        """The rules that the prefilter cannot cover, so that each of them reads every blob."""
        return tuple(rule for index, rule in enumerate(self._patterns) if index in self._prefilter.uncovered)

    def find(self, data: bytes, log: ProblemLog, stop: Stop | None = None) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates.

        Args:
            data: The blob.
            log: Counts the plugins that fail, and the matches beyond `MOST_MATCHES` of a rule.
            stop: When to end. If its reason is `timeout` afterwards, the matches may be only a part of all.
        """
        stop = stop or NEVER
        regions = self._prefilter.find(data, stop)
        if regions is NO_REGIONS:
            return []  # as in most texts
        limit = CallLimit(self._plugin_seconds, stop)
        found = self._matches_in(regions, log, limit, data)
        if not regions.forms and not regions.literal_spans:
            return found
        return self._nested_search.matches(data, found, regions, partial(self._find_plain, log, limit), log, stop)

    def _find_plain(self, log: ProblemLog, limit: CallLimit, data: bytes) -> tuple[list[Match], Regions]:
        """Return the matches in a text as it is, and what the prefilter reports about it."""
        regions = self._prefilter.find(data, limit.stop)
        return self._matches_in(regions, log, limit, data), regions

    def _matches_in(self, regions: Regions, log: ProblemLog, limit: CallLimit, data: bytes) -> list[Match]:
        if not regions.ranges:
            return []
        find = self._find
        found = [match for index, ranges in regions.ranges.items() for match in find[index](data, ranges, log, limit)]
        return in_order(dict.fromkeys(found))

    @cached_property
    def _nested_search(self) -> NestedSearch:
        """Loaded when the prefilter first reports something: most texts need no decoder."""
        from beca_core.matching.decoding.peek import Peek
        from beca_core.matching.decoding.search import NestedSearch

        peek = Peek(self._prefilter.reports_anything, self._prefilter.most_digits)
        return NestedSearch({rule_id: rule.confidence for rule_id, rule in self.rules.items()}, peek=peek)

    def _match(
        self, matcher: RuleMatcher, data: bytes, ranges: Ranges, log: ProblemLog, limit: CallLimit
    ) -> list[Match]:
        return matcher.matches(data, ranges, partial(self._rule_failed, log), limit, log)

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
    ) -> list[Match]:
        found: list[Match] = []
        room = Room(log)
        own_rules = {rule.id for rule in scanner.rules}
        name = type(scanner).__name__
        try:
            for match in scan(data, limit):
                if limit.stop.step(_MATCH_STEPS, GRACE_SECONDS):
                    break
                if not _is_match(match, own_rules, len(data)):
                    log.add(plugin, f"scanner {name} gave a match that is not valid")
                elif match.rule_id in self.rules and room.takes(match.rule_id):
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
        log: ProblemLog | None = None,
    ) -> list[Match]:
        """Return the rule's matches, each span once.

        Args:
            data: The blob.
            ranges: Where the prefilter reported something.
            on_error: Called with the rule and the exception if a check raises or returns something invalid. Only that
                match is lost, or all of them if the checks run in another process which gives no result.
            limit: When to end, and the time of checks that run in another process; None: as for one text.
            log: Counts the matches beyond the first `MOST_MATCHES`; None: nothing does.
        """
        limit = limit or CallLimit(PLUGIN_SECONDS)
        found: dict[tuple[int, int], Match] = {}
        unlisted = 0
        for refined in self._refined(self._candidates(data, ranges, limit.stop), on_error, limit):
            span = refined.begin, refined.end
            if len(found) < MOST_MATCHES:
                found.setdefault(span, self._match(refined))
            elif span not in found:
                unlisted += 1
        if unlisted and log is not None:
            log.add_unlisted(self.rule.id, unlisted)
        return list(found.values())

    def _candidates(self, data: bytes, ranges: Ranges, stop: Stop) -> Iterator[Candidate]:
        for number, spans in enumerate(self._pattern.occurrences(data, ranges, self._memo, stop)):
            if stop.step(_MATCH_STEPS, GRACE_SECONDS) or (number == 0 and not self._has_keyword(data)):
                return
            yield Candidate(data, *spans["secret"], self.rule.confidence, spans)

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

    def _match(self, refined: Candidate) -> Match:
        confidence = refined.confidence if refined.confidence is not self.rule.confidence else None
        return Match(refined.begin, refined.end, self.rule.id, confidence)

    def _has_keyword(self, data: bytes) -> bool:
        return self._keywords is None or self._keywords.search(data) is not None


def _any_of(words: tuple[str, ...]) -> re2._Regexp[bytes]:
    """Compile a search for any of some words, in any letter case."""
    import re2

    return re2.compile(f"(?i){'|'.join(map(re2.escape, words))}".encode(), latin1_options())
