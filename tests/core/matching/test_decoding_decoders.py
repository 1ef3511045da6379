"""Decoders: what digits and escapes decode to, and how spans of decoded bytes map back to the text."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.matching.decoding.base64_text import decode_base64
from beca_core.matching.decoding.decoded import Decoding
from beca_core.matching.decoding.digit_runs import DigitBlock
from beca_core.matching.decoding.hexadecimal import decode_hex
from beca_core.matching.decoding.percent import decode_percent
from beca_core.matching.decoding.unicode_escapes import decode_unicode_escapes

Unescape = Callable[[bytes, int, int], Decoding | None]

BYTES = st.binary(min_size=24, max_size=80)
SIZES = st.lists(st.integers(1, 20), max_size=8)


def block_of(digits: bytes, sizes: list[int], gap: bytes) -> tuple[bytes, DigitBlock]:
    """Cut digits into stretches, and return the text around them with the block that they form."""
    text, offsets, counts, at = b"> ", [], [], 0
    for size in [*sizes, len(digits)]:
        if at < len(digits):
            offsets.append(len(text))
            counts.append(at)
            text += digits[at : at + size] + gap
            at += size
    return text, DigitBlock(tuple(offsets), tuple(counts), digits, len(text) - len(gap))


@given(BYTES, SIZES, st.integers(0, 3), st.data())
def test_base64_decodes_and_spans_map_back(
    content: bytes, sizes: list[int], skipped: int, choice: st.DataObject
) -> None:
    digits = base64.b64encode(content).rstrip(b"=")
    text, block = block_of(b"AAA"[:skipped] + digits, sizes, b"\n ")
    decoding = next(decode_base64(block, skipped))
    assert (decoding.name, decoding.data) == ("base64", content)
    assert text[decoding.begin : decoding.end].replace(b"\n ", b"") == b"AAA"[:skipped] + digits
    begin, end = choice.draw(spans(len(content)))
    first, last = decoding.locate(begin, end)
    whole = text[first:last].replace(b"\n ", b"")
    assert whole == digits[8 * begin // 6 : -(-8 * end // 6)]
    assert text[last - 1 : last].strip()


@given(BYTES, SIZES, st.integers(0, 1), st.booleans(), st.data())
def test_hexadecimal_decodes_and_spans_map_back(
    content: bytes, sizes: list[int], skipped: int, upper: bool, choice: st.DataObject
) -> None:
    digits = content.hex().upper().encode() if upper else content.hex().encode()
    text, block = block_of(b"0"[:skipped] + digits, sizes, b"\n ")
    (decoding,) = decode_hex(block, skipped)
    assert (decoding.name, decoding.data) == ("hex", content)
    begin, end = choice.draw(spans(len(content)))
    first, last = decoding.locate(begin, end)
    assert bytes.fromhex(text[first:last].replace(b"\n ", b"").decode()) == content[begin:end]
    assert text[last - 1 : last].strip()


def spans(size: int) -> st.SearchStrategy[tuple[int, int]]:
    pairs = st.tuples(st.integers(0, size - 1), st.integers(1, size))
    return pairs.filter(lambda pair: pair[0] < pair[1])


@given(st.text(st.characters(max_codepoint=255), min_size=24, max_size=60), st.integers(0, 1), st.data())
def test_utf_16_decodes_and_spans_map_back(content: str, shift: int, choice: st.DataObject) -> None:
    digits = base64.b64encode(b"x"[:shift] + content.encode("utf-16-le")).rstrip(b"=")
    text, block = block_of(digits, [], b"")
    narrow = [decoding for decoding in decode_base64(block, 0) if decoding.data == content.encode("latin-1")]
    assert narrow
    begin, end = choice.draw(spans(len(content)))
    first, last = narrow[0].locate(begin, end)
    bits = 8 * (2 * begin + shift), 8 * (2 * end + shift)
    assert text[first:last] == digits[bits[0] // 6 : -(-bits[1] // 6)]


@pytest.mark.parametrize(("decode", "digits"), [(decode_base64, b"QUJD" * 3), (decode_hex, b"41" * 11)])
def test_few_digits_are_not_decoded(decode: Callable[[DigitBlock, int], Iterator[Decoding]], digits: bytes) -> None:
    _, block = block_of(digits, [], b"")
    assert list(decode(block, 0)) == []


@given(st.binary(max_size=60), st.sets(st.integers(0, 255)))
def test_percent_encoding_is_decoded(content: bytes, safe: set[int]) -> None:
    text = quote_from_bytes(content, safe=bytes(safe - {ord("%")}))
    decoding = decode_percent(b"ab" + text.encode("latin-1") + b"%41", 2, 2 + len(text))
    assert (content if decoding is None else decoding.data) == unquote_to_bytes(text)


PLAIN = st.sampled_from([b"a", b"%", b"%4", b"\\", b"\\u00", b"\\x", b"=", b" ", b"41"])
ESCAPES = st.sampled_from(
    [b"%41", b"%2b", b"\\u003d", b"\\u00E9", b"\\x3d", b"\\\\u0041", b"\\u{1F600}", b"\\u20ac", b"\\ud83d"]
)


@pytest.mark.parametrize("decode", [decode_percent, decode_unicode_escapes])
@given(st.lists(PLAIN | ESCAPES, max_size=12), st.integers(0, 5), st.data())
def test_the_span_of_each_decoded_byte_decodes_to_it(
    decode: Unescape, parts: list[bytes], offset: int, choice: st.DataObject
) -> None:
    text = b"-" * offset + b"".join(parts)
    decoding = decode(text, offset, len(text))
    if decoding is None:
        return
    assert (decoding.begin, decoding.end) == (offset, len(text))
    begin, end = choice.draw(spans(len(decoding.data)))
    first, last = decoding.locate(begin, end)
    assert offset <= first < last <= len(text)
    again = decode(text, first, last)
    decoded = text[first:last] if again is None else again.data
    assert decoding.data[begin:end] in decoded
    assert len(decoded) <= end - begin + 6
    if decoded.isascii():
        assert decoded == decoding.data[begin:end]
    assert decoding.locate(0, len(decoding.data)) == (offset, len(text))


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        (rb"a\u003db", b"a=b"),
        (rb"a\x3Db", b"a=b"),
        (rb"a\\u003db", b"a=b"),
        (rb"\u{3d}\u{00003D}", b"=="),
        (rb"\u00e9\u20ac", "é€".encode()),
        (rb"\xe9", b"\xe9"),
        (rb"\ud83d", b"\xed\xa0\xbd"),
    ],
)
def test_escapes_of_programming_languages(text: bytes, decoded: bytes) -> None:
    decoding = decode_unicode_escapes(text, 0, len(text))
    assert decoding is not None
    assert (decoding.name, decoding.data) == ("unicode-escape", decoded)


@pytest.mark.parametrize("text", [rb"\users", rb"\n\t\"", rb"\u12", rb"\xg1", rb"\u{}", rb"\u{123456}", b"u003d"])
def test_text_that_is_not_an_escape_is_kept(text: bytes) -> None:
    assert decode_unicode_escapes(text, 0, len(text)) is None


@pytest.mark.parametrize("text", [b"100%", b"%d %s", b"%%", b"% 41"])
def test_text_that_is_not_percent_encoded_is_kept(text: bytes) -> None:
    assert decode_percent(text, 0, len(text)) is None
