"""The prefilter: a few passes of Hyperscan over a blob report which rules and scanners must run, and about where.

It never misses a match, but may report places without one; RE2 confirms. Of each rule it looks for the literals of its
patterns. If they have none, it looks for words that must be near, or for a companion, and reports what is around them
(`locating`). A rule that has only keywords is searched in the whole blob if one of them occurs there. A rule without
keywords too is `uncovered`: it reads every blob. Of each scanner the prefilter looks for the anchors.

The first pass looks for each distinct literal, and of the everyday words only says which are there; these have a pass
of their own where needed. Encoded forms have one too, unless they are few.
"""

from __future__ import annotations

import re
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.forms import KIND_STRIDE, most_digits
from beca_core.matching.index.encoded import EncodedIndex
from beca_core.matching.index.everyday import EverydayIndex
from beca_core.matching.index.gated import GatedRules
from beca_core.matching.index.literal_index import PADDING, Expression, LiteralIndex
from beca_core.matching.index.nearby import NearbyRules
from beca_core.matching.index.sightings import LiveLine, Marks, Sightings, record, record_mark
from beca_core.matching.index.tails import TAIL_BYTES
from beca_core.matching.index.word_table import picked, word_table
from beca_core.matching.index.words import Word
from beca_core.matching.patterns.follow_sets import MOST_BYTES
from beca_core.matching.patterns.literals import LONGEST
from beca_core.matching.patterns.locating import located_by
from beca_core.matching.regions import NO_REGIONS, ExactRanges, Regions
from beca_core.matching.versions.new_parts import ENCODED, REPORTED, new_text
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core.matching.index.encoded import Forms
    from beca_core.matching.index.word_table import WordTable
    from beca_core.matching.lines import Ranges, Span
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.rule import Rule
    from beca_core.sources.limits import Stop
    from beca_core.sources.novelty import Novelty


_MANY_CONTENTS: Final = 256
_LONGEST_SPLIT: Final = 64
"""In bytes: no encoded form that a line end may divide is longer."""

_NO_USES: Final = Word((), "")


