"""Characters, lengths, entropy; comparisons; runs and repetitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Dropped
from beca_core.checks import (
    ALPHABETS,
    Affixes,
    Charset,
    Comparison,
    DictionaryWords,
    Distinct,
    Entropy,
    Inspection,
    Length,
    NumberRange,
    Placeholder,
    Repeats,
    Sequences,
)
from beca_core.checks.characters import bits_per_byte, greatest_bits
from beca_core.checks.patterned import first_run, longest_sequence, period_of
from beca_core.rules.rule import entropy
from tests.core.checks.candidates import candidate, dropped, is_kept, kept, random_secret


def test_charset() -> None:
    assert kept(Charset(alphabet="hex-lower"), "0af", "0aF", "0ag", "") == ["0af", ""]
    assert kept(Charset(alphabet="0-9_"), "1_2", "1-2") == ["1_2"]
    assert kept(Charset(upper=1, digits=2), "A12", "a12", "A1") == ["A12"]
    assert kept(Charset(classes=3), "aA1", "aA-", "aA", "a1") == ["aA1", "aA-"]
    assert kept(Charset(symbols=1, lower=1), "a\xff", "a-", "ab") == ["a\xff", "a-"]
    assert Charset(alphabet="hex")(candidate("0xyz")) == Dropped("it has characters outside the alphabet", "3 of 4")


def test_length() -> None:
    assert kept(Length(min=2, max=4, multiple_of=2), "a", "ab", "abc", "abcd", "abcdef") == ["ab", "abcd"]
    assert kept(Length(one_of=(1, 3)), "a", "ab", "abc") == ["a", "abc"]
    assert Length(min=9)(candidate("abc")) == Dropped("it has too few bytes", "3 of at least 9")


@given(st.binary(max_size=300))
def test_the_entropy_is_that_of_the_library(text: bytes) -> None:
    assert bits_per_byte(text) == pytest.approx(entropy(text), abs=1e-9)


@given(st.integers(2, 300), st.integers(2, 256))
def test_no_text_has_more_than_the_greatest_entropy(length: int, size: int) -> None:
    even = bytes(at % size for at in range(length))
    assert bits_per_byte(even) == pytest.approx(greatest_bits(length, size), abs=1e-9)


@given(st.binary(min_size=2, max_size=100))
def test_the_share_is_never_above_one(text: bytes) -> None:
    assert bits_per_byte(text) <= greatest_bits(len(text), 256) + 1e-9
    assert greatest_bits(len(text), 256) <= min(8, math.log2(len(text))) + 1e-9


def test_entropy() -> None:
    assert kept(Entropy(min_bits=2.0), "abcd", "aabb", "") == ["abcd"]
    assert kept(Entropy(max_bits=1.0), "abcd", "aabb") == ["aabb"]
    assert kept(Entropy(min_total=8.0), "abcd", "abc") == ["abcd"]
    assert kept(Entropy(min_share=0.9), "0123456789", "0000011111") == ["0123456789"]
    assert kept(Entropy(min_share=0.9, alphabet="01"), "0000011111") == ["0000011111"]
    assert Entropy(min_bits=3)(candidate("aabb")) == Dropped("its entropy is low", "1.00 of at least 3 bits per byte")


def test_distinct() -> None:
    assert kept(Distinct(min=3, max=4), "aab", "abc", "abcde") == ["abc"]
    assert kept(Distinct(min_share=0.5), "aabb", "aaab", "aaabc", "") == ["aabb", "aaab", "aaabc", ""]
    assert kept(Distinct(min_share=0.5), "aaaaab") == []


SECRET_SHAPES = [
    *(("hex-lower", 32), ("base62", 20), ("base62", 40), ("base36", 32), ("base64", 44), ("base64url", 43)),
    *(("base32", 32), ("printable", 32), ("lower", 24), ("upper", 24), ("letters", 24), ("hex-upper", 64)),
]
GOOD = [
    Entropy(min_share=0.65),
    Placeholder(),
    DictionaryWords(),
    Sequences(),
    Repeats(),
    Distinct(min=8),
]


@pytest.mark.slow
@pytest.mark.parametrize("check", GOOD, ids=lambda check: check.name)
@pytest.mark.parametrize(("alphabet", "length"), SECRET_SHAPES)
def test_random_secrets_pass(check: Inspection, alphabet: str, length: int) -> None:
    """At most one of 1,000."""
    texts = [random_secret(alphabet, length, f"{length} {seed}") for seed in range(3_000)]
    assert len(dropped(check, *texts)) <= 3


def test_affixes() -> None:
    assert kept(Affixes(starts_with=("sk_", "rk_")), "sk_a", "rk_a", "pk_a") == ["sk_a", "rk_a"]
    assert kept(Affixes(ends_with=("==",), ignore_case=True), "ab==", "ab=") == ["ab=="]
    assert kept(Affixes(not_starts_with=("TEST",), ignore_case=True), "test1", "atest") == ["atest"]
    assert kept(Affixes(not_ends_with=(r"\x2e",)), "a.", "a") == ["a"]
    assert kept(Affixes(contains=("T3Blbk",)), "xxT3Blbkxx", "xx") == ["xxT3Blbkxx"]
    assert kept(Affixes(not_contains=("Example",), ignore_case=True), "aEXAMPLEb", "ab") == ["ab"]


def test_comparison() -> None:
    data = candidate("bob:Bob:bobby", user=(0, 3), again=(4, 7), more=(8, 13))

    def keeps(of: str, relation: str, ignore_case: bool = False, other: str = "user") -> bool:
        check = Comparison(of=of, with_group=other, relation=relation, ignore_case=ignore_case)
        return isinstance(check(data), Candidate)

    assert keeps("again", "differs")
    assert not keeps("again", "differs", ignore_case=True)
    assert keeps("again", "equals", ignore_case=True)
    assert not keeps("again", "equals")
    assert not keeps("more", "apart")
    assert keeps("again", "apart")
    assert keeps("again", "equals", other="absent")


def test_number_range() -> None:
    port = NumberRange(min=1, max=65535)
    assert kept(port, "1", "65535", "0", "65536", "-1", "x", "", "1.5", "0080", "²") == ["1", "65535", "0080"]
    assert kept(NumberRange(min=-5, max=-1), "-3", "3", "--3", "-") == ["-3"]
    assert not is_kept(NumberRange(), "9" * 65_000)


def test_sequences() -> None:
    texts = ("xx123456xx", "987654", "ABCDEFG", "qWeRtYu", "lkjhgfdsa", "1234567890abcdef")
    assert dropped(Sequences(), *texts) == list(texts)
    assert kept(Sequences(), "12345", "13579", "abcxyz", "", "a1b2c3d4") == ["12345", "13579", "abcxyz", "", "a1b2c3d4"]
    long = random_secret("base62", 60) + "abcdefg"
    assert (is_kept(Sequences(), long), is_kept(Sequences(min_share=0.5), long)) == (False, True)


@given(st.text("0123456789abcdefgqwertz", max_size=60), st.integers(3, 8))
def test_a_sequence_is_found_wherever_it_is(text: str, least: int) -> None:
    rows = ["01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "0123456789abcdef", "1234567890", "qwertzuiop"]
    rows += ["azertyuiop", "qsdfghjklm", "asdfghjkl", "zxcvbnm", "yxcvbnm", "wxcvbn"]
    rows += [row[::-1] for row in rows]
    expected = any(any(text[at : at + least] in row for row in rows) for at in range(len(text) - least + 1))
    assert bool(longest_sequence(text.encode(), least)) == expected


def test_repeats() -> None:
    texts = ("aaaaaa", "x=======y", "abcabc", "abcdabcdab", "0f0f0f0f")
    assert dropped(Repeats(), *texts) == list(texts)
    assert kept(Repeats(), "", "a", "aaaaab"[1:], "abcab") == ["", "a", "aaaab", "abcab"]
    assert is_kept(Repeats(max_copies=2), "abcabc")
    assert not is_kept(Repeats(max_copies=2), "abcabcabc")


@given(st.text("ab", max_size=40), st.integers(2, 6))
def test_runs_are_found(text: str, least: int) -> None:
    runs = [run for run in text.replace("ab", "a b").replace("ba", "b a").split() if len(run) >= least]
    assert first_run(text.encode(), least).decode() == (runs[0] if runs else "")


@given(st.text("ab", max_size=30), st.integers(2, 4))
def test_periods_are_found(text: str, copies: int) -> None:
    fits = (p for p in range(1, len(text) // copies + 1) if all(text[at] == text[at - p] for at in range(p, len(text))))
    assert period_of(text.encode(), copies) == next(fits, 0)


def test_names_are_those_of_the_alphabets() -> None:
    assert all(is_kept(Charset(alphabet=name), text) for name, text in ALPHABETS.items())
