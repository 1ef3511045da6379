"""A specimen: one secret of an example, where it is, and what the examples of a rule show together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.rules.rule import random_text
from beca_core.testing.anatomy import anatomy
from beca_core.testing.charsets import CLASSES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from beca_core.rules.example import Example
    from beca_core.rules.rule import Rule
    from beca_core.rules.scanner import Match
    from beca_core.testing.anatomy import Run

_RANDOM_BODIES: Final = 48
_CHANGED: Final = 6
_LEAST_OF_BODY: Final = 4


class Specimen:
    """One secret of an example of a rule.

    Args:
        rule: The rule.
        example: The example.
        match: The match of the secret.
    """

    def __init__(self, rule: Rule, example: Example, match: Match) -> None:
        self.example: Final = example
        self.data: Final = example.data
        self.match: Final = match
        self.begin: Final = match.begin
        self.end: Final = match.end
        self.secret: Final = self.data[match.begin : match.end]
        self._rule = rule

    @cached_property
    def _alternative(self) -> tuple[int, tuple[Run, ...]]:
        for number, pattern in enumerate(self._rule.patterns):
            if runs := anatomy(pattern).runs(self.secret):
                return number, runs
        return -1, ()

    @property
    def pattern(self) -> int:
        """Index of the pattern that its secret is from; -1: none, because a check has changed its span."""
        return self._alternative[0]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of the secret."""
        return self._alternative[1]

    def replaced(self, word: bytes) -> tuple[bytes, int, int]:
        """Return the text with a word in the place of the secret, and the word's span."""
        return self.data[: self.begin] + word + self.data[self.end :], self.begin, self.begin + len(word)

    def pattern_matches(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of what the patterns match around the secret."""
        for pattern in checked_patterns(self._rule):
            if (found := pattern.regexp.search(self.data, max(0, self.begin - self._rule.max_bytes))) is not None:
                yield found.span()

    def span_of(self, group: str) -> tuple[int, int] | None:
        """Return where a group of the pattern is, seen from the beginning of the secret; None: it is not known."""
        for pattern in checked_patterns(self._rule):
            for found in pattern.regexp.finditer(self.data, max(0, self.begin - self._rule.max_bytes)):
                if group in pattern.groups and found.span(pattern.groups["secret"]) == (self.begin, self.end):
                    begin, end = found.span(pattern.groups[group])
                    return (begin - self.begin, end - self.begin) if begin >= 0 else None
        return None

    @property
    def body(self) -> list[Run]:
        """The runs of several characters: the others may be a prefix, such as `gh[ops]_`, without a checksum."""
        return [run for run in self.runs if run.end - run.begin >= _LEAST_OF_BODY]

    def with_one_other_character(self, covered: Container[int] | None = None) -> Iterator[bytes]:
        """Yield the secret with one character replaced by another one that its examples could have, in a few places.

        Args:
            covered: Offsets in the secret that may be changed; None: all.
        """
        members = {at: run.members for run in self.body for at in range(run.begin, run.end)}
        places = [at for at in members if covered is None or at in covered]
        for at in places[:: max(len(places) // _CHANGED, 1)][:_CHANGED] + places[-1:]:
            others = sorted(_kin(self.secret[at], members[at]) - {self.secret[at]})
            if others:
                other = bytes([others[at % len(others)]])
                yield self.secret[:at] + other + self.secret[at + 1 :]

    def with_random_bodies(self) -> Iterator[bytes]:
        """Yield secrets that have the prefix and the alphabets of this one, and nothing else of it."""
        for seed in range(_RANDOM_BODIES):
            word = bytearray(self.secret)
            for run in self.body:
                text = self.secret[run.begin : run.end]
                alphabet = "".join(map(chr, sorted(frozenset().union(*(_kin(each, run.members) for each in text)))))
                word[run.begin : run.end] = random_text(alphabet, len(text), f"{seed} {run.begin}").encode("latin-1")
            yield bytes(word)


def _kin(character: int, members: frozenset[int]) -> frozenset[int]:
    """Return the allowed characters of the kind of a character."""
    kind = next((kind for kind in CLASSES.values() if character in kind), frozenset([character]))
    return kind & members


class Shown:
    """What the examples of a rule show together, of one pattern.

    Args:
        specimens: Its examples.
    """

    def __init__(self, specimens: Iterable[Specimen]) -> None:
        self._specimens = list(specimens)

    def characters(self, like: Run, *, of_its_length: bool = False) -> tuple[frozenset[int], int]:
        """Return which characters are where a pattern allows some bytes, and how many there are.

        Args:
            like: A run of these bytes.
            of_its_length: Whether only runs count of which the pattern demands as many characters.
        """
        texts = [
            specimen.secret[run.begin : run.end]
            for specimen in self._specimens
            for run in specimen.runs
            if run.members == like.members and (not of_its_length or run[3:] == like[3:])
        ]
        different = {bytes(sorted(text.lower())) for text in texts}  # the same text once more shows nothing more
        return frozenset(b"".join(texts)), sum(map(len, different))

    def lengths(self, number: int) -> set[int]:
        """Return the lengths of a run."""
        runs = [specimen.runs[number] for specimen in self._specimens if len(specimen.runs) > number]
        return {run.end - run.begin for run in runs}

    @cached_property
    def shows_both_cases(self) -> bool:
        """Whether a letter that the pattern takes in any case is in both."""
        letters = {
            specimen.secret[run.begin : run.end].isupper()
            for specimen in self._specimens
            for run in specimen.runs
            if run.is_folded
        }
        return len(letters) > 1
