"""Contents in chunks give the same findings, at the same positions, as in one piece."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Engine, PluginRegistry, Rule, Severity, hookimpl
from beca_core.matching.lines import PIECE_IN_MATCHES
from beca_core.rules.rule import MAX_MAX_BYTES, WHOLE_IN_MATCHES, random_text
from beca_core.sources.archives import is_archive
from beca_core.sources.contracts import FixedShare, FlatReading, Resume
from beca_core.sources.files.chunks import DEFAULT_SIZES, ChunkSizes, is_text, read_chunks
from beca_core.sources.positions import PositionReader
from beca_core.sources.texts import StreamSource, TextSource
from beca_scanners.keys.private_keys import armour, example_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core import Finding
    from beca_core.sources.contracts import Blob, Source
    from beca_core.sources.limits import Limits

LONGEST = 16
"""`max_bytes` of the rules here, so that chunks can be small."""

SMALL = ChunkSizes(own=1000, before=20 * LONGEST, after=12 * LONGEST, grid=4 * LONGEST)


def ends_at_digits(candidate: Candidate) -> Candidate | None:
    """Include up to eight digits after the match: a check that looks after its match."""
    end = candidate.end
    while end < len(candidate.data) and candidate.data[end : end + 1].isdigit() and end < candidate.end + 8:
        end += 1
    return replace(candidate, end=end)


def begins_at_value(candidate: Candidate) -> Candidate | None:
    """Move to the value in the line after `=`: a check whose secret begins after its match."""
    begin = candidate.end + 2
    if candidate.data[candidate.end : begin] != b"=\n" or begin + 4 > len(candidate.data):
        return None
    return replace(candidate, begin=begin, end=begin + 4)


def rule(rule_id: str, pattern: str, **changes: Any) -> Rule:
    return Rule(
        id=rule_id,
        version=1,
        description=rule_id,
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=pattern,
        max_bytes=LONGEST,
        **changes,
    )


RULES = (
    rule("word", r"\b(?P<secret>swordfish)\b"),
    rule("line", r"^(?P<secret>sesame\d)$"),
    rule("long", r"(?P<secret>keykey[a-f]+)"),
    rule("lines", r"(?P<secret>one\n+two)", multiline=True),
    rule("long-lines", r"(?P<secret>many[a-f\n]+)", multiline=True),
    rule("ahead", r"(?P<secret>id-)", checks=(ends_at_digits,)),
    rule("value", r"(?P<secret>name)", checks=(begins_at_value,)),
)


def engine() -> Engine:
    @hookimpl
    def beca_register_rules() -> tuple[Rule, ...]:
        return RULES

    registry = PluginRegistry()
    registry.register(SimpleNamespace(beca_register_rules=beca_register_rules), "chunks")
    assert registry.problems == ()
    return Engine(registry)


ENGINE = engine()


class Chunked(StreamSource):
    """Reads bytes in chunks as files are read: later bytes can be looked at."""

    def __init__(self, data: bytes, sizes: ChunkSizes) -> None:
        super().__init__(io.BytesIO(data), "<text>")
        self._chunks = read_chunks("<text>", io.BytesIO(data).read, read_from=parts_of(data), sizes=sizes)

    def start(self, limits: Limits, resume: Resume | None = None) -> FlatReading:
        return FlatReading((FixedShare(tuple(self._chunks)),))


def parts_of(data: bytes) -> Callable[[int], Iterator[bytes]]:
    return lambda offset: (data[at : at + 7] for at in range(offset, len(data), 7))


def chunks(data: bytes, sizes: ChunkSizes = SMALL) -> list[Blob]:
    return list(read_chunks("x", io.BytesIO(data).read, read_from=parts_of(data), sizes=sizes))


def scan(source: Source) -> list[Finding]:
    report = ENGINE.scan(source)
    assert report.coverage.complete
    return list(report.findings)


WORDS = [
    *(b"swordfish", b"sesame1", b"keykeyabcdef", b"keykey" + b"abc" * 9, b"one\ntwo", b"one", b"\n\n", b"two"),
    *(b"id-12345", b"id-", b"name=\n1234", b"name", b" ", b"\n", b"\r\n", b"x", b"="),
    *("é".encode(), "日本".encode(), b"\xff", b"\xe6\x97"),
]
FILLERS = [b"x", b".", b" ", b"xyz ", b"x\n", "é".encode(), "日本語".encode(), b"\n", b"\x00", b"abcdef"]
STRETCHES = st.one_of(
    st.sampled_from(WORDS),
    st.binary(max_size=6),
    st.tuples(st.sampled_from(FILLERS), st.integers(1, 800)).map(lambda pair: pair[0] * pair[1]),
)
TEXTS = st.lists(STRETCHES, min_size=5, max_size=60).map(b"".join)


@given(data=TEXTS)
def test_findings_in_chunks_are_those_of_the_whole(data: bytes) -> None:
    assert scan(Chunked(data, SMALL)) == scan(TextSource(data))


LINES_OF_TEXT = st.lists(
    st.one_of(
        st.sampled_from([b"many" + b"abc\n" * 12, b"many" + b"\n" * 70, b"swordfish\n", b"x\n", b"\n"]),
        st.integers(1, 100).map(lambda length: b"x" * length + b"\n"),
        st.integers(600, 1500).map(lambda length: b"x" * length),
    ),
    min_size=30,
    max_size=90,
).map(b"".join)


@pytest.mark.slow
@given(data=LINES_OF_TEXT)
def test_matches_that_are_too_long_end_as_in_the_whole(data: bytes) -> None:
    assert scan(Chunked(data, SMALL)) == scan(TextSource(data))


@given(data=TEXTS.filter(lambda data: not is_archive(data)))
def test_findings_in_a_stream_are_those_of_the_whole(data: bytes) -> None:
    def without_columns(findings: list[Finding]) -> list[tuple[str, bytes, int]]:
        return [(found.rule_id, found.secret, found.location.begin.line) for found in findings]

    assert without_columns(scan(StreamSource(io.BytesIO(data), sizes=SMALL))) == without_columns(scan(TextSource(data)))


@given(data=TEXTS)
def test_positions_in_chunks_are_those_of_the_whole(data: bytes) -> None:
    whole, start, read = PositionReader(data), 0, chunks(data)
    for chunk, following in zip(read, [*read[1:], None], strict=True):
        reader = chunk.positions or PositionReader(data)
        own_end = len(data) - start if chunk.own is None else chunk.own
        for offset in (0, chunk.own_from, (chunk.own_from + own_end) // 2, own_end, own_end // 3):
            assert reader.position(offset) == whole.position(start + offset)
        start += 0 if following is None else own_end - following.own_from


@given(data=TEXTS)
def test_every_byte_belongs_to_one_chunk(data: bytes) -> None:
    read = chunks(data)
    assert b"".join(chunk.data[chunk.own_from : chunk.own] for chunk in read) == data
    assert all(len(chunk.data) - (chunk.own or 0) >= SMALL.after for chunk in read[:-1])
    assert all(chunk.own_from >= SMALL.before for chunk in read[1:])
    assert all(len(chunk.data) <= SMALL.own + 2 * SMALL.before + SMALL.grid + SMALL.after for chunk in read)


def test_a_content_that_fits_into_a_chunk_is_not_cut() -> None:
    largest = SMALL.own + SMALL.after - 1
    (chunk,) = chunks(b"x" * largest)
    assert (chunk.own_from, chunk.own, chunk.positions) == (0, None, None)
    assert len(chunks(b"x" * (largest + 1))) == 2
    assert [chunk.data for chunk in chunks(b"")] == [b""]


@pytest.mark.parametrize("line_end", [b"", b"\n"])
@pytest.mark.parametrize("cut", range(1, 5))
def test_secrets_across_every_cut(cut: int, line_end: bytes) -> None:
    """One secret at each offset from 64 bytes before a cut to 64 after it, in a separate text."""
    blank = bytearray(b" " * (SMALL.own * 6))
    if line_end:
        blank[100:101] = line_end
    at_cut = cut * SMALL.own
    for offset in range(-64, 65):
        data = bytes(blank[: at_cut + offset]) + b"swordfish" + bytes(blank[at_cut + offset + 9 :])
        found = scan(Chunked(data, SMALL))
        assert [finding.secret for finding in found] == [b"swordfish"]
        assert found == scan(TextSource(data))


@pytest.mark.parametrize("size", [1, 4 * LONGEST - 6, 4 * LONGEST - 5, 4 * LONGEST, 300, 700, 5000])
def test_a_long_secret_is_cut_alike_across_every_cut(size: int) -> None:
    """The same secret around every cut of a long line: found once, with one fingerprint, and marked if it is cut."""
    text = b" keykey" + b"a" * size + b" "
    ((expected, is_cut),) = {(found.fingerprint, found.truncated) for found in ENGINE.scan_text(text)}
    assert is_cut is (len("keykey") + size > 4 * LONGEST)
    for before in range(0, 2 * SMALL.own, 37):
        found = scan(Chunked(b" " * before + text + b" " * 2500, SMALL))
        assert [(finding.fingerprint, finding.truncated) for finding in found] == [(expected, is_cut)]
        assert found[0].location.begin.column == before + 2


def test_cuts_are_at_line_ends_where_there_are_any() -> None:
    line = b"x" * 96 + b"\n"
    read = chunks(line * 40)
    assert len(read) > 3
    assert all(chunk.data[: chunk.own].endswith(b"\n") for chunk in read[:-1])


def test_columns_are_bytes_in_a_line_that_turns_out_not_to_be_text() -> None:
    begin = "\u00e9 swordfish ".encode() * 300
    for end, column in ((b"", 3), (b"\xff", 4), (b"\n\xff", 3)):
        first = scan(Chunked(begin + end, SMALL))[0]
        assert first.location.begin.column == column


def test_a_character_across_a_cut_counts_once() -> None:
    for shift in range(3):
        data = b"x" * shift + "\u65e5".encode() * 1500 + b" swordfish"
        (found,) = scan(Chunked(data, SMALL))
        assert found.location.begin.column == shift + 1502


def test_lines_are_read_ahead_only_on_demand() -> None:
    def refuse(_: int) -> Iterator[bytes]:
        raise AssertionError

    data = b" " * 3000 + b"swordfish\n"
    for chunk in read_chunks("x", io.BytesIO(data).read, read_from=refuse, sizes=SMALL):
        assert chunk.id == "x"


@pytest.mark.parametrize(
    ("parts", "is_whole", "expected"),
    [
        ([], True, True),
        ([b"a", "\u00e9".encode()], True, True),
        ([b"\xc3", b"\xa9"], True, True),
        ([b"\xc3"], True, False),
        ([b"\xc3"], False, True),
        ([b"\xc3\n\xa9"], False, False),
        ([b"\xff"], False, False),
        ([b"a\n\xff", b"\xff"], True, True),
    ],
)
def test_is_text(parts: list[bytes], is_whole: bool, expected: bool) -> None:
    assert is_text(parts, is_whole=is_whole) is expected


def test_the_context_holds_the_longest_match_and_the_piece_in_which_it_is_sought() -> None:
    piece = PIECE_IN_MATCHES * MAX_MAX_BYTES
    assert DEFAULT_SIZES.before > 2 * piece
    assert DEFAULT_SIZES.after > piece
    assert (DEFAULT_SIZES.grid, piece - DEFAULT_SIZES.grid) == (WHOLE_IN_MATCHES * MAX_MAX_BYTES,) * 2


def test_an_own_part_smaller_than_its_context_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than its context"):
        ChunkSizes(own=SMALL.own // 2, before=SMALL.before, after=SMALL.after, grid=SMALL.grid)


@pytest.mark.slow
@pytest.mark.parametrize("line_length", [0, 80, 3_000_000])
def test_the_installed_rules_at_the_default_sizes(line_length: int) -> None:
    engine = Engine(PluginRegistry.load())
    key = armour("RSA PRIVATE KEY", example_key())
    value = random_text("0123456789abcdef", 64, "chunks")
    planted = [f" private_key_{n} = '{value[n:]}{n}'\n{key}\n" for n in range(4)]
    stretch = b"x" * line_length + b"\n" if line_length else b"x"
    data = bytearray(stretch * (40_000_000 // len(stretch)))
    for number, text in enumerate(planted):
        at = DEFAULT_SIZES.own * (number % 2 + 1) - 1500 * (number // 2) - 5
        data[at : at + len(text)] = text.encode()
    whole = list(engine.scan(TextSource(bytes(data))).findings)
    assert len(whole) == 8
    assert list(engine.scan(Chunked(bytes(data), DEFAULT_SIZES)).findings) == whole
