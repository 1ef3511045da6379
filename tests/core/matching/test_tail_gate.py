"""Whether a match may go on after an everyday word, decided in one pass."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import hyperscan
import pytest

from beca_core.matching.index import everyday, tail_gate
from beca_core.matching.index.everyday import EverydayIndex
from beca_core.matching.index.tail_gate import TailGate
from beca_core.matching.index.words import has_forms, words_of
from beca_core.matching.regions import RangesByIndex
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    MakeRule = Callable[..., Rule]

_PATTERNS = (
    r"(?i)token[\w.-]{0,20}\s*(?:=|:|=>|:=)\s*[\"']?(?P<secret>[0-9a-f]{16})\b",
    r"(?i)\bsecret[\"']?\s*[:=]\s*[\"'](?P<secret>[0-9A-Za-z]{20})[\"']",
    r"(?i)\b[\w-]{0,16}key\s*=\s*(?P<secret>[0-9a-z]{24})\b",
)
_PIECES = (
    b"token",
    b"Secret",
    b"api_key",
    b" = ",
    b": '",
    b"'",
    b"=",
    b"%3D",
    b"\\u003d",
    b"\n",
    b" ",
    b"\xff",
    b"0a" * 8,
)


def index_of(make_rule: MakeRule) -> EverydayIndex:
    words, _ = words_of([make_rule(pattern) for pattern in _PATTERNS], ())
    return EverydayIndex([word for word in words if word.is_everyday])


def test_what_the_gate_excludes_has_no_place(make_rule: MakeRule) -> None:
    index, choice = index_of(make_rule), random.Random(5)
    excluded = 0
    for _ in range(3000):
        data = b"".join(choice.choices(_PIECES, k=choice.randrange(1, 12)))
        if index._gate.passing(data)[0]:
            continue
        excluded += 1
        sighted = RangesByIndex()
        index._look(data, places(index, data), sighted, {0, 1, 2})
        assert not sighted, data
    assert 300 < excluded < 2700


def test_the_places_before_an_end_are_all_that_pass(make_rule: MakeRule) -> None:
    index, choice = index_of(make_rule), random.Random(6)
    for _ in range(1000):
        data = b"".join(choice.choices((*_PIECES, b"." * 700), k=choice.randrange(1, 30)))
        near, everywhere = RangesByIndex(), RangesByIndex()
        index.find(data, near, NEVER)
        index._look(data, places(index, data), everywhere, {0, 1, 2})
        assert near.merged(len(data)) == everywhere.merged(len(data)), data


def test_few_places_are_looked_at_one_by_one_with_the_same_result(
    make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, choice = index_of(make_rule), random.Random(7)
    found = 0
    for _ in range(1000):
        data = b"".join(choice.choices(_PIECES, k=choice.randrange(1, 12)))
        one_by_one, together = RangesByIndex(), RangesByIndex()
        monkeypatch.setattr(everyday, "_FEW_PLACES_TO_LOOK_AT", 100)
        index._look(data, places(index, data), one_by_one, {0, 1, 2})
        monkeypatch.setattr(everyday, "_FEW_PLACES_TO_LOOK_AT", 0)
        index._look(data, places(index, data), together, {0, 1, 2})
        assert one_by_one.merged(len(data)) == together.merged(len(data)), data
        found += bool(together)
    assert 100 < found < 900


def test_where_words_are_dense_each_place_is_one_of_its_own_rules(
    make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_gate, "_MOST_BYTES", 0)
    monkeypatch.setattr(everyday, "_FEW_PLACES", 1)
    line = b"token = 'of it' secret: \"" + b"0a" * 10 + b'" key\n'
    sighted = RangesByIndex()
    index_of(make_rule).find(line * 40 + b"." * 200, sighted, NEVER)
    assert sighted.keys() == {1}


def places(index: EverydayIndex, data: bytes) -> list[tuple[int, int]]:
    found = []
    for number, word in enumerate(index._words):
        text = bytes(map(max, word.literal)).lower()
        at = data.lower().find(text)
        while at >= 0:
            found.append((number, at + len(text)))
            at = data.lower().find(text, at + 1)
    return found


@pytest.mark.parametrize("end", [b"", b" = ", b" = 'abc", b"%3D", b"\\u003d", b" = '0123456789abcdef"])
def test_what_a_text_or_an_escape_cuts_may_go_on(make_rule: MakeRule, end: bytes) -> None:
    gate = index_of(make_rule)._gate
    assert gate.passing(b"the token" + end)[0]
    assert gate.passing(b"x" * 20_000 + b"the token" + end)[0]
    assert not gate.passing(b"the token" + end.replace(b"0", b"").replace(b"%", b"").replace(b"\\", b"") + b" of it\n")[
        0
    ]


def test_without_a_tail_the_word_is_enough() -> None:
    gate = TailGate([("token", None, 4), ("key", "=[0-9]{4}", 7)])
    assert gate.passing(b"a token of it")[0] == {4}
    assert gate.passing(b"key=1234")[0] == {7}
    assert not gate.passing(b"key=123 ")[0]


def test_what_hyperscan_refuses_always_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise hyperscan.HyperscanError

    monkeypatch.setattr("beca_core.matching.index.tail_gate.load_or_compile", refuse)
    assert TailGate([("key", "=[0-9]{4}", 7)]).passing(b"nothing")[0]
    assert TailGate([("key", f"=[0-9]{{{size}}}", size) for size in range(1, 300)]).passing(b"nothing")[0]


def test_a_text_that_takes_long_is_not_asked_about() -> None:
    assert TailGate([("key", "=[0-9]{4}", 7)]).passing(b" " * (1024 * 1024 + 1))[0]


def test_what_decides_is_never_far_from_the_word(make_rule: MakeRule) -> None:
    gate = index_of(make_rule)._gate
    assert gate.passing(b"the token" + b" " * 16 + b"of it\n")[0], (
        "what comes after many spaces may be new in a version"
    )
    assert not gate.passing(b"the token" + b" " * 15 + b"of it\n")[0]
    long = make_rule(r"token\s*=\s*(?P<secret>[0-9a-f]{400})")
    words, _ = words_of([long], ())
    assert EverydayIndex(words)._gate.passing(b"token = " + b"0a" * 64)[0]
    assert not EverydayIndex(words)._gate.passing(b"token = " + b"0a" * 32 + b" ")[0]


def test_a_part_of_many_words_is_gated_and_has_encoded_forms(make_rule: MakeRule) -> None:
    words, _ = words_of([make_rule("(?P<secret>test_[0-9a-f]{35})"), make_rule("(?P<secret>acme_[0-9a-f]{35})")], ())
    assert [(word.is_everyday, has_forms(word.literal)) for word in words] == [(True, True), (False, True)]
