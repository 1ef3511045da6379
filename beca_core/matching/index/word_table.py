"""`WordTable`: the words of a set of rules, and what the prefilter has to know of all of them at once.

To collect them takes as long as to scan a small change. So the table of rules that come from a cache is cached itself,
one word a line, and a word is read when it is seen in a text. See `stored_rule`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, overload

from beca_core.matching.index.words import Use, Word, has_forms, words_of
from beca_core.matching.patterns.literals import literal_from, render, text_of
from beca_core.matching.patterns.pattern_checking import checked_pattern
from beca_core.rules.stored_rule import StoredRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.rule import Rule

_FORMAT: Final = 2
_NO_PATTERN: Final = -1
_SIGNS_OF_EDGES: Final = (r"\A", r"\z")


class WordTable(NamedTuple):
    """The words of some rules and scanners.

    Args:
        words: The words, in a stable order.
        unindexed: Indexes of the rules and scanners that have none.
        nearby: Indexes of the rules that are searched first; see `NearbyRules`.
        gated: Indexes of the rules that no word locates; see `GatedRules`.
        everyday: Numbers of the everyday words that have uses.
        with_forms: Numbers of the words that are looked for in encoded text, too.
        apart: Numbers of the words on which more hangs than what matches in their line.
        spans_lines: Whether one of them can have a line end before its last byte.
        sees_edges: Whether a pattern asks where a content begins or ends.
        digest: Of the words as they are looked for: equal tables have the same database.
        longest: Bytes of the longest word.
    """

    words: Sequence[Word]
    unindexed: frozenset[int]
    nearby: Sequence[int]
    gated: Sequence[int]
    everyday: Sequence[int]
    with_forms: Sequence[int]
    apart: Sequence[int]
    spans_lines: bool
    sees_edges: bool
    digest: str
    longest: int


class LazyWords(Sequence[Word]):
    """Words that are made when they are first read.

    Args:
        size: How many there are.
        make: Makes the word of a number.
    """

    def __init__(self, size: int, make: Callable[[int], Word]) -> None:
        self._words: list[Word | None] = [None] * size
        self._make = make

    def __len__(self) -> int:
        return len(self._words)

    @overload
    def __getitem__(self, number: int) -> Word: ...
    @overload
    def __getitem__(self, number: slice) -> list[Word]: ...
    def __getitem__(self, number: int | slice) -> Word | list[Word]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        word = self._words[number]
        if word is None:
            word = self._words[number] = self._make(number)
        return word


def picked(words: Sequence[Word], numbers: Sequence[int]) -> LazyWords:
    """Return those of some words that have certain numbers, read when they are needed."""
    return LazyWords(len(numbers), lambda number: words[numbers[number]])


def word_table(rules: Sequence[Rule], anchors: Sequence[tuple[bytes, ...]], cache: RuleCache | None) -> WordTable:
    """Return the table of some rules and scanners, from the cache if it is there.

    Args:
        rules: Rules that `checked_patterns` accepts; their indexes count from 0.
        anchors: The anchors of each scanner; their indexes follow those of the rules.
        cache: Where the tables of rules out of a cache are; None: nowhere.
    """
    name = _name(rules, anchors) if cache is not None else ""
    if cache is not None and name and (data := cache.load_database(name)) is not None:
        try:
            return _read(data, rules)
        except (ValueError, TypeError, KeyError, IndexError):
            pass  # it is made again
    table = table_of(*words_of(rules, anchors), rules)
    if cache is not None and name:
        cache.store_database(name, _written(table, rules))
    return table


def table_of(words: Sequence[Word], unindexed: frozenset[int] = frozenset(), rules: Sequence[Rule] = ()) -> WordTable:
    """Return the table of some words.

    Args:
        words: The words, in a stable order.
        unindexed: Indexes of the rules and scanners that have none.
        rules: The rules.
    """
    located = {use.rule for word in words for use in word.uses}
    nearby = {index for word in words for index in word.nearby}
    looked_for = [(word.text, word.is_everyday or not word.uses) for word in words]
    return WordTable(
        words=words,
        unindexed=unindexed,
        nearby=sorted(nearby),
        gated=[index for index in range(len(rules)) if index not in located | nearby],
        everyday=[number for number, word in enumerate(words) if word.is_everyday and word.uses],
        with_forms=[number for number, word in enumerate(words) if has_forms(word.literal)],
        apart=[number for number, word in enumerate(words) if word.is_apart],
        spans_lines=any(word.spans_lines for word in words),
        sees_edges=any(sign in text for rule in rules for text in rule.patterns for sign in _SIGNS_OF_EDGES),
        digest=hashlib.sha256(repr(looked_for).encode()).hexdigest(),
        longest=max((len(word.literal) for word in words), default=0),
    )


def _name(rules: Sequence[Rule], anchors: Sequence[tuple[bytes, ...]]) -> str:
    """Return the name of the table in the cache; empty: some rules do not come from there."""
    shelves = {rule.shelf if isinstance(rule, StoredRule) else "" for rule in rules}
    if len(shelves) != 1 or "" in shelves:
        return ""
    facts = _FORMAT, shelves, [rule.id for rule in rules], anchors
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _written(table: WordTable, rules: Sequence[Rule]) -> bytes:
    head = sorted(table.unindexed), *table[2:]
    return "\n".join([json.dumps(head), *(json.dumps(_row(word, rules)) for word in table.words)]).encode()


def _row(word: Word, rules: Sequence[Rule]) -> object:
    uses = [(use.rule, _number(use, rules[use.rule]), use.before, use.after) for use in word.uses]
    return text_of(word.literal), uses, word.present, word.nearby


def _number(use: Use, rule: Rule) -> int:
    return _NO_PATTERN if use.pattern is None else rule.patterns.index(use.pattern.text)


def _read(data: bytes, rules: Sequence[Rule]) -> WordTable:
    head, *lines = data.decode().split("\n")
    unindexed, *others = json.loads(head)

    def make(number: int) -> Word:
        text, uses, present, near = json.loads(lines[number])
        return _word(rules, text, uses, present, near)

    words = LazyWords(len(lines), make)
    return WordTable(words, frozenset(unindexed), *others)


def _word(rules: Sequence[Rule], text: str, uses: Any, present: list[int], nearby: list[int]) -> Word:
    literal = literal_from(text)
    word = Word(literal, render(literal))
    for rule, number, before, after in uses:
        pattern = None if number == _NO_PATTERN else checked_pattern(rules[rule], number=number)
        word.uses.append(Use(rule, pattern, before, after))
    word.present += present
    word.nearby += nearby
    return word
