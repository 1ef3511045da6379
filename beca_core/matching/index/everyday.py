"""Everyday words: literals that most source code holds, such as `key` and `token`.

They are looked for in four steps: whether a content holds one of them at all; if so, whether a match may go on after
any of them (`tails`); if so, where they are; and then RE2 is asked about all of these places at once where a match may
go on, by one expression for all words. A content in which the words are dense is searched by RE2 alone.

What counts as an everyday word decides how fast a scan is. It decides what is found in encoded text only, since the
encoded forms of these words are not looked for.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from beca_core.matching.index.literal_index import GRACE_SECONDS, Expression, LiteralIndex
from beca_core.matching.index.tail_gate import TAIL_REACH, TailGate
from beca_core.matching.index.tails import CUT, TAIL_BYTES
from beca_core.matching.patterns.literals import LONGEST
from beca_core.matching.patterns.syntax import options_of_many

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import re2

    from beca_core.matching.index.words import Use, Word
    from beca_core.matching.lines import Span
    from beca_core.matching.regions import RangesByIndex
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.sources.limits import Stop

Place: TypeAlias = "tuple[int, int]"
"""The number of a word, and the offset of its end."""

_FEW_PLACES: Final = 256
_FEW_PLACES_TO_LOOK_AT: Final = 16
_BYTES_A_PLACE: Final = 512
"""Where everyday words are closer together than this, searching with RE2 takes less time than looking at each one."""
_MOST_TOGETHER: Final = 64
_BETWEEN_CLIPS: Final = CUT + b"\x00\xfe\x00"
_BYTES_A_STEP: Final = 64
_MOST_KNOWN: Final = 1024


class WordGroup(NamedTuple):
    """Rules of everyday words that share two expressions.

    Args:
        uses: The rules, by the number of their word.
        in_text: Finds in a text where a match may begin with one of the words.
        in_clips: Finds it in clips of a text, at the beginning of each.
    """

    uses: Mapping[int, Sequence[Use]]
    in_text: re2._Regexp[bytes]
    in_clips: re2._Regexp[bytes]


class EverydayIndex:
    """Finds the places of everyday words at which a rule may match. Shared between threads.

    Args:
        words: The words, each with at least one use.
        cache: Where the database is cached; None: nowhere.
    """

    def __init__(self, words: Sequence[Word], cache: RuleCache | None = None) -> None:
        self._words = words
        self._cache = cache

    def prepare(self) -> None:
        """Load the database, and compile the expressions."""
        self._index, self._groups, self._gate  # noqa: B018 - cached properties

    def find(self, data: bytes, sighted: RangesByIndex, stop: Stop, only: frozenset[int] | None = None) -> None:
        """Record where rules may match in a text that holds some of the words; None: all rules."""
        passing, ends = self._gate.passing(data)
        passing = passing if only is None else only.intersection(passing)
        if not passing:
            return
        if ends is not None:
            self._look(data, self._places_before(data, ends, stop), sighted, passing)
            return
        places: list[Place] = []
        most = _FEW_PLACES + len(data) // _BYTES_A_PLACE
        if self._index.scan(data, _record_place, (places, most), stop):
            self._look(data, places, sighted, passing)
        elif len(places) >= most:
            self._search(data, sighted, stop, passing)

    def _places_before(self, data: bytes, ends: list[int], stop: Stop) -> list[Place]:
        """Return the places of words that are so close before some offsets that a tail may end there."""
        places: list[Place] = []
        windows: list[Span] = []
        for end in sorted(ends):
            begin = max(end - TAIL_REACH, 0)
            if windows and begin <= windows[-1][1]:
                begin = windows.pop()[0]
            windows.append((begin, end))
        for begin, end in windows:
            of_window: list[Place] = []
            self._index.scan(data[begin:end], _record_place, (of_window, len(data)), stop)
            places += ((number, begin + at) for number, at in of_window)
        return places

    def _look(self, data: bytes, places: list[Place], sighted: RangesByIndex, passing: Collection[int]) -> None:
        """Record which of some places pass."""
        if len(places) <= _FEW_PLACES_TO_LOOK_AT:  # the expressions of the groups take longer to compile
            for number, end in places:
                _record_uses(self._words[number].uses, data, end, sighted, passing)
            return
        sizes, always = self._sizes, self._always
        if always:
            for number, end in places:
                _record_uses(always.get(number, ()), data, end, sighted, passing)
        clips = [data[end - sizes[number] : end + TAIL_BYTES] for number, end in places]
        text = _BETWEEN_CLIPS.join((b"", *clips, b""))
        begins: list[int] = []
        for group in self._groups:
            at = 0
            while (found := group.in_clips.search(text, at)) is not None:
                at = found.start() + 1
                begins = begins or [*accumulate((len(clip) + len(_BETWEEN_CLIPS) for clip in clips), initial=0)]
                number, end = places[bisect_right(begins, found.start()) - 1]
                _record_uses(group.uses.get(number, ()), data, end, sighted, passing)

    def _search(self, data: bytes, sighted: RangesByIndex, stop: Stop, passing: Collection[int]) -> None:
        """Record the places that pass in a text that has many of them."""
        for group in (*self._groups, *self._groups_of_always):
            if not any(use.rule in passing for of_word in group.uses.values() for use in of_word):
                continue
            at = 0
            known: dict[tuple[int, bytes], list[Use]] = {}
            while (found := group.in_text.search(data, at)) is not None:
                begin = found.start()
                for size, of_size in self._by_size.items():
                    for number in of_size.get(data[begin : begin + size].lower(), ()):
                        if number in group.uses:
                            end = begin + size
                            for rule, _, before, after in _that_pass(group.uses[number], data, end, number, known):
                                if rule in passing:
                                    sighted.add(rule, end - before, end + after)
                if stop.step(1 + (begin - at) // _BYTES_A_STEP, GRACE_SECONDS):
                    return
                at = begin + 1

    @cached_property
    def _index(self) -> LiteralIndex:
        return LiteralIndex(
            lambda: [Expression(word.text, number, once=False) for number, word in enumerate(self._words)],
            ("everyday", *(word.text for word in self._words)),
            LONGEST,
            self._cache,
        )

    @cached_property
    def _gate(self) -> TailGate:
        return TailGate([(word.text, _tail(use), use.rule) for word in self._words for use in word.uses], self._cache)

    @cached_property
    def _sizes(self) -> list[int]:
        return [len(word.literal) for word in self._words]

    @cached_property
    def _by_size(self) -> dict[int, dict[bytes, list[int]]]:
        """The numbers of the words, by their length and by the word in lower case."""
        found: dict[int, dict[bytes, list[int]]] = {}
        for number, word in enumerate(self._words):
            text = bytes(map(max, word.literal)).lower()
            found.setdefault(len(text), {}).setdefault(text, []).append(number)
        return found

    @cached_property
    def _always(self) -> dict[int, list[Use]]:
        """The uses of which no tail is known, by the number of their word."""
        unknown = {number: [use for use in word.uses if _tail(use) is None] for number, word in enumerate(self._words)}
        return {number: uses for number, uses in unknown.items() if uses}

    @cached_property
    def _groups(self) -> list[WordGroup]:
        """The other uses, a limited number in each group."""
        known = [
            (number, use, text)
            for number, word in enumerate(self._words)
            for use in word.uses
            if (text := _tail(use)) is not None
        ]
        return [self._group(known[at : at + _MOST_TOGETHER]) for at in range(0, len(known), _MOST_TOGETHER)]

    @cached_property
    def _groups_of_always(self) -> list[WordGroup]:
        return [self._group([(number, use, "") for use in uses]) for number, uses in self._always.items()]

    def _group(self, members: Sequence[tuple[int, Use, str]]) -> WordGroup:
        uses: dict[int, list[Use]] = {}
        tails: dict[int, dict[str, None]] = {}
        for number, use, text in members:
            uses.setdefault(number, []).append(use)
            tails.setdefault(number, {})[text] = None
        heads = {number: self._words[number].text for number in uses}
        either = "|".join(f"{heads[number]}(?:{'|'.join(texts)})" for number, texts in tails.items())
        words_alone = "|".join(heads.values())
        mark = "".join(f"\\x{byte:02x}" for byte in _BETWEEN_CLIPS)
        return WordGroup(
            uses,
            _compiled(f"(?:{either})", f"(?:{words_alone})"),
            _compiled(f"{mark}(?:{either})", f"{mark}(?:{words_alone})"),
        )


def _tail(use: Use) -> str | None:
    return None if use.pattern is None else use.pattern.tail


def _compiled(expression: str, simpler: str) -> re2._Regexp[bytes]:
    """Compile an expression, or the simpler one, which finds more, if RE2 refuses it because of its size."""
    import re2

    options = options_of_many()
    try:
        return re2.compile(expression.encode("ascii"), options)
    except re2.error:
        return re2.compile(simpler.encode("ascii"), options)


def _record_place(number: int, _begin: int, end: int, _flags: int, context: Any) -> bool:
    (places, most), offset, _ = context
    places.append((number, end + offset))
    return bool(len(places) >= most)


def _that_pass(
    uses: Sequence[Use], data: bytes, end: int, number: int, known: dict[tuple[int, bytes], list[Use]]
) -> list[Use]:
    """Return the uses of a word that may match after it; in a text that has many of them, the same often follows."""
    key = number, data[end : end + TAIL_BYTES]
    found = known.get(key)
    if found is None:
        if len(known) >= _MOST_KNOWN:
            known.clear()
        found = [use for use in uses if use.pattern is None or use.pattern.tail_may_follow(data, end)]
        known[key] = found
    return found


def _record_uses(uses: Sequence[Use], data: bytes, end: int, sighted: RangesByIndex, passing: Collection[int]) -> None:
    for rule, pattern, before, after in uses:
        if rule in passing and (pattern is None or pattern.tail_may_follow(data, end)):
            sighted.add(rule, end - before, end + after)
