"""Prefilter, index and memo hide nothing: many rules find what RE2 finds in every line, in texts made for trouble.

The texts hold examples of the rules, whole, cut and damaged, everyday words with what may follow them, words so dense
that another way of searching is taken, long lines, escapes, and bytes that are special to the search.
"""

from __future__ import annotations

import random
import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

import pytest
import re2
from synthetic import everyday_rules, mixed_rules

import beca_scanners
from beca_core import Rule
from beca_core.matching.index import everyday
from beca_core.matching.patterns.pattern_parser import portable
from beca_core.matching.patterns.syntax import latin1_options
from beca_core.matching.rule_matcher import RuleMatcher
from beca_core.rules.scanner import in_order
from tests.core.matching.plain import PlainRules
from tests.shapes.thirty import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core import Match

RULES: Final = [
    *mixed_rules(),
    *(rule for rule in beca_scanners.beca_register_rules() if isinstance(rule, Rule)),
    *SHAPES,
]
EXAMPLES: Final = [example.data for rule in RULES for example in rule.examples]
OF_SHAPES: Final = [example.data for rule in SHAPES for example in rule.examples]
EVERYDAY: Final = [example.data for rule in everyday_rules() for example in rule.examples]
WORDS: Final = (b"key", b"KEY", b"Token", b"auth", b"secret", b"password", b"monkey", b"ad-", b"private_key")
SIGNS: Final = (b" = ", b"=", b": '", b' => "', b":=", b"_id = ", b"", b"\n", b"\r\n", b"\t=\t\n")
ENDS: Final = (b"", b"\n", b" ", b"'", b'"', b"%41", b"\\u0041", b"\xff", b"\xff\x00\xfe\x00", b"\0", b"_", b"\r\n")
TOGETHER: Final = 15
NAMES: Final = re.compile(r"\(\?P?<\w+>")
HEX: Final = b"0123456789abcdef"


def texts(seed: int) -> Iterator[bytes]:
    """Yield texts, always the same ones for a seed."""
    chance = random.Random(seed)
    while True:
        yield b"".join(_piece(chance) for _ in range(chance.randrange(1, 8)))


def _piece(chance: random.Random) -> bytes:
    match chance.randrange(11):
        case 0 | 1 | 2:
            text = chance.choice(EXAMPLES) + chance.choice(ENDS)
        case 3 | 4:
            text = chance.choice(EVERYDAY) + chance.choice(ENDS)
        case 5:
            cut = chance.choice(EXAMPLES)
            text = cut[: chance.randrange(len(cut) + 1)] + chance.choice(ENDS)
        case 6:
            damaged = bytearray(chance.choice(EXAMPLES))
            damaged[chance.randrange(len(damaged))] = chance.choice(b"0a _-=\n\xff%")
            text = bytes(damaged)
        case 7:
            value = bytes(chance.choices(HEX, k=chance.choice((15, 16, 17, 32, 64))))
            text = chance.choice(WORDS) + chance.choice(SIGNS) + value + chance.choice(ENDS)
        case 8:
            text = chance.choice(OF_SHAPES) + chance.choice(ENDS)
        case 9:
            text = chance.choice(WORDS) * chance.choice((1, 2, 3, 4, 5, 300)) + chance.choice(ENDS)
        case _:
            text = chance.choice((b"x", b" ", b"\n", b"a b\n", b"\xe4")) * chance.choice(
                (1, 63, 130, *(1, 63, 130) * 9, 5000, 9000)
            )
    return text + chance.choice((b"", b" ", b"\n", b"\n\n"))


@cache
def plain_rules() -> PlainRules:
    return PlainRules(RULES)


@cache
def groups() -> list[tuple[re2._Regexp[bytes], list[RuleMatcher]]]:
    """Return the rules in groups, each with an expression that matches wherever one of its rules does."""
    matchers = [RuleMatcher(rule) for rule in RULES]
    parts = [matchers[at : at + TOGETHER] for at in range(0, len(matchers), TOGETHER)]
    return [(_any_of(part), part) for part in parts]


def _any_of(matchers: list[RuleMatcher]) -> re2._Regexp[bytes]:
    texts = [NAMES.sub("(?:", portable(text)) for each in matchers for text in each.rule.patterns]
    return re2.compile("|".join(f"(?m:{text})" for text in texts).encode(), latin1_options())


def in_every_line(text: bytes) -> list[Match]:
    """Return what each rule finds without prefilter and memo."""
    everywhere = [(1, len(text))]
    near = [each for expression, matchers in groups() if expression.search(text) for each in matchers]
    return in_order(match for each in near for match in each.matches(text, everywhere, _raise))


def _raise(_rule: object, error: BaseException) -> None:
    raise error


def differences(count: int, seed: int) -> list[bytes]:
    """Return the texts in which the rule set finds something else than RE2 does."""
    return [text for text in islice(texts(seed), count) if text and plain_rules().scan(text) != in_every_line(text)]


@pytest.mark.slow
@pytest.mark.xdist_group("synthetic")
def test_the_same_is_found_as_in_every_line() -> None:
    assert differences(200, seed=1) == []


@pytest.mark.slow
@pytest.mark.xdist_group("synthetic")
def test_the_same_is_found_where_everyday_words_are_dense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everyday, "_FEW_PLACES", 1)
    assert differences(200, seed=2) == []


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.xdist_group("synthetic")
def test_the_same_is_found_in_a_hundred_thousand_texts() -> None:
    assert differences(100_000, seed=3) == []


def test_the_texts_hold_many_matches_and_near_misses() -> None:
    found = [len(plain_rules().scan(text)) for text in islice(texts(4), 200)]
    assert sum(found) > 100
    assert found.count(0) > 5
