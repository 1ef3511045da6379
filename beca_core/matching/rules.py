"""`RuleScanner`: any number of declarative rules as one scanner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import re2

from beca_core.matching.confirm import compile_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.refine import refine
from beca_core.matching.syntax import latin1_options
from beca_core.rules import Candidate
from beca_core.scanner import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from beca_core.matching.windows import Sightings
    from beca_core.rules import Rule, RuleInfo

    OnError = Callable[[RuleInfo, BaseException], None]


class RuleScanner:
    """Match rules: a prefilter over all of them at once, then each that it saw something of.

    Immutable, and shared between threads. What it finds is a function of the data alone.

    Args:
        rules: The rules.

    Raises:
        InvalidRule: If a pattern cannot be used; with the rule's id and the reason.
    """

    anchors: Final[tuple[bytes, ...]] = ()

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._matchers = tuple(_Matcher(rule) for rule in rules)
        self._prefilter = Prefilter([matcher.rule for matcher in self._matchers])

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules, in the order in which they were given."""
        return tuple(matcher.rule for matcher in self._matchers)

    @property
    def uncovered(self) -> tuple[RuleInfo, ...]:
        """Rules that the prefilter cannot take, so that each of them reads every blob."""
        return tuple(self._matchers[index].rule for index in sorted(self._prefilter.uncovered))

    def scan(self, data: bytes) -> Iterable[Match]:
        """Return the matches in a blob, sorted.

        Raises:
            Exception: Whatever a rule's check raises.
        """
        return self.find(data, _raise)

    def find(self, data: bytes, on_error: OnError) -> list[Match]:
        """Return the matches in a blob, sorted, each (rule, span) once.

        Args:
            data: The blob.
            on_error: Called with the rule and the exception where a check raises or returns nonsense, which
                costs that one match.
        """
        seen = self._prefilter.scan(data)
        if not seen:
            return []
        found: dict[tuple[int, int, str], Match] = {}
        for index, sightings in seen.items():
            for match in self._matchers[index].matches(data, sightings, on_error):
                found.setdefault((match.begin, match.end, match.rule_id), match)
        return [match for _, match in sorted(found.items())]


class _Matcher:
    """One rule, ready to match."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._pattern = compile_pattern(rule)
        self._keywords = _any_of(rule.keywords) if rule.keywords else None

    def matches(self, data: bytes, sightings: Sightings, on_error: OnError) -> Iterator[Match]:
        """Yield the rule's matches where the prefilter saw something."""
        rule = self.rule
        if self._keywords is not None and self._keywords.search(data) is None:
            return
        for spans in self._pattern.occurrences(data, sightings):
            candidate = Candidate(data, *spans["secret"], rule.confidence, spans)
            try:
                refined = refine(rule, candidate)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - checks are a plugin's code
                on_error(rule, error)
                continue
            if refined is not None:
                confidence = refined.confidence if refined.confidence is not rule.confidence else None
                yield Match(refined.begin, refined.end, rule.id, confidence)


def _any_of(words: tuple[str, ...]) -> re2._Regexp[bytes]:
    """Compile a search for any of some words, in any letter case."""
    return re2.compile(f"(?i){'|'.join(map(re2.escape, words))}".encode(), latin1_options())


def _raise(_rule: RuleInfo, error: BaseException) -> None:
    raise error
