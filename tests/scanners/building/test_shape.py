"""Shapes: the pattern takes each sample, and nothing that is not a token."""

from __future__ import annotations

import re

import re2
from hypothesis import given
from hypothesis import strategies as st

from beca_core.checks import Entropy, Placeholder
from beca_core.findings import Confidence
from beca_core.rules.candidate import Candidate
from beca_scanners.building import (
    TokenChoice,
    TokenRun,
    TokenShape,
    base32,
    base62,
    base64url,
    either,
    hexadecimal,
    uuid,
)

CLASSES = st.sampled_from(["0-9a-f", "A-Z2-7", "0-9A-Za-z", "0-9A-Za-z_-", "0-9A-Za-z+/", "a-z", "0-9"])
RUNS = st.builds(
    lambda characters, least, more: TokenRun(characters, least, least + more),
    CLASSES,
    st.integers(8, 40),
    st.integers(0, 60),
)
TEXTS = st.text("abcXYZ019_-./$+()[]{}|^*?\\:", min_size=1, max_size=12)
CHOICES = st.lists(TEXTS, min_size=2, max_size=4, unique=True).map(lambda texts: TokenChoice(tuple(texts)))
SHAPES = st.lists(TEXTS | RUNS | CHOICES, min_size=1, max_size=5).flatmap(
    lambda pieces: RUNS.map(lambda run: TokenShape(*pieces, run))
)


@given(SHAPES, st.text(max_size=8))
def test_the_pattern_takes_each_sample(shape: TokenShape, seed: str) -> None:
    samples = shape.samples(seed)
    assert len(samples) >= 2
    assert samples == shape.samples(seed)
    for sample in samples:
        assert re.fullmatch(shape.pattern, sample)
        assert len(sample) <= shape.longest


@given(SHAPES, st.text(max_size=8))
def test_samples_show_each_choice(shape: TokenShape, seed: str) -> None:
    for piece in shape.pieces:
        if isinstance(piece, TokenChoice):
            assert all(any(text in sample for sample in shape.samples(seed)) for text in piece.texts)


@given(SHAPES)
def test_what_is_worthless_has_the_shape(shape: TokenShape) -> None:
    assert re.fullmatch(shape.pattern, shape.worthless())
    assert re.fullmatch(shape.pattern, shape.placeholder("a"))


@given(CLASSES, st.integers(16, 60), st.text(max_size=8))
def test_what_is_cut_is_no_token(characters: str, length: int, seed: str) -> None:
    shape = TokenShape("acme_", TokenRun(characters, length, length + 3))
    assert not re.fullmatch(shape.pattern, shape.cut(seed))


@given(CLASSES, st.integers(16, 60), st.text(max_size=8))
def test_a_sample_has_one_of_each_kind(characters: str, length: int, seed: str) -> None:
    kinds = re.findall(r"[0-9A-Za-z]-[0-9A-Za-z]|.", characters)
    (sample, _) = TokenShape(TokenRun(characters, length, length)).samples(seed)
    assert all(re.search(f"[{re.escape(kind) if len(kind) == 1 else kind}]", sample) for kind in kinds)


def test_checks_refuse_what_is_worthless_and_placeholders() -> None:
    for shape in (
        TokenShape("acme_", hexadecimal(32)),
        TokenShape("AC", base32(16)),
        TokenShape(*uuid()),
        TokenShape("x", base62(40)),
    ):
        assert not _passes(Entropy(min_share=0.6), shape.worthless())
        assert _passes(Entropy(min_share=0.6), shape.placeholder("a"))
        assert not _passes(Placeholder(), shape.placeholder("a"))


def test_symbols_of_a_token_may_not_adjoin_it() -> None:
    assert TokenShape("a", base64url(20)).boundary == "0-9A-Za-z_-"
    assert TokenShape("a", base62(20)).boundary == "0-9A-Za-z_"
    assert TokenShape(either("a/", "b+"), TokenRun("0-9A-Za-z+/", 9, 9)).boundary == "0-9A-Za-z_+/"


def _passes(check: Entropy | Placeholder, text: str) -> bool:
    return isinstance(check(Candidate(text.encode(), 0, len(text), Confidence.HIGH)), Candidate)


@given(st.integers(8, 1200), st.integers(0, 2400), st.text(max_size=8))
def test_a_run_may_be_longer_than_re2_repeats(least: int, more: int, seed: str) -> None:
    least = min(least, 1000)
    run = TokenRun("0-9a-z", least, least + more)
    pattern = re2.compile(run.pattern)
    for length in (least, least + more):
        assert pattern.fullmatch("7" * length)
    for length in (least - 1, least + more + 1):
        assert not pattern.fullmatch("7" * length)


@given(CHOICES, RUNS, st.text(max_size=8))
def test_samples_show_the_first_choice_with_short_runs_and_all_with_long_ones(
    choice: TokenChoice, run: TokenRun, seed: str
) -> None:
    first, *others = (sample.split("=") for sample in TokenShape(choice, "=", run).samples(seed))
    assert (first[0], len(first[1])) == (choice.texts[0], run.least)
    assert [begin for begin, _ in others] == [*choice.texts[1:], choice.texts[0]]
    assert {len(end) > run.least for _, end in others} == {run.least < run.most}
