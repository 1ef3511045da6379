"""Where decoding begins: what was seen says which parts are decoded, each once, and no more than the budget allows."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Match
from beca_core.matching.decoding.forms import Kind
from beca_core.matching.decoding.nested import DecodingSearch
from beca_core.matching.decoding.search import Budget, decodings
from beca_core.matching.hits import PrefilterHits


def decoded(data: bytes, seen: PrefilterHits) -> list[tuple[str, bytes]]:
    return [(decoding.name, decoding.data) for decoding in decodings(data, seen, Budget(len(data)))]


def test_a_run_is_decoded_once_in_each_phase() -> None:
    data = b"= " + base64.b64encode(b"some text that is long enough")
    assert decoded(data, PrefilterHits(forms={Kind.BASE64: [6, 14, 10, 6]})) == [
        ("base64", b"some text that is long enough")
    ]
    assert (
        len(decoded(data, PrefilterHits(forms={Kind.BASE64: [6, 10], Kind.BASE64_1: [6, 10], Kind.BASE64_3: [9]}))) == 2
    )


def test_pairs_of_hexadecimal_digits_begin_where_a_form_says() -> None:
    data = b"f" + b"some text that is long enough".hex().encode()
    assert decoded(data, PrefilterHits(forms={Kind.HEX: [9, 11]})) == [("hex", b"some text that is long enough")]


@pytest.mark.parametrize("plain", [[(8, 8)], [(8, 9), (8, 12)], [(12, 14), (8, 8)]])
def test_a_line_is_decoded_once(plain: list[tuple[int, int]]) -> None:
    data = b"a%41\nb %42 word\nc%43"
    assert decoded(data, PrefilterHits(plain=plain)) == [("percent", b"b B word")]


def test_a_range_over_a_line_end_does_not_bring_back_the_line_before() -> None:
    data = b"a%41 word\nb %42 word\n"
    assert decoded(data, PrefilterHits(plain=[(2, 2), (5, 12)])) == [
        ("percent", b"aA word"),
        ("percent", b"\nb B word"),
    ]


def test_escapes_on_other_lines_are_left() -> None:
    assert decoded(b"%41\nword\n%42", PrefilterHits(plain=[(6, 8)])) == []
    assert decoded(b"word\n%42\nword %43\n%44", PrefilterHits(plain=[(2, 4), (11, 12)])) == [("percent", b"word C")]


def test_both_kinds_of_escapes_are_looked_for() -> None:
    assert decoded(b"word %41 \\x41", PrefilterHits(forms={Kind.ESCAPED: [4]})) == [
        ("percent", b"word A \\x41"),
        ("unicode-escape", b"word %41 A"),
    ]


@given(st.integers(30_000, 34_000))
def test_parts_of_a_long_line_overlap(at: int) -> None:
    secret = b"word" + b"%41" * 100
    data = b"word " + b"." * at + secret + b"." * 40_000
    begin = data.index(secret)
    found = decoded(data, PrefilterHits(plain=[(1, 4), (begin + 1, begin + 4)]))
    assert any(b"word" + b"A" * 100 in text for _, text in found)


def test_what_is_decoded_has_a_price_and_a_bound() -> None:
    budget = Budget(0)
    paid = sum(budget.take(1000) for _ in range(100))
    assert 0 < paid < 64 * 1024 / 1000
    assert not Budget(100).take(66 * 1024)
    data = b"\n".join([base64.b64encode(b"0123456789abc")] * 5)
    assert len(decoded(data, PrefilterHits(forms={Kind.BASE64: [4, 25, 46]}))) == 3
    assert list(decodings(data, PrefilterHits(forms={Kind.BASE64: [4, 25, 46]}), budget)) == []


def test_the_budget_is_shared_by_all_levels() -> None:
    sizes: list[int] = []

    def scan(text: bytes) -> tuple[list[Match], PrefilterHits]:
        sizes.append(len(text))
        return [], PrefilterHits(plain=[(1, len(text))])

    data = b"%" + b"25" * 3000 + b"41"
    DecodingSearch({}, depth=900).matches(data, *scan(data), scan)
    assert len(sizes) > 5
    assert sum(sizes) <= 9 * len(data) + 64 * 1024


def test_matches_of_other_rules_and_matches_as_they_stand_are_kept() -> None:
    plain = [Match(0, 12, "a"), Match(2, 8, "a"), Match(5, 9, "b")]

    def scan(text: bytes) -> tuple[list[Match], PrefilterHits]:
        if b"%" in text:
            return plain, PrefilterHits(plain=[(1, 1)])
        return [Match(0, 1, "a"), Match(4, 6, "a"), Match(1, 10, "c")], PrefilterHits()

    data = b"0%31234567%38 "
    found = DecodingSearch(dict.fromkeys("abc", Confidence.HIGH)).matches(data, *scan(data), scan)
    kept = Match(1, 14, "c", secret=b"12345678 ", decodings=("percent",))
    assert [(match.begin, match.rule_id) for match in found] == [(0, "a"), (1, "c"), (2, "a"), (5, "b")]
    assert [match for match in found if match.decodings] == [kept]
