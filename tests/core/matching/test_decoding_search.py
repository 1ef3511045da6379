"""The search for decodings: regions decide which parts are decoded, each once, within the budget."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Match
from beca_core.matching.decoding.forms import FormKind
from beca_core.matching.decoding.peek import DigitEncoding, Peek
from beca_core.matching.decoding.search import Budget, NestedSearch, decodings
from beca_core.matching.regions import Regions


def decoded(data: bytes, regions: Regions) -> list[tuple[str, bytes]]:
    return [(decoding.name, decoding.data) for decoding in decodings(data, regions, Budget(len(data)))]


def test_a_run_is_decoded_once_in_each_phase() -> None:
    data = b"= " + base64.b64encode(b"some text that is long enough")
    assert decoded(data, Regions(forms={FormKind.BASE64: [6, 14, 10, 6]})) == [
        ("base64", b"some text that is long enough")
    ]
    assert (
        len(
            decoded(
                data,
                Regions(forms={FormKind.BASE64: [6, 10], FormKind.BASE64_1: [6, 10], FormKind.BASE64_3: [9]}),
            )
        )
        == 2
    )


def test_a_form_that_begins_in_a_short_line_is_not_looked_at() -> None:
    class Never(Peek):
        def is_worth_decoding(self, data: bytes, at: int, phase: int, encoding: DigitEncoding) -> bool:
            raise AssertionError(data[at - 8 : at], phase, encoding)

    line, peek = b"lib/some-page.py not-in-doc\n", Never(lambda _: True, 64)
    data = 100 * line
    ends = [at * len(line) + 1 for at in range(1, 100)]
    assert data[ends[0] - 5 : ends[0]] == b"doc\nl"
    assert list(decodings(data, Regions(forms={FormKind.BASE64: ends}), Budget(len(data)), peek)) == []
    with pytest.raises(AssertionError):
        list(decodings(data, Regions(forms={FormKind.BASE64: [len(line) + 8]}), Budget(len(data)), peek))


def test_pairs_of_hexadecimal_digits_begin_where_a_form_says() -> None:
    data = b"f" + b"some text that is long enough".hex().encode()
    assert decoded(data, Regions(forms={FormKind.HEX: [9, 11]})) == [("hex", b"some text that is long enough")]


@pytest.mark.parametrize("plain", [[(8, 8)], [(8, 9), (8, 12)], [(12, 14), (8, 8)]])
def test_a_line_is_decoded_once(plain: list[tuple[int, int]]) -> None:
    data = b"a%41\nb %42 word\nc%43"
    assert decoded(data, Regions(literal_spans=plain)) == [("percent", b"b B word")]


def test_a_range_over_a_line_end_does_not_repeat_the_line_before() -> None:
    data = b"a%41 word\nb %42 word\n"
    assert decoded(data, Regions(literal_spans=[(2, 2), (5, 12)])) == [
        ("percent", b"aA word"),
        ("percent", b"\nb B word"),
    ]


def test_escapes_on_other_lines_are_not_decoded() -> None:
    assert decoded(b"%41\nword\n%42", Regions(literal_spans=[(6, 8)])) == []
    assert decoded(b"word\n%42\nword %43\n%44", Regions(literal_spans=[(2, 4), (11, 12)])) == [("percent", b"word C")]


def test_both_types_of_escapes_are_decoded() -> None:
    assert decoded(b"word %41 \\x41", Regions(forms={FormKind.ESCAPED: [4]})) == [
        ("percent", b"word A \\x41"),
        ("unicode-escape", b"word %41 A"),
    ]


@given(st.integers(30_000, 34_000))
def test_parts_of_a_long_line_overlap(at: int) -> None:
    secret = b"word" + b"%41" * 100
    data = b"word " + b"." * at + secret + b"." * 40_000
    begin = data.index(secret)
    found = decoded(data, Regions(literal_spans=[(1, 4), (begin + 1, begin + 4)]))
    assert any(b"word" + b"A" * 100 in text for _, text in found)


def test_each_decoding_has_a_cost_within_the_budget() -> None:
    budget = Budget(0)
    paid = sum(budget.spend(1000) for _ in range(100))
    assert 0 < paid < 64 * 1024 / 1000
    assert not Budget(100).spend(66 * 1024)
    data = b"\n".join([base64.b64encode(b"0123456789abc")] * 5)
    assert len(decoded(data, Regions(forms={FormKind.BASE64: [4, 25, 46]}))) == 3
    assert list(decodings(data, Regions(forms={FormKind.BASE64: [4, 25, 46]}), budget)) == []


def test_the_budget_is_shared_by_all_levels() -> None:
    sizes: list[int] = []

    def scan(text: bytes, _drops: object = None) -> tuple[list[Match], Regions]:
        sizes.append(len(text))
        return [], Regions(literal_spans=[(1, len(text))])

    data = b"%" + b"25" * 3000 + b"41"
    NestedSearch({}, depth=900).matches(data, *scan(data), scan)
    assert len(sizes) > 5
    assert sum(sizes) <= 9 * len(data) + 64 * 1024


def test_matches_of_other_rules_and_plain_matches_are_kept() -> None:
    plain = [Match(0, 12, "a"), Match(2, 8, "a"), Match(5, 9, "b")]

    def scan(text: bytes, _drops: object = None) -> tuple[list[Match], Regions]:
        if b"%" in text:
            return plain, Regions(literal_spans=[(1, 1)])
        return [Match(0, 1, "a"), Match(4, 6, "a"), Match(1, 10, "c")], Regions()

    data = b"0%31234567%38 "
    found = NestedSearch(dict.fromkeys("abc", Confidence.HIGH)).matches(data, *scan(data), scan)
    kept = Match(1, 14, "c", secret=b"12345678 ", decodings=("percent",))
    assert [(match.begin, match.rule_id) for match in found] == [(0, "a"), (1, "c"), (2, "a"), (5, "b")]
    assert [match for match in found if match.decodings] == [kept]
