"""How much a text looks like words."""

from __future__ import annotations

import string
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import random_text
from beca_scanners.generic import trigrams
from beca_scanners.generic.trigrams import STEPS_A_BIT, SYMBOLS, TABLE_NAME, TO_SYMBOL, surprise

TABLE = files(trigrams.__package__).joinpath(TABLE_NAME).read_bytes()


def test_the_table_has_a_byte_for_each_trigram_and_is_small() -> None:
    assert len(TABLE) == SYMBOLS**3 < 100_000


def test_each_row_of_the_table_is_a_distribution() -> None:
    for begin in range(0, len(TABLE), SYMBOLS):
        chances = [2 ** (-cell / STEPS_A_BIT) for cell in TABLE[begin : begin + SYMBOLS]]
        assert sum(chances) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("word", ["password", "configuration", "getUserName", "connection", "administrator", "welcome"])
def test_words_are_less_surprising_than_random_letters(word: str) -> None:
    for seed in range(5):
        assert surprise(word.encode()) + 1 < surprise(random_text(string.ascii_lowercase, len(word), seed).encode())


@given(st.binary(min_size=1, max_size=100))
def test_it_is_the_mean_of_the_bits_of_each_trigram(text: bytes) -> None:
    symbols = [0, *(TO_SYMBOL[byte] for byte in text), 0]
    cells = [
        TABLE[(first * SYMBOLS + second) * SYMBOLS + third]
        for first, second, third in zip(symbols, symbols[1:], symbols[2:], strict=False)
    ]
    assert surprise(text) == pytest.approx(sum(cells) / len(cells) / STEPS_A_BIT)


def test_nothing_is_not_surprising() -> None:
    assert surprise(b"") == 0
