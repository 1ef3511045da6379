"""Rules that are located by what is near their secret, words or a companion: their patterns are searched first.

`token` is in most source code, and 32 hexadecimal digits are not. Where a content has such a word, one expression for a
group of patterns says in which of its lines one of them may match, and only there the words are looked for. Escapes are
such places too, since what matches may be among them.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import hyperscan

from beca_core.matching.index.gated import unnamed
from beca_core.matching.index.literal_index import GRACE_SECONDS, Expression, LiteralIndex
from beca_core.matching.lines import PIECE_IN_MATCHES, WINDOW_BYTES, pieces_cut_short
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.patterns.syntax import options_of_many
from beca_core.rules.rule import WHOLE_IN_MATCHES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import re2

    from beca_core.matching.patterns.locating import RuleLocation
    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.matching.regions import RangesByIndex
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.rule import Rule
    from beca_core.sources.limits import Stop

_MOST_TOGETHER: Final = 64
_BYTES_A_STEP: Final = 64
_LINE_END: Final = 0x0A
_LINE_BYTES: Final = 2048
"""How much of a line is looked at on each side of a place."""
_MOST_GATED: Final = 4 * 1024 * 1024
"""In bytes: of a larger content, not every line in which something may match is kept in memory."""
_MOST_REMEMBERED: Final = 4_000
"""Surroundings of lines, each up to twice the greatest distance of a word."""
AMONG_ESCAPES: Final = -1
"""Stands for each of the rules."""
_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\[ux]"


class NearbyPlaces(NamedTuple):
    """What must be around the place of a rule.

    Args:
        words: Of these, in lower case, one is near.
        before: How far before the end of a word the secret can be, in bytes.
        after: How far after it.
        longest: Bytes of the longest word.
    """

    words: tuple[bytes, ...]
    before: int
    after: int
    longest: int

    def are_at(self, data: bytes, first: int, last: int) -> bool:
        """Return whether one of the words may be near something within a range of offsets, both ends included."""
        text = data[max(first - self.after - self.longest, 0) : last + self.before].lower()
        for word in self.words:  # noqa: SIM110 - a generator takes three times as long
            if word in text:
                return True
        return False


class NearbyRules:
    """Says where such rules may match. Shared between threads.

    Args:
        rules: The rules, by index, each with what locates it; `can_be_searched_first` is true of each.
        cache: Where the database of their patterns is cached; None: nowhere.

    Attributes:
        all: The indexes of the rules.
    """

    def __init__(self, rules: Mapping[int, tuple[Rule, RuleLocation]], cache: RuleCache | None = None) -> None:
        by_size: dict[int, list[int]] = {}
        for index, (rule, _) in rules.items():
            by_size.setdefault(rule.max_bytes, []).append(index)
        self._groups = [
            NearbyGroup({index: rules[index] for index in indexes[at : at + _MOST_TOGETHER]}, size)
            for size, indexes in by_size.items()
            for at in range(0, len(indexes), _MOST_TOGETHER)
        ]
        self._rules = {index: rule for index, (rule, _) in rules.items()}
        self._surroundings = {index: _surroundings(location) for index, (_, location) in rules.items()}
        self.all: Final = frozenset(rules)
        self._near: dict[tuple[bytes, frozenset[int], int], tuple[int, ...]] = {}
        self._grouped: dict[frozenset[int], tuple[list[tuple[NearbyPlaces, list[int]]], NearbyPlaces]] = {}
        self._cache = cache

    def alone(self, rule: int) -> NearbyRules:
        """Return one of which RE2 searches for one rule only; it shares the database."""
        if self._surroundings:
            self._gate, self._rules_of, self._furthest_before, self._furthest_after  # noqa: B018 - the copy shares them
        one = copy(self)
        one._groups = [group for each in self._groups if (group := each.alone(rule)) is not None]
        return one

    def find(
        self, data: bytes, present: Collection[int], sighted: RangesByIndex, stop: Stop, *, unbounded: bool = False
    ) -> None:
        """Record where some rules may match.

        Args:
            data: The content.
            present: The rules of which a word is in it.
            sighted: Where the ranges are recorded.
            stop: When to end.
            unbounded: Whether that is also recorded of what only a boundary excludes.
        """
        if unbounded or self._gate is None or len(data) > _MOST_GATED or _has_long_line(data):
            for group in self._groups:
                group.find(data, present, sighted, stop, unbounded=unbounded)
            return
        for end, rules in self.in_lines(data, stop).items():
            if concerned := (self.all if AMONG_ESCAPES in rules else rules).intersection(present):
                self.record(data, data.rfind(b"\n", 0, end) + 1, end, concerned, sighted)

    def in_lines(self, data: bytes, stop: Stop) -> dict[int, frozenset[int]]:
        """Return the rules that would match in some lines if their words were near.

        Args:
            data: The lines, each short.
            stop: When to end.

        Returns:
            The indexes of the rules, by the offset of a line end after a line or within the padding after the text, and
            `AMONG_ESCAPES` where escapes are: what matches may be among them.
        """
        found: dict[int, frozenset[int]] = {}
        if self._surroundings:
            if self._gate is None:
                every = self.all | {AMONG_ESCAPES}
                return dict.fromkeys((at for at, byte in enumerate(data + b"\n") if byte == _LINE_END), every)
            self._gate.scan(data, _add_line, (found, data, self._rules_of), stop)
        return found

    def record(self, data: bytes, begin: int, end: int, rules: frozenset[int], sighted: RangesByIndex) -> None:
        """Record the rules that may match in a line of a content, because one of their words is near.

        Args:
            data: The content.
            begin: Where the line begins.
            end: Where it ends.
            rules: The indexes of the rules that would match if it is.
            sighted: Where the ranges are recorded.
        """
        text = data[max(begin - self._furthest_after, 0) : end + self._furthest_before]
        key = text, rules, min(begin, self._furthest_after)
        near = self._near.get(key)
        if near is None:
            if len(self._near) > _MOST_REMEMBERED:
                self._near = {}
            near = self._near[key] = self._that_are_near(data, begin, end, rules)
        for rule in near:
            sighted.add(rule, begin + 1, end + 1)

    def _that_are_near(self, data: bytes, begin: int, end: int, rules: frozenset[int]) -> tuple[int, ...]:
        by_place, any_of = self._by_place(rules)
        if len(by_place) > 1 and not any_of.are_at(data, begin + 1, end + 1):
            return ()
        return tuple(
            rule for around, of_place in by_place if around.are_at(data, begin + 1, end + 1) for rule in of_place
        )

    def _by_place(self, rules: frozenset[int]) -> tuple[list[tuple[NearbyPlaces, list[int]]], NearbyPlaces]:
        """Return what must be around which of some rules, and all of that as one."""
        known = self._grouped.get(rules)
        if known is None:
            if len(self._grouped) > _MOST_REMEMBERED:
                self._grouped = {}
            by_place: dict[NearbyPlaces, list[int]] = {}
            for rule in sorted(rules):
                by_place.setdefault(self._surroundings[rule], []).append(rule)
            known = self._grouped[rules] = [*by_place.items()], _any_of(list(by_place))
        return known

    @cached_property
    def _furthest_after(self) -> int:
        return max(each.after + each.longest for each in self._surroundings.values()) + 1

    @cached_property
    def _furthest_before(self) -> int:
        return max(each.before for each in self._surroundings.values()) + 1

    @cached_property
    def _gate(self) -> LiteralIndex | None:
        """Reports where one of the patterns matches, faster than RE2 does; None: Hyperscan refuses them."""
        expressions = [Expression(text, number, once=False) for number, text in enumerate(self._texts)]
        try:
            return LiteralIndex(lambda: expressions, ("nearby", *self._texts), _LINE_BYTES, self._cache)
        except hyperscan.HyperscanError:
            return None

    @cached_property
    def _texts(self) -> dict[str, frozenset[int]]:
        """The expressions of the gate, each with the rules that may match where it does."""
        found: dict[str, frozenset[int]] = {_ESCAPE: frozenset((AMONG_ESCAPES,))}
        for index, rule in self._rules.items():
            for pattern in checked_patterns(rule):
                text = unnamed(pattern).decode("ascii")
                found[text] = found.get(text, frozenset()) | {index}
        return found

    @cached_property
    def _rules_of(self) -> list[frozenset[int]]:
        return list(self._texts.values())


def _has_long_line(data: bytes) -> bool:
    begin = 0
    while begin + _LINE_BYTES <= len(data):
        end = data.rfind(b"\n", begin, begin + _LINE_BYTES)
        if end < 0:
            return True
        begin = end + 1
    return False


def _add_line(number: int, _begin: int, end: int, _flags: int, context: Any) -> bool:
    """Record the rules of an event. Return True to end the scan."""
    (found, data, rules_of), offset, stop = context
    if stop.step(1, GRACE_SECONDS):
        return True
    line_end = data.find(b"\n", end + offset - 1)
    if line_end < 0:
        line_end = len(data)
    rules = found.get(line_end)
    found[line_end] = rules_of[number] if rules is None else rules | rules_of[number]
    return False


def can_be_searched_first(rule: Rule) -> bool:
    """Return whether the patterns of a rule match in a whole content wherever they match in a line of it."""
    return not rule.multiline and not any(r"\z" in text for text in rule.patterns)


class NearbyGroup:
    """Rules that share an expression, which RE2 compiles at its first use.

    Args:
        rules: The rules, by index, each with what locates it.
        max_bytes: `max_bytes` of all of them.
    """

    def __init__(self, rules: Mapping[int, tuple[Rule, RuleLocation]], max_bytes: int) -> None:
        self._rules = rules
        self._patterns: list[Pattern] = [each for rule, _ in rules.values() for each in checked_patterns(rule)]
        self._surroundings: dict[NearbyPlaces, list[int]] = {}
        for index, (_, location) in rules.items():
            self._surroundings.setdefault(_surroundings(location), []).append(index)
        self._max_bytes = max_bytes

    def alone(self, rule: int) -> NearbyGroup | None:
        """Return the group of one rule; None: it is not in this one."""
        return NearbyGroup({rule: self._rules[rule]}, self._max_bytes) if rule in self._rules else None

    def find(
        self, data: bytes, present: Collection[int], sighted: RangesByIndex, stop: Stop, *, unbounded: bool
    ) -> None:
        """Record where the rules may match; see `NearbyRules.find`."""
        concerned = [
            (around, indexes)
            for around, of_them in self._surroundings.items()
            if (indexes := [index for index in of_them if index in present])
        ]
        if not concerned:
            return
        any_of = _any_of([around for around, _ in concerned])
        for at in self._places(data, self._unbounded if unbounded else self._bounded, stop):
            first, last, reach = self._line(data, at)
            for around, indexes in concerned if any_of.are_at(data, first, reach) else ():
                if around.are_at(data, first, reach):
                    for index in indexes:
                        sighted.add(index, first, last)

    def _places(self, data: bytes, expression: re2._Regexp[bytes] | None, stop: Stop) -> Iterator[int]:
        """Yield the offset of the first match, or of an escape, after each stretch that `_line` returns."""
        at, overlap = 0, PIECE_IN_MATCHES * self._max_bytes
        while at < len(data):
            begin = at
            if expression is not None:
                found = expression.search(data, at, at + WINDOW_BYTES + overlap)
                begin = -1 if found is None else found.start()
            end = begin if begin >= 0 else at + WINDOW_BYTES
            if stop.step(1 + (end - at) // _BYTES_A_STEP, GRACE_SECONDS):
                return
            if begin < 0:
                at = end
            else:
                yield begin
                at = max(self._line(data, begin)[1] - 1, begin + 1)  # a line end may begin the next match
        if expression is not None and self._sees_ends:
            for begin, end, _ in pieces_cut_short(data, self._max_bytes, multiline=False):
                first = max(begin - 1, 0)
                if stop.step(1 + overlap // _BYTES_A_STEP, GRACE_SECONDS):
                    return
                if (found := expression.search(data[first:end], max(begin, 0) - first)) is not None:
                    yield found.start() + first

    def _line(self, data: bytes, at: int) -> tuple[int, int, int]:
        """Return the first and the last offset of the line around a place, and how far a match there may reach."""
        first = at  # a match that begins with a line end is in the line after it
        if data[at] != _LINE_END:
            first = data.rfind(b"\n", max(at - _LINE_BYTES, 0), at) + 1 or max(at - _LINE_BYTES, 0)
        end = data.find(b"\n", at + 1, at + _LINE_BYTES)
        if end >= 0:
            return first + 1, end + 1, end + 1
        last = min(at + _LINE_BYTES, len(data))
        return first + 1, last, last + WHOLE_IN_MATCHES * self._max_bytes

    @cached_property
    def _sees_ends(self) -> bool:
        return any(pattern.sees_ends for pattern in self._patterns)

    @cached_property
    def _bounded(self) -> re2._Regexp[bytes] | None:
        return _expression(self._patterns)

    @cached_property
    def _unbounded(self) -> re2._Regexp[bytes] | None:
        return _expression([pattern.without_boundary for pattern in self._patterns])


def _expression(patterns: Sequence[Pattern]) -> re2._Regexp[bytes] | None:
    """Return an expression for all of some patterns, and for escapes; None: RE2 refuses it because of its size."""
    import re2

    options = options_of_many()
    try:
        return re2.compile(b"|".join((*dict.fromkeys(map(unnamed, patterns)), _ESCAPE.encode())), options)
    except re2.error:
        return None


def _any_of(several: Sequence[NearbyPlaces]) -> NearbyPlaces:
    words = dict.fromkeys(word for each in several for word in each.words)
    before, after = max(each.before for each in several), max(each.after for each in several)
    return NearbyPlaces(tuple(words), before, after, max(map(len, words)))


def _surroundings(location: RuleLocation) -> NearbyPlaces:
    words = sorted({bytes(map(max, literal)).lower() for literal in location.literals})
    return NearbyPlaces(tuple(words), location.before, location.after, max(map(len, words)))
