"""The database of encoded forms: made for the first text that a decoder may read, and not before."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from beca_core.matching.index.encoded import EncodedIndex
from beca_core.matching.index.word_table import table_of
from beca_core.matching.index.words import Word
from beca_core.matching.patterns.literals import bytes_as_literals, render

if TYPE_CHECKING:
    from collections.abc import Callable

LITERAL = b"acme_key="
SECRET = LITERAL + b"0123456789"


@pytest.fixture
def encoded() -> EncodedIndex:
    (literal,) = bytes_as_literals([LITERAL])
    return EncodedIndex(table_of([Word(literal, render(literal))]))


def is_made(encoded: EncodedIndex) -> bool:
    return "_forms_index" in vars(encoded)


@pytest.mark.parametrize("text", [b"", b"def name(self): return 100 % 3\n" * 100, b"fifteen_letters of text"])
def test_plain_text_needs_no_database(encoded: EncodedIndex, text: bytes) -> None:
    assert encoded.forms(text) == {}
    assert not is_made(encoded)


@pytest.mark.parametrize(
    "encode",
    [
        base64.b64encode,
        lambda text: base64.b64encode(base64.b64encode(text)),
        lambda text: base64.b64encode(text).hex().encode(),
        lambda text: base64.b64encode(text.hex().encode()),
        lambda text: base64.b64encode(text.decode().encode("utf-16-le")),
        lambda text: text.hex().upper().encode(),
        lambda text: quote(text).encode(),
        lambda text: b"".join(b"%%%02x" % byte for byte in text),
        lambda text: text.replace(b"=", rb"\u003d"),
        lambda text: text.replace(b"=", rb"\x3d"),
    ],
)
def test_the_first_encoded_text_has_it_made(encoded: EncodedIndex, encode: Callable[[bytes], bytes]) -> None:
    text = b"a = '" + encode(SECRET) + b"'"
    found = encoded.forms(text)
    assert found
    assert is_made(encoded)
    assert encoded.forms(text) == found
