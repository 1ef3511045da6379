"""Tails: what may follow a literal, and that asking for it hides nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.matching.index.tails import tail
from beca_core.matching.patterns.literals import literals, render
from beca_core.matching.patterns.pattern_parser import parse


def tail_of(pattern: str) -> str | None:
    tree = parse(pattern)
    return tail(tree, literals(tree))


def passes(pattern: str, text: bytes) -> bool:
    """Return whether a text may go on after the literal of a pattern."""
    found = tail_of(pattern)
    assert found is not None
    return re.match(found.replace(r"\z", r"\Z").encode(), text, re.DOTALL) is not None


ASSIGNED = r"""(?i)token[\w.-]{0,4}\s*(?:=|:)\s*["']?(?P<secret>[0-9a-f]{8,12})\b"""


@pytest.mark.parametrize(
    ("after", "may_match"),
    [
        (b" = 'abcdef01'", True),
        (b"_ab=0123456789", True),
        (b"_abcde = 01234567", False),
        (b" == 01234567", False),
        (b" = 0123456", True),
        (b" = 0123456\n", False),
        (b"", True),
        (b"_a", True),
        (b" = %31%32", True),
        (b" = 12\\u0031", True),
        (b" = \\\\x31", True),
        (b" = 12\\n", False),
        (b" = %s", False),
        (b"s, %31", False),
        (b"%3D12345678", True),
    ],
)
def test_a_tail_accepts_what_may_go_on(after: bytes, *, may_match: bool) -> None:
    assert passes(ASSIGNED, after) is may_match


@pytest.mark.parametrize(
    ("pattern", "after"),
    [
        (r"\b(?P<secret>key_[0-9]{20})\b", b"0" * 20),
        ("(?P<secret>(?:key|token)_[0-9]{8})", b"12345678"),
        ("(?P<secret>key_(?:[0-9]{4}-){3}x)", b"1234-1234-1234-x"),
        ("(?P<secret>key_(?:[0-9]{4}|[a-f]{3}))", b"abc"),
        ("(?P<secret>key_$[\n]ab)", b"\r\nab"),
        ("(?P<secret>[a-z]{0,9}key_[0-9]*x)", b"0x"),
        ("(?P<secret>k[ea]y_[^0-9]{2})", b"\xff\x00"),
    ],
)
def test_the_tail_of_a_pattern(pattern: str, after: bytes) -> None:
    assert passes(pattern, after)
    assert all(passes(pattern, after[:size]) for size in range(len(after)))
    assert all(passes(pattern, after[:size] + b"%41") for size in range(len(after)))


def test_a_literal_at_the_end_has_the_empty_tail() -> None:
    assert tail_of("(?P<secret>[0-9]{3}key)") == ""


@pytest.mark.parametrize("pattern", ["(?P<secret>[0-9]{20})", "(?P<secret>key_[0-9]{8}|tok_[a-f]{8})"])
def test_no_tail_is_known_if_the_literal_has_no_single_place(pattern: str) -> None:
    assert tail_of(pattern) is None


ATOMS = st.sampled_from(
    ["a", "[ab]", "(?:ab|c)", "(?:a|bc?)", "[^a]", "[ \t]", "(?:)", r"\b", "$", "(?i:x)", "(?:a(?:b|)c)"]
)
TIMES = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,3}", "{2,}"])
AFTER = st.lists(st.builds("{}{}".format, ATOMS, TIMES), max_size=5).map("".join)


@pytest.mark.parametrize("pattern", [r"(?P<secret>key_\w*)", "(?P<secret>key_(?:a|))", "(?P<secret>key_a?b*)"])
def test_what_need_not_follow_is_not_read(pattern: str) -> None:
    assert tail_of(pattern) == ""


def test_no_more_than_the_least_of_the_last_repetition_is_read() -> None:
    found = tail_of("(?P<secret>key_[0-9]{8,})")
    assert found is not None
    assert "8,}" not in found


def test_a_tail_goes_on_to_the_byte_that_cuts_texts() -> None:
    assert passes("(?P<secret>key_[^a]{2}b)", b"x\xffanything")
    assert not passes("(?P<secret>key_[^a]{2}b)", b"xa\xff")


@given(AFTER, st.data())
def test_a_tail_accepts_each_match_and_each_beginning_of_one(after: str, data: st.DataObject) -> None:
    pattern = f"(?P<secret>01234567[0-9A-Z]{after})"
    if "$" in after or r"\b" in after:
        return
    text = b"X" + data.draw(st.from_regex(re.compile(after.encode(), re.DOTALL), fullmatch=True))
    assert passes(pattern, text + b"!")
    cut = data.draw(st.integers(0, len(text)))
    assert passes(pattern, text[:cut])
    assert passes(pattern, text[:cut] + b"\\x41")


def test_a_tail_is_written_without_flags() -> None:
    assert "(?i" not in (tail_of(ASSIGNED) or "(?i")
    assert render(next(iter(literals(parse(ASSIGNED))))) == "[Tt][Oo][Kk][Ee][Nn]"


NAMES = [f"name{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(60)]


def test_many_names_have_one_tail() -> None:
    pattern = f"(?P<word>(?i:{'|'.join(NAMES)}))_?=(?P<secret>[0-9]{{4}})"
    assert len(literals(parse(pattern))) == len(NAMES)
    assert passes(pattern, b"_=1234")
    assert not passes(pattern, b"s=1234")
    assert not passes(pattern, b"_=123a")


@pytest.mark.parametrize("longer", ["nameaalong", "longnameaa"])
def test_where_a_name_is_a_part_of_another_no_tail_is_known(longer: str) -> None:
    assert tail_of(f"(?P<word>{'|'.join([*NAMES, longer])})=(?P<secret>[0-9]{{4}})") is None


def test_a_name_with_many_spellings_has_no_tail() -> None:
    assert tail_of(f"(?P<word>{'|'.join([*NAMES, '[a-z]{9}_'])})=(?P<secret>[0-9]{{4}})") is None
