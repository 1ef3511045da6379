"""Sightings: what the first pass of the prefilter has seen of a content, or of some lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from beca_core.matching.decoding.forms import KIND_STRIDE
from beca_core.matching.index.encoded import add_form
from beca_core.matching.index.literal_index import GRACE_SECONDS
from beca_core.matching.regions import RangesByIndex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.matching.index.encoded import Forms
    from beca_core.matching.index.words import Word
    from beca_core.matching.lines import Ranges


class Marks(NamedTuple):
    """What there is in some lines.

    Args:
        ranges: Where rules may match, by index.
        near: By the offset after a line, the rules that may match in it if something is near.
        apart: Words of which more hangs than what matches in the line, each with the offset of its end; of some words
            only one place is reported.
    """

    ranges: Mapping[int, Ranges]
    near: Mapping[int, frozenset[int]]
    apart: Sequence[tuple[int, int]]


class LiveLine(NamedTuple):
    """What is known about a line that is not dead.

    Args:
        marks: Where rules may match: the index of each, and a range of offsets from the beginning of the line, as in
            `Ranges`.
        beyond: The words of rules that look beyond the line, each with the offset of its end: whether a rule may match
            there depends on the content.
        near: Indexes of the rules that may match in it if something is near.
        present: Indexes of the rules and scanners that run on all of a content that has the line.
    """

    marks: tuple[tuple[int, int, int], ...] = ()
    beyond: tuple[tuple[Word, int], ...] = ()
    near: frozenset[int] = frozenset()
    present: frozenset[int] = frozenset()


class Sightings:
    """What the pass over one content has seen so far.

    Args:
        words: The words, by number.
        data: The content.
        ranges: Where ranges are collected; None: in a new `RangesByIndex`.

    Attributes:
        ranges: Ranges of offsets where rules may match, by index.
        present: Indexes of the rules and scanners that run on the whole content.
        forms: Offsets after encoded forms, by kind, if the pass has looked for them.
        everyday: Whether there is an everyday word.
        nearby: Indexes of the rules that are searched first.
    """

    __slots__ = ("data", "everyday", "forms", "nearby", "present", "ranges", "words")

    def __init__(self, words: Sequence[Word], data: bytes, ranges: RangesByIndex | None = None) -> None:
        self.words = words
        self.data = data
        self.ranges = RangesByIndex() if ranges is None else ranges
        self.forms: Forms = {}
        self.present: set[int] = set()
        self.everyday = False
        self.nearby: set[int] = set()

    @property
    def is_anything(self) -> bool:
        """Whether there is anything that is worth searching."""
        return bool(self.ranges or self.present or self.forms)

    def add(self, word: Word, end: int) -> None:
        """Add a word that ends at an offset, unless the bytes after it show that no rule matches there."""
        if word.present:
            self.present.update(word.present)
        if word.nearby:
            self.nearby.update(word.nearby)
        if word.is_everyday:
            self.everyday = self.everyday or bool(word.uses)
            return
        for gate in word.gates:
            if gate.may_be_open(self.data, end):
                for rule, before, after in gate.spans:
                    self.ranges.add(rule, end - before, end + after)

    def add_in_match(self, word: Word, end: int) -> None:
        """Add a word that ends at an offset for the rules of whose matches it is a part."""
        if word.is_everyday:
            self.everyday = self.everyday or bool(word.uses)
            return
        for rule, pattern, before, after in word.uses:
            if pattern is not None and not pattern.multiline and pattern.may_follow(self.data, end):
                self.ranges.add(rule, end - before, end + after)

    def add_beyond(self, word: Word, end: int) -> None:
        """Add a word that ends at an offset for the rules that look beyond its line."""
        for use in word.uses:
            if not use.looks_beyond:
                continue
            if use.pattern is not None:
                follows = use.pattern.tail_may_follow if word.is_everyday else use.pattern.may_follow
                if not follows(self.data, end):
                    continue
            self.ranges.add(use.rule, end - use.before, end + use.after)


def record_mark(number: int, _begin: int, end: int, _flags: int, context: Any) -> bool:
    """Record an event in some lines. Return True to end the scan."""
    (sightings, apart, words_apart), offset, stop = context
    if stop.step(1, GRACE_SECONDS):
        return True
    if number < len(sightings.words):
        if number in words_apart:
            apart.append((number, end + offset))
        sightings.add_in_match(sightings.words[number], end + offset)
    return False


def record(number: int, _begin: int, end: int, _flags: int, context: Any) -> bool:
    """Record an event. Return True to end the scan."""
    (seen, words, data), offset, stop = context
    if stop.step(1, GRACE_SECONDS):
        return True
    if not seen:
        seen.append(Sightings(words, data))
    if number < len(words):
        seen[0].add(words[number], end + offset)
    else:
        add_form(seen[0].forms, number % KIND_STRIDE, end + offset)
    return False
