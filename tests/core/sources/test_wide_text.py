"""UTF-16 and UTF-32 become UTF-8, whatever stands around them and however they come in parts."""

from __future__ import annotations

import codecs
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Match
from beca_core.sources.wide_text import Transcoder, encoding_of, readings, transcoded, wide_runs

MARKS = {
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
ENCODINGS = st.sampled_from(sorted(MARKS))
LATIN = st.text(st.sampled_from("abcdefgh XYZ=0123456789\t\r\n\u00e9\u00ff"), min_size=8, max_size=60)


@given(ENCODINGS, st.text(st.characters(exclude_categories=["Cs"])))
def test_a_content_with_a_mark_is_its_text(encoding: str, text: str) -> None:
    data = MARKS[encoding] + text.encode(encoding)
    found = encoding_of(data)
    if found != encoding:  # the mark of UTF-32 before this text can also be that of UTF-16 and a NUL
        assert (encoding, found) == ("utf-16-le", "utf-32-le")
        assert text.startswith("\0")
        return
    assert transcoded(data, encoding).decode() == "\ufeff" + text


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xfe", b"abc", b"\xef\xbb\xbfabc", b"\0a\0b", b"\0\0\xfe", b"\xff\xd8\xff"]
)
def test_other_contents_have_no_mark(data: bytes) -> None:
    assert encoding_of(data) is None


def test_the_mark_of_utf_16_before_a_nul_is_not_that_of_utf_32() -> None:
    assert encoding_of("\ufeff\0abcdefgh".encode("utf-16-le")) == "utf-16-le"
    assert encoding_of("\ufeffabcdefgh".encode("utf-32-le")) == "utf-32-le"


@given(ENCODINGS, LATIN, st.lists(st.integers(0, 300), max_size=6))
def test_parts_give_the_same_text_as_the_whole(encoding: str, text: str, cuts: list[int]) -> None:
    data = MARKS[encoding] + (text + "\U0001f600\u65e5" + text).encode(encoding)
    transcoder = Transcoder(encoding)
    edges = [0, *sorted(cuts), len(data)]
    parts = [transcoder.transcode(data[begin:end]) for begin, end in pairwise(edges)]
    assert b"".join(parts) + transcoder.transcode(b"", is_last=True) == transcoded(data, encoding)


@given(ENCODINGS, LATIN, st.binary(max_size=9))
def test_characters_after_inserted_bytes_are_found_again(encoding: str, text: str, inserted: bytes) -> None:
    data = MARKS[encoding] + "first line".encode(encoding) + inserted + ("\n" + text + "#" * 7).encode(encoding)
    assert (text[2:] + "#" * 7).encode() in transcoded(data, encoding)


@pytest.mark.parametrize("encoding", sorted(MARKS))
def test_what_is_not_valid_is_replaced(encoding: str) -> None:
    text = "key=\ud800 secret"
    data = MARKS[encoding] + text.encode(encoding, "surrogatepass")
    for cut in range(len(MARKS[encoding]), len(data)):
        transcoded(data[:cut], encoding).decode()
    assert transcoded(data, encoding).decode().endswith(" secret")


@given(
    ENCODINGS,
    LATIN,
    st.binary(max_size=20).filter(lambda data: not data.endswith(b"\0")),
    st.binary(max_size=20).filter(lambda data: not data.startswith(b"\0")),
)
def test_runs_are_found_between_other_bytes(encoding: str, text: str, before: bytes, after: bytes) -> None:
    data = before + text.encode(encoding) + after
    (runs, *_) = (reading for reading in readings(data) if text[1:].encode() in reading.text)
    at = runs.text.find(text[1:].encode())
    for skipped in range(len(text) - 1):
        offset = runs.offset(at + len(text[1 : 1 + skipped].encode()))
        assert data[offset : offset + 1] == text[1 + skipped].encode("latin-1")


@given(st.lists(st.one_of(st.binary(max_size=12), LATIN.map(lambda text: text.encode("utf-16-le"))), max_size=6))
def test_what_is_between_runs_keeps_its_line_ends_and_offsets(parts: list[bytes]) -> None:
    data = b"".join(parts)
    runs = wide_runs(data)
    if runs is None:
        return
    assert runs.offset(len(runs.text)) == len(data)
    offsets = [runs.offset(at) for at in range(len(runs.text) + 1)]
    assert offsets == sorted(offsets)
    ends = [end for _, end in runs.spans]
    begins = [begin for begin, _ in runs.spans]
    for end, following in zip([0, *ends], [*begins, len(runs.text)], strict=True):
        between = runs.text[end:following]
        assert not between.strip(b"\0\n")
        assert not between or not list(runs.held([Match(end, following, "x")]))


def test_short_runs_are_noise() -> None:
    assert wide_runs("secret".encode("utf-16-le")) is None
    assert wide_runs(b"\0" * 100) is None
    assert wide_runs(bytes(range(256)) * 4) is None