class Prefilter:
    """Look for many rules and scanners at once. Shared between threads.

    Args:
        rules: Rules that `checked_patterns` accepts; their indexes count from 0.
        anchors: The anchors of each scanner; their indexes follow those of the rules.
        cache: Where the compiled databases are cached; None: nowhere.

    Attributes:
        uncovered: Indexes of the rules and scanners that read every blob, because there is nothing to look for.
        sees_edges: Whether a pattern asks where a content begins or ends.
    """

    def __init__(
        self, rules: Sequence[Rule], anchors: Sequence[tuple[bytes, ...]] = (), *, cache: RuleCache | None = None
    ) -> None:
        table = word_table(rules, anchors, cache)
        words, self._unindexed = table.words, table.unindexed
        anchored = {index: found for index, found in enumerate(anchors, start=len(rules)) if found}
        # Anchors that are too short for the index, or longer than their literal, are compared with the blob itself.
        self._rechecked = {
            index: found
            for index, found in anchored.items()
            if index in self._unindexed or not all(map(_is_exact, found))
        }
        self.uncovered: Final = self._unindexed - anchored.keys()
        self._words = words
        self.sees_edges: Final = table.sees_edges
        self._apart = frozenset(table.apart)
        self._spans_lines = table.spans_lines
        self._only: frozenset[int] | None = None
        self._contents = 0
        self._longest = table.longest
        self._nearby = NearbyRules({index: (rules[index], located_by(rules[index])) for index in table.nearby}, cache)
        self._gated = GatedRules({index: rules[index] for index in table.gated})
        self._everyday = EverydayIndex(picked(words, table.everyday), cache)
        self._encoded = EncodedIndex(table, cache)
        self._index = self._index_of(table, cache)

    def _index_of(self, table: WordTable, cache: RuleCache | None) -> LiteralIndex:
        words, encoded, together = table.words, self._encoded, self._encoded.is_small

        def expressions() -> list[Expression]:
            of_words = [
                Expression(word.text, number, word.is_everyday or not word.uses) for number, word in enumerate(words)
            ]
            first_id = -(-len(words) // KIND_STRIDE) * KIND_STRIDE
            return [*of_words, *encoded.expressions(first_id)] if together else of_words

        basis = table.digest, encoded.basis if together else None
        return LiteralIndex(expressions, basis, max(LONGEST, encoded.longest if together else 0), cache)

    def alone(self, rule: int) -> Prefilter:
        """Return one that reports one rule only; it shares the databases.

        Args:
            rule: The index of the rule.
        """
        one = copy(self)
        one._words = [_NO_USES] * len(self._words)
        for number in self._words_of_rules.get(rule, ()):
            one._words[number] = self._words[number].of_rule(rule)
        one._only = frozenset((rule,))
        one._unindexed = self._unindexed & one._only
        one._nearby = self._nearby.alone(rule)
        return one

    @cached_property
    def _words_of_rules(self) -> dict[int, list[int]]:
        """The numbers of the words of each rule, by its index."""
        found: dict[int, list[int]] = {}
        for number, word in enumerate(self._words):
            for rule in {*(use.rule for use in word.uses), *word.present, *word.nearby}:
                found.setdefault(rule, []).append(number)
        return found

    def prepare(self) -> None:
        """Load the databases and compile the expressions that most contents need."""
        self._words = [*self._words]
        self._everyday.prepare()
        if not self._encoded.is_small:
            self._encoded.prepare()

    def find(
        self, data: bytes, stop: Stop = NEVER, novelty: Novelty | None = None, *, unbounded: bool = False
    ) -> Regions:
        """Return where rules may match and scanners must run; if `stop` ends it, as far as that is known.

        Args:
            data: The text.
            stop: When to end.
            novelty: How the text differs from another one that was looked at before; None: that is not known.
            unbounded: Whether that is also returned of what only the boundary of a rule excludes.
        """
        if novelty is None:
            return self._find(data, stop, unbounded=unbounded)[0]
        new = new_text(data, novelty, REPORTED, self._margin)
        if new is None or self.reports_anything(new, stop):
            regions, has_anything = self._find(data, stop, unbounded=unbounded)
        else:
            regions, has_anything = NO_REGIONS, False
        if not has_anything and not stop.has_cut:
            novelty.verdict.absent |= REPORTED
        return regions

    @property
    def can_judge_lines(self) -> bool:
        """Whether `marks` can say of a line what may match in it; with few rules, that saves no time."""
        return not (self._unindexed or self._encoded.is_small or self._spans_lines)

    def marks(self, data: bytes, stop: Stop) -> Marks:
        """Return what there is in some lines, whatever is around them.

        Args:
            data: The lines, each short.
            stop: When to end.
        """
        sightings = Sightings(self._words, data, ExactRanges())
        apart: list[tuple[int, int]] = []
        self._index.scan(data, record_mark, (sightings, apart, self._apart), stop)
        if sightings.everyday:
            self._everyday.find(data, sightings.ranges, stop)
        return Marks(sightings.ranges.merged(len(data)), self._nearby.in_lines(data, stop), apart)

    @property
    def nearby_rules(self) -> frozenset[int]:
        """Indexes of the rules that are located by what is near."""
        return self._nearby.all

    def is_reported_once(self, word: int) -> bool:
        """Return whether `marks` reports only one place of a word, wherever it is."""
        return self._words[word].is_everyday or not self._words[word].uses

    def word(self, number: int) -> Word:
        """Return the word that `marks` reports apart under a number."""
        return self._words[number]

    def places_apart(self, number: int, end: int, line: bytes) -> list[tuple[Word, int]]:
        """Return where in a line there is a word that `marks` reports apart, if a rule looks beyond the line there.

        Args:
            number: The number of the word.
            end: The offset after a place of it.
            line: The line.
        """
        word = self._words[number]
        if not any(use.looks_beyond for use in word.uses):
            return []
        if not word.is_everyday:
            return [(word, end)]
        places = re.finditer(b"(?=%b)" % word.text.encode("ascii"), line)
        return [(word, place.start() + len(word.literal)) for place in places]

    def regions_of(self, data: bytes, lines: Iterable[tuple[int, int, LiveLine]], stop: Stop) -> Regions:
        """Return the regions of a content of which it is known what is in its lines, but for encoded forms.

        Args:
            data: The content.
            lines: Where its live lines begin and end, and what is known about them.
            stop: When to end.
        """
        sightings = Sightings(self._words, data)
        for begin, end, line in lines:
            for rule, first, last in line.marks:
                sightings.ranges.add(rule, begin + first, begin + last)
            for word, at in line.beyond:
                sightings.add_beyond(word, begin + at)
            if line.near:
                self._nearby.record(data, begin, end, line.near, sightings.ranges)
            if line.present:
                sightings.present |= line.present
        return self._regions(sightings, data, stop, may_be_wide=False)

    def has_forms(self, data: bytes, stop: Stop) -> bool:
        """Return whether there are encoded forms in a text."""
        return bool(self._encoded.forms(data, stop))

    def new_forms(self, data: bytes, novelty: Novelty, windows: Sequence[Span], stop: Stop) -> Forms:
        """Return the offsets after the encoded forms in a content of a history, by kind, in any order.

        Args:
            data: The content.
            novelty: How it differs from its base.
            windows: The spans of whole lines in which all is that the base does not have.
            stop: When to end.
        """
        base = novelty.base
        if base is not None and base.absent & ENCODED and windows != [(0, len(data))]:
            around = (data[max(begin - _LONGEST_SPLIT, 0) : end + _LONGEST_SPLIT] for begin, end in windows)
            is_anything = bool(self._encoded.forms(PADDING.join(around), stop))
        else:
            is_anything = True
        forms = self._encoded.forms(data, stop) if is_anything else {}
        if not forms and not stop.has_cut:
            novelty.verdict.absent |= ENCODED
        return forms

    def _find(self, data: bytes, stop: Stop, *, unbounded: bool) -> tuple[Regions, bool]:
        """Return the regions, and whether the text has anything that is looked for.

        There may be a word of a rule that is then found not to match, and no region. The next version of the text can
        match it all the same.
        """
        seen: list[Sightings] = []
        self._contents += 1
        if self._contents == _MANY_CONTENTS:
            self._words = [*self._words]  # a list is faster than what reads the words one by one
        self._index.scan(data, record, (seen, self._words, data), stop)
        forms = None if self._encoded.is_small else self._encoded.forms(data, stop)
        if not seen and not forms and not self._unindexed and 0 not in data:
            return NO_REGIONS, False  # as in most texts
        sightings = self._completed(seen, data, stop, unbounded=unbounded)
        if forms is not None:
            sightings.forms = forms
        may_be_wide = bool(self._unindexed) or self._encoded.may_be_wide(data)
        has_anything = sightings.is_anything or bool(sightings.nearby) or may_be_wide
        return self._regions(sightings, data, stop, may_be_wide=may_be_wide), has_anything

    def _regions(self, sightings: Sightings, data: bytes, stop: Stop, *, may_be_wide: bool) -> Regions:
        if len(sightings.present) > 1:
            sightings.present -= self._gated.without_match(data, sightings.present, stop)
        if not sightings.is_anything and not may_be_wide:
            return NO_REGIONS
        located = sightings.ranges.merged(len(data))
        ranges: dict[int, Ranges] = dict(located)
        for index in sightings.present if data else ():
            if index not in self._rechecked or any(anchor in data for anchor in self._rechecked[index]):
                ranges[index] = [(1, len(data))]
        spans = [span for found in located.values() for span in found]
        return Regions(ranges, sightings.forms, spans, may_be_wide)

    def reports_anything(self, data: bytes, stop: Stop = NEVER) -> bool:
        """Return whether a text may hold anything that this looks for, encoded or not."""
        seen: list[Sightings] = []
        self._index.scan(data, record, (seen, self._words, data), stop)
        return (
            any(sightings.nearby for sightings in seen)
            or self._completed(seen, data, stop).is_anything
            or (not self._encoded.is_small and bool(self._encoded.forms(data, stop)))
            or self._encoded.may_be_wide(data)
        )

    @cached_property
    def _margin(self) -> int:
        """How many bytes before and after a place decide at most whether something is reported there."""
        return len(PADDING) + max(self._encoded.longest, LONGEST) + TAIL_BYTES + MOST_BYTES

    @cached_property
    def most_digits(self) -> int:
        """A number of digits that no literal exceeds in base64 or in hexadecimal."""
        return most_digits(self._longest)

    def _completed(self, seen: list[Sightings], data: bytes, stop: Stop, *, unbounded: bool = False) -> Sightings:
        """Return what the first pass has seen, with the places of everyday words."""
        sightings = seen[0] if seen else Sightings(self._words, data)
        if sightings.everyday:
            self._everyday.find(data, sightings.ranges, stop, self._only)
        if sightings.nearby:
            self._nearby.find(data, sightings.nearby, sightings.ranges, stop, unbounded=unbounded)
        if self._unindexed:
            sightings.present |= self._unindexed
        return sightings


def _is_exact(anchor: bytes) -> bool:
    """Return whether an event proves that the anchor is there: all of it is indexed, and padding is not part of it."""
    return len(anchor) <= LONGEST and PADDING[:1] not in anchor
