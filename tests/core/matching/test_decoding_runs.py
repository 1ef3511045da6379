"""Runs of digits: where they begin and end, which lines form a block, and how far they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.matching.decoding.base64_text import READER
from beca_core.matching.decoding.digit_runs import LEAST_FORM, REACH, DigitRun
from beca_core.matching.decoding.hexadecimal import READER as HEX_READER

LINE = b"QUJD" * 15


def run_at(data: bytes, marker: bytes) -> tuple[DigitRun, int]:
    at = data.index(marker) + len(marker)
    run = READER.around(data, at)
    assert run is not None
    return run, at


def blocks(data: bytes, marker: bytes = b"HERE") -> list[bytes]:
    run, at = run_at(data, marker)
    return [block.digits for block in run.blocks(at)]


@pytest.mark.parametrize("before", [b"", b"key: ", b'"', b"=", b"\xff", b"a.b,"])
@pytest.mark.parametrize("after", [b"", b"==", b'"', b" rest", b"\n", b".x"])
def test_a_run_ends_where_its_digits_end(before: bytes, after: bytes) -> None:
    assert blocks(before + b"abHEREcd+/-_09" + after) == [b"abHEREcd+/-_09"]


@pytest.mark.parametrize(
    "join",
    [
        *(b"\n", b"\r\n", b"\n    ", b"\n\t", b" \n", b"\\n", b"\\r\\n", b"\\\\n", b"\\n\n"),
        *(b'"\n  "', b"' +\n '", b'"\r\n"', b"' \\\n  '", b'\\n" +\n  "', b"`\n  + `", b"'\n. '"),
    ],
)
@pytest.mark.parametrize("marker", [0, 1, 2])
def test_lines_of_one_width_form_a_block(join: bytes, marker: int) -> None:
    lines = [LINE, LINE, LINE[:24]]
    lines[marker] = b"HERE" + lines[marker][4:]
    expected = [lines[marker], b"".join(lines)]
    assert blocks(b'key: "' + join.join(lines) + b'"\n') == expected


@pytest.mark.parametrize(("width", "count"), [(64, 1), (76, 1), (60, 2), (72, 2)])
def test_lines_of_the_usual_widths_are_not_a_list(width: int, count: int) -> None:
    text = b"HERE" + b"QUJD" * 40
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    found = blocks(b"\n".join(lines))
    assert len(found) == count
    assert found[-1] == text


def test_a_line_that_is_followed_by_something_else_is_not_the_last_one() -> None:
    assert blocks(b"a: HERE" + LINE[4:] + b"\nb: x") == [b"HERE" + LINE[4:]]
    assert blocks(b"a: HERE" + LINE[4:] + b"\nother = x") == [b"HERE" + LINE[4:]]
    assert blocks(b"a: HERE" + LINE[4:] + b"\nrest==\n") == [b"HERE" + LINE[4:], b"HERE" + LINE[4:] + b"rest"]


@pytest.mark.parametrize("lines", [[LINE[:30], b"HERE"], [b"HERE", LINE], [LINE[:58], b"HERE"]])
def test_short_and_uneven_lines_are_separate(lines: list[bytes]) -> None:
    assert blocks(b"\n".join(lines)) == [b"HERE"]


def test_after_a_shorter_line_another_block_begins() -> None:
    data = b"\n".join([LINE, LINE[:8], b"HERE" + LINE[4:], LINE, b"abcd"])
    assert blocks(data) == [b"HERE" + LINE[4:], b"HERE" + LINE[4:] + LINE + b"abcd"]


def test_an_escaped_slash_is_a_digit_and_an_escaped_line_end_is_not() -> None:
    assert blocks(rb"ab\/cdHERE\/x") == [b"ab/cdHERE/x"]
    assert blocks(rb"text\nHEREab\nmore") == [b"HEREab"]
    assert blocks(rb"\HEREab\x") == [b"HEREab"]


def test_other_digits_make_other_runs() -> None:
    data = b"xyz6768zz"
    run = HEX_READER.around(data, 7)
    assert run is not None
    assert [block.digits for block in run.blocks(7)] == [b"6768"]
    assert HEX_READER.around(data, 2) is None


def test_a_long_run_is_read_only_around_the_offset() -> None:
    data = b"A" * 200_000 + b"HERE" + b"B" * 200_000
    run, at = run_at(data, b"HERE")
    (block,) = run.blocks(at)
    assert block.digits == b"A" * (REACH - 4) + b"HERE" + b"B" * REACH
    assert (block.offsets, block.counts, block.end) == ((200_004 - REACH,), (0,), at + REACH)
    assert block.digits_before(at) == REACH
    assert run.contains(at)
    assert run.contains(at + REACH - 10_000)
    assert not run.contains(at + REACH - 100)
    assert not run.contains(200_004 - REACH)


@given(st.integers(0, 2000), st.integers(0, 2000), st.sampled_from([b"\n", b"\\n", b"' +\n    '"]))
def test_a_run_is_found_whole_however_far_back_it_begins(before: int, after: int, join: bytes) -> None:
    text = b"A" * before + b"HERE" + b"B" * after
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    data = b" = '" + join.join(lines) + b"'"
    at = data.find(b"HERE")
    if at >= 0:
        run, at = run_at(data, b"HERE")
        assert [block.digits for block in run.blocks(at)][-1] == text


@given(st.lists(st.sampled_from([b"Zm9v", b"n", b"r", b"\\", b"/", b"\n", b" ", b'"', b"+", b"\r", b"=", b"%"])))
def test_an_offset_after_a_digit_is_in_its_block_in_any_text(parts: list[bytes]) -> None:
    data = b"".join(parts)
    for at in range(4, len(data) + 1):
        if data[at - 4 : at] == b"Zm9v" and (run := READER.around(data, at)):
            for block in run.blocks(at):
                count = block.digits_before(at)
                assert block.digits[max(0, count - 4) : count].endswith(b"v")
                assert block.offsets[0] <= at <= block.end


@given(
    st.lists(
        st.sampled_from([LINE[:28], LINE[:32], LINE[:36], b"doc", b"l", b"\\/", b"\n", b" ", b"\r\n"]), max_size=12
    )
)
def test_a_block_never_holds_what_is_before_a_tear(parts: list[bytes]) -> None:
    data = b"".join(parts)
    for at in range(1, len(data) + 1):
        if READER.is_torn(data, at) and (run := READER.around(data, at)):
            line_begin = data.rindex(b"\n", 0, at) + 1
            assert at - line_begin < LEAST_FORM
            assert all(block.offsets[0] >= line_begin for block in run.blocks(at))


@pytest.mark.parametrize("before", [LINE[:32], b"a: " + LINE[:36], b"\\/" + LINE[:32]])
def test_what_continues_a_full_line_is_not_torn(before: bytes) -> None:
    data = before + b"\nl and so on"
    at = len(before) + 2
    assert not READER.is_torn(data, at)
    assert READER.is_torn(b"a: " + data[-24:], at - len(data) + 27)


def test_an_offset_between_two_lines_is_in_no_block() -> None:
    run, _ = run_at(b"HEREab\n      cdef", b"HERE")
    assert list(run.blocks(10)) == []


@pytest.mark.parametrize("join", [b"", b"\n", b"\\n", b'"\n  "'])
def test_near_returns_enough_digits_or_the_whole_run(join: bytes) -> None:
    lines = [LINE] * 3 + [b"abcdHERE"] + [LINE] * 3
    short = b'key: "' + join.join(lines) + b'"\n'
    at = short.index(b"HERE") + 4
    block = READER.near(short, at, 16)
    assert block is not None
    digits, before = block.digits, block.digits_before(at)
    assert digits[before - 8 : before] == b"abcdHERE"
    assert min(before, len(digits) - before) >= 16
    assert digits in b"".join(lines)
    everything = READER.near(short, at, 10_000)
    assert everything is not None
    assert everything.digits == b"".join(lines)


@pytest.mark.parametrize("lines_before", [2, 100, 198])
def test_near_returns_none_if_fewer_digits_are_close_by(lines_before: int) -> None:
    """At the beginning and at the end of the text there are no more digits, so those few are enough."""
    line = b"QUJD\n" + b" " * 64
    data = line * lines_before + b"HERE" + line[4:] + line * (199 - lines_before)
    at = data.index(b"HERE") + 4
    assert READER.near(data, at, 4) is not None
    assert READER.near(data, at, 100) is None
    assert READER.near(b"a b", 2, 100) is None
