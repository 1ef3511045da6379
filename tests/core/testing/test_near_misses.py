"""Near-misses: a rule that finds one is told which, and what to do; a rule that means it says so with an example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from beca_core import Confidence, CounterExample, Example, Near, Part, Side, Step, random_text
from beca_core.checks import Checksum, Entropy, Luhn

Failures = Callable[..., list[str]]

HEX, LETTERS_AND_DIGITS = "0123456789abcdef", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_a_sound_rule_has_no_failures(failures: Failures) -> None:
    assert failures() == []


def test_a_rule_without_a_boundary_finds_the_secret_inside_a_longer_word(failures: Failures) -> None:
    (failure,) = failures(boundary="")
    assert failure == (
        "near-miss, `9` before the secret: found acme...(37); it finds the secret inside a longer word: give it a "
        'boundary, such as boundary="0-9A-Za-z_"'
    )


def test_a_boundary_may_be_in_the_pattern(failures: Failures) -> None:
    assert failures(pattern=r"\b(?P<secret>acme_[0-9a-f]{32})\b", boundary="") == []


def test_a_boundary_that_lacks_a_character_of_the_secret_is_named(failures: Failures) -> None:
    (failure,) = failures(boundary="0-9A-Z")
    assert failure.endswith("its boundary lacks `f`")


def test_a_secret_that_takes_what_adjoins_it_needs_no_boundary(failures: Failures) -> None:
    secret = random_text(LETTERS_AND_DIGITS, 24, "value") + "-!"
    found = failures(
        pattern=r"""acme_key: (?P<secret>[^\s"'<>]{8,64})""",
        boundary="",
        examples=(Example(f"acme_key: {secret}", secret=secret),),
        counter_examples=("acme_key: short",),
    )
    assert found == []


@pytest.mark.parametrize("length", [40, 31])
def test_a_rule_of_open_length_may_find_one_character_more(failures: Failures, length: int) -> None:
    secret = "acme_" + random_text(HEX, length, "open")
    pattern = "(?P<secret>acme_[0-9a-f]{20,})"
    assert failures(pattern=pattern, examples=(Example(f"= {secret}", secret=secret),)) == []


def test_a_length_that_no_example_shows_is_reported(failures: Failures) -> None:
    (failure,) = failures(pattern="(?P<secret>acme_[0-9a-f]{32,})")
    assert "one character more: found acme...(38); it takes more than 32 characters" in failure
    assert failure.endswith("write {32} if that is the length, or add a longer example")


def test_a_range_without_a_boundary_finds_a_part_of_a_longer_word(failures: Failures, token: str) -> None:
    shorter = token[:-8]
    examples = (Example(f"token = {token}", secret=token), Example(f"token = {shorter}", secret=shorter))
    pattern = r"\b(?P<secret>acme_[0-9a-f]{20,40})"
    found = failures(pattern=pattern, boundary="", examples=examples)
    assert any("inside a longer word" in failure for failure in found), found
    assert failures(pattern=pattern, examples=examples) == []


@pytest.mark.parametrize(
    ("characters", "named"),
    [
        (".", "punctuation in"),
        (r"[^\s]", "punctuation in"),
        ("[0-9a-z]", "g-z"),
        ("[0-9A-Fa-f]", "A-F"),
        ("[0-9A-Za-z]", "g-z"),
    ],
)
def test_characters_that_no_example_has_are_reported(failures: Failures, characters: str, named: str) -> None:
    found = failures(pattern=f"(?P<secret>acme_{characters}{{32}})")
    assert any("none of the 32 characters in its examples is one" in failure for failure in found), found
    assert any(named.split()[0] in failure for failure in found), found


def test_the_letter_case_of_the_body_may_be_a_flag_too_many(failures: Failures) -> None:
    (failure, *_) = failures(pattern="(?i)token = (?P<secret>acme_[0-9a-f]{32})")
    assert "(?i)" in failure


def test_few_characters_may_lack_some_by_chance(failures: Failures) -> None:
    secret = "acme_0k1b2Z3d"
    example = Example(f"= {secret}", secret=secret)
    assert failures(pattern="(?P<secret>acme_[0-9A-Za-z]{8})", examples=(example,)) == []


def test_a_prefix_in_any_letter_case_is_shown_by_an_example(failures: Failures, token: str) -> None:
    pattern = "(?P<secret>(?i:acme)_[0-9a-f]{32})"
    (failure,) = failures(pattern=pattern)
    assert "the prefix in the other letter case" in failure
    upper = token.replace("acme", "ACME")
    examples = (Example(f"token = {token}", secret=token), Example(f"token = {upper}", secret=upper))
    assert failures(pattern=pattern, examples=examples) == []


def test_a_checksum_proves_a_secret_wherever_it_is(failures: Failures) -> None:
    check = Checksum(algorithm="crc32", encoding="hex-lower", digits=8, skip=5)
    body = random_text(HEX, 24, "checksum")
    secret = f"acme_{body}{check.checksum_of(body)}"
    wrong = CounterExample(f"acme_{random_text(HEX, 32, 'wrong')}", step=Step.CHECK, check="checksum")
    changes = {"checks": (check,), "examples": (Example(f"= {secret}", secret=secret),), "counter_examples": (wrong,)}
    assert failures(boundary="", **changes) == []


@pytest.mark.parametrize("narrowed", [{"skip": 14}, {"of": "body"}])
def test_what_a_checksum_does_not_cover_may_change(failures: Failures, narrowed: dict[str, Any]) -> None:
    check = Checksum(algorithm="crc32", encoding="hex-lower", digits=8, **narrowed)
    account, body = random_text("0123456789", 8, "account"), random_text(HEX, 24, "checksum")
    secret = f"acme_{account}_{body}{check.checksum_of(body)}"
    found = failures(
        pattern="(?P<secret>acme_[0-9]{8}_(?P<body>[0-9a-f]{32}))",
        checks=(check,),
        examples=(Example(f"= {secret}", secret=secret),),
        counter_examples=(CounterExample(f"{secret[:-1]}{'1' if secret[-1] == '0' else '0'}", check="checksum"),),
    )
    assert found == []


def test_a_checksum_that_only_lowers_the_confidence_refuses_nothing(failures: Failures) -> None:
    check = Checksum(algorithm="crc32", encoding="hex-lower", digits=8, skip=5, otherwise="low")
    body = random_text(HEX, 24, "checksum")
    secret = f"acme_{body}{check.checksum_of(body)}"
    found = failures(checks=(check,), examples=(Example(f"= {secret}", secret=secret),))
    assert not any("should refuse" in failure for failure in found), found


def test_one_check_digit_proves_nothing(failures: Failures) -> None:
    number = "97" + random_text("0123456789", 16, "luhn")
    digits = [
        n
        for n in range(10)
        if sum(int(d) for c, v in enumerate(f"{number}{n}"[::-1]) for d in str(int(v) * (1 + c % 2))) % 10 == 0
    ]
    secret = f"{number}{digits[0]}"
    found = failures(
        pattern="card (?P<secret>97[0-9]{17})",
        boundary="",
        checks=(Luhn(),),
        examples=(Example(f"card {secret}", secret=secret),),
        counter_examples=(CounterExample(f"card {number}{(digits[0] + 1) % 10}", check="luhn"),),
    )
    assert any("give it a boundary" in failure for failure in found), found


def test_a_check_of_randomness_must_refuse_one_character_again_and_again(failures: Failures) -> None:
    worthless = CounterExample("acme_" + "0" * 32, step=Step.CHECK, check="entropy")
    assert failures(checks=(Entropy(min_bits=2.0),), counter_examples=(worthless,)) == []
    weak = failures(checks=(Entropy(min_bits=0.01),), min_entropy=0.0, counter_examples=("acme_readme",))
    assert any("its check entropy is not proven" in failure for failure in weak), weak


def test_words_near_a_secret_must_hold_it(failures: Failures) -> None:
    secret = random_text(HEX, 32, "near")
    near = {
        "pattern": "(?P<secret>[0-9a-f]{32})",
        "near": (Near(words=("acme",), within=20),),
        "examples": (Example(f"acme: {secret}", secret=secret),),
        "counter_examples": (
            CounterExample(f"md5: {secret}", step=Step.NEAR),
            CounterExample(f"acme is far away from this: {secret}", step=Step.NEAR),
        ),
    }
    assert failures(**near) == []
    found = failures(**near | {"near": (Near(words=("acme",), within=2000),), "counter_examples": ("none",)})
    assert any("at most 2 bytes away in its examples, and 2,000 are allowed" in failure for failure in found), found


def test_a_word_that_is_in_the_secret_itself_holds_nothing(failures: Failures) -> None:
    found = failures(near=(Near(words=("token",), within=20, where=Side.BEFORE),), counter_examples=("acme_readme",))
    assert [failure.partition(":")[0] for failure in found] == ["near is not proven"]


def test_a_part_is_taken_away_moved_and_exchanged(failures: Failures, token: str) -> None:
    key_id = "QK" + random_text(HEX, 8, "id")
    part = Part(name="key-id", pattern="QK[0-9a-f]{8}", within_lines=2)
    changes = {
        "parts": (part,),
        "examples": (Example(f"id: {key_id}\nkey: {token}\n", secret=token, parts={"key-id": key_id}),),
        "counter_examples": (CounterExample(f"key: {token}", step=Step.PARTS, check="key-id"),),
    }
    assert failures(**changes) == []
    found = failures(**changes | {"parts": (Part(name="key-id", pattern="QK[0-9a-f]{8}", required=False),)})
    assert any("counter-example 1: found" in failure for failure in found), found


def test_a_part_that_is_wrong_is_reported(failures: Failures, token: str) -> None:
    part = Part(name="user", pattern="user=(?P<part>[a-z]+)", required=False, confidence=Confidence.LOW)
    example = Example(f"user=admin {token}", secret=token, parts={"user": "root", "host": "none"})
    assert "example 1: part user is adm...(5), which is not the one that it names" in failures(
        parts=(part,), examples=(example,)
    ) or "example 1: part user" in str(failures(parts=(part,), examples=(example,)))
