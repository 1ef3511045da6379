"""Follow sets: which bytes follow a literal in each match, and that checking them hides nothing."""

from __future__ import annotations

import base64
import re
import string
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beca_core import Match, PluginRegistry, Rule, hookimpl
from beca_core.matching.patterns import pattern as pattern_module
from beca_core.matching.patterns import pattern_checking
from beca_core.matching.patterns.follow_sets import FollowSet, follow_set
from beca_core.matching.patterns.literals import literals
from beca_core.matching.patterns.pattern_parser import parse
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.regions import Regions
from beca_core.report import ProblemLog
from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRule = Callable[..., Rule]

DIGITS = string.digits.encode()
HEX = b"0123456789abcdef"


def follow_set_of(pattern: str) -> FollowSet | None:
    tree = parse(pattern)
    return follow_set(tree, literals(tree))


@pytest.mark.parametrize(
    ("pattern", "members", "length"),
    [
        (r"\b(?P<secret>key_[0-9]{20})\b", DIGITS, 20),
        ("(?P<secret>key_[0-9]{20,})", DIGITS, 20),
        ("(?P<secret>key_[0-9]+)", DIGITS, 1),
        ("(?P<secret>key_[0-9]{200})", DIGITS, 64),
        (r"(?P<secret>key_\b[0-9]{2}$[0-9]{3})", DIGITS, 2),
        ("(?P<secret>key_[0-9]{5}[0-9a-f]{3})", DIGITS, 5),
        ("(?P<secret>(?i:key)_[0-9a-f]{8})", HEX, 8),
        ("(?P<secret>(?:key|tok)_[0-9]{8})", DIGITS, 8),
        ("(?P<secret>k[ea]y_[0-9]{8})", DIGITS, 8),
        ("[a-z]{0,9}(?P<secret>key_[0-9]{8})", DIGITS, 8),
        ("(?:a|bc)?(?P<secret>key_[0-9]{8})", DIGITS, 8),
        ("key_(?P<secret>[0-9]{8})", DIGITS, 8),
        ("(?P<secret>[0-9]{9}key_x_[0-9]{8})", DIGITS, 8),
        ("(?P<secret>abc[0-9]{9}longer_key[0-9a-f]{8})", HEX, 8),
        ("(?P<secret>(?:ab){2}[0-9]{8})", DIGITS, 8),
        (r"(?P<secret>key_[%0-9\\]{8})", DIGITS, 8),
    ],
)
def test_the_follow_set_of_a_pattern(pattern: str, members: bytes, length: int) -> None:
    found = follow_set_of(pattern)
    assert found is not None
    assert (bytes(sorted(found.members)), found.length) == (members, length)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?P<secret>key_)",
        "(?P<secret>[0-9]{20}key_)",
        "(?P<secret>key_[0-9]*)",
        "(?P<secret>key_[0-9]{0,20}x)",
        "(?P<secret>key_(?:[0-9]{20}|[a-f]{30}))",
        "(?P<secret>key_(?:[0-9]{4}-){5})",
        "(?P<secret>(?:key|token)_[0-9]{8})",
        "(?P<secret>key_[0-9]{8}|tok_[a-f]{8})",
        "(?P<secret>(?:key_[0-9]{8})+)",
        "(?P<secret>[0-9]{20})",
        r"(?i)acme[\w.-]{0,20}\s*=\s*(?P<secret>[0-9a-f]{16})",
    ],
)
def test_there_is_no_follow_set_if_matches_differ(pattern: str) -> None:
    assert follow_set_of(pattern) is None


@pytest.mark.parametrize(
    ("after", "may_match"),
    [
        (b"12345", True),
        (b"123456789", True),
        (b"1234x", False),
        (b"x2345", False),
        (b"12\n45", False),
        (b"12345x", True),
        (b"%312345", True),
        (b"1\\u00322345", True),
        (b"1x%32", False),
        (b"1234", True),
        (b"", True),
    ],
)
def test_the_bytes_after_a_literal_are_checked(after: bytes, *, may_match: bool) -> None:
    assert FollowSet(DIGITS, 5).may_be_at(b"key_" + after, 4) is may_match


def test_literals_that_cannot_begin_a_match_are_not_reported(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>ad-[0-9a-f]{8})")])
    assert prefilter.find(b"read-only ad-0123456x").ranges == {}
    assert prefilter.find(b"read-only ad-01234567").ranges == {0: [(13, 13)]}
    assert prefilter.find(b"read-only") == Regions()


def test_events_on_both_sides_of_a_near_miss_are_one_range(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>ad-[0-9]{2})")])
    assert prefilter.find(b"ad-11 ad-x ad-22").ranges == {0: [(3, 14)]}


@pytest.mark.parametrize("size", [1, 500, 8192, 20_000])
def test_the_end_of_the_data_is_checked_in_the_same_way(
    make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("beca_core.matching.index.literal_index._PIECE_BYTES", 200)
    prefilter = Prefilter([make_rule("(?P<secret>ad-[0-9]{8})")])
    for after in range(12):
        seen = prefilter.find(b"." * size + b"ad-" + b"1" * after).ranges
        assert seen == {0: [(size + 3, size + 3)]}, after
        assert prefilter.find(b"." * size + b"ad-" + b"1" * min(after, 7) + b".").ranges == {}


def matches(rules: list[Rule], data: bytes) -> list[Match]:
    registry = PluginRegistry()
    plugin = SimpleNamespace(beca_register_rules=hookimpl(lambda: rules))
    assert registry.register(plugin, "rules").problems == []
    return registry.compile().find(data, ProblemLog())


def matches_without_follow_sets(rules: list[Rule], data: bytes) -> list[Match]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pattern_checking, "_checked", {})
        patch.setattr(pattern_module, "follow_set", lambda _pattern, _literals: None)
        return matches(rules, data)


ESCAPES = ("%{:02x}", "%{:02X}", "\\u00{:02x}", "\\x{:02X}", "\\\\u00{:02x}", "%25{:02x}")
SECRET = b"ad-" + random_text("0123456789abcdef", 16, "tails").encode()


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("at", range(3, len(SECRET)))
def test_an_escape_after_the_literal_hides_nothing(make_rule: MakeRule, at: int, escape: str) -> None:
    rule = make_rule("(?P<secret>ad-[0-9a-f]{16})")
    data = b"x=" + SECRET[:at] + escape.format(SECRET[at]).encode() + SECRET[at + 1 :]
    (found,) = matches([rule], data)
    assert (data[found.begin : found.end], found.secret) == (data[2:], SECRET)


BEFORE = st.sampled_from(["", "", r"\b", "^", "(?:x_)?", "[a-z]{0,3}", "(?:^|[^a-z])"])
HEADS = st.sampled_from(["ad-", "key_", "(?i:ad-)", "(?:ad|bc)-", "(?:ad-|key_)", "[ak]d-", "ad-(?:ad-)?", r"ad\b-"])
CLASSES = st.sampled_from(["[0-9a-f]", "[0-9A-Za-z_-]", r"[\w%-]", r"[^\n]", r"[\\0-9]", "[0-9]", "."])
TIMES = st.sampled_from(["", "{4}", "{3,}", "{2,6}", "+", "{70}", "{1,2}?", "*", "?"])
BODIES = st.lists(st.builds("{}{}".format, CLASSES, TIMES), min_size=1, max_size=3).map("".join)
AFTER = st.sampled_from(["", r"\b", "$", "(?:[^0-9]|$)", "-ad"])
SEPARATORS = st.sampled_from([b"", b" ", b"\n", b"x", b"\xff", b" " * 65])
FAULTS = st.sampled_from([b"", b"=", b"%", b"\\", b"Z", b"\n"])


class Shape(NamedTuple):
    """A pattern in parts; the literals are in the head."""

    before: str
    head: str
    body: str
    after: str

    @property
    def pattern(self) -> str:
        return f"{self.before}(?P<secret>{self.head}{self.body}){self.after}"


SHAPES = st.builds(Shape, BEFORE, HEADS, BODIES, AFTER)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """Draw patterns, and a text of matches and near misses, some of them encoded, up to the very end."""
    shapes = draw(st.lists(SHAPES, min_size=1, max_size=3))
    pieces = draw(st.lists(st.sampled_from(shapes).flatmap(pieces_of) | SEPARATORS, min_size=1, max_size=6))
    return [shape.pattern for shape in shapes], b"".join(pieces)


@st.composite
def pieces_of(draw: st.DrawFn, shape: Shape) -> bytes:
    head, body = draw(text_of(shape.before + shape.head)), draw(text_of(shape.body + shape.after))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(FAULTS) + body[at + 1 :]
    match draw(st.sampled_from(["plain", "escaped", "escaped", "all escaped", "base64", "hex"])):
        case "plain":
            return head + body
        case "escaped":
            chosen = [draw(st.sampled_from([None, None, *ESCAPES])) for _ in body[:20]]
            return head + b"".join(map(escaped, chosen, body)) + body[20:]
        case "all escaped":
            escape = draw(st.sampled_from(ESCAPES[:3]))
            return b"".join(escaped(escape, byte) for byte in head.lower() + body)
        case "base64":
            return base64.b64encode(head + body + draw(SEPARATORS))
    return (head + body).hex().encode()


def text_of(pattern: str) -> st.SearchStrategy[bytes]:
    return st.from_regex(re.compile(pattern.encode(), re.MULTILINE | re.ASCII), fullmatch=True)


def escaped(escape: str | None, byte: int) -> bytes:
    return escape.format(byte).encode() if escape else bytes([byte])


@pytest.mark.slow
@given(cases(), st.booleans())
@example((["(?P<secret>ad-[0-9a-f]{4})"], b"ad-0%61\\u0031f"), False)
@example((["(?P<secret>ad-[0-9a-f]{4})"], b"ad-x ad-01af"), False)
@example(([r"(?P<secret>ad-[\\0-9]{4})"], b"ad-" + b"\\u0031" * 4), False)
def test_the_same_is_found_with_and_without_follow_sets(
    make_rule: MakeRule, case: tuple[list[str], bytes], multiline: bool
) -> None:
    patterns, data = case
    rules = [make_rule(text, id=f"rule-{number}", multiline=multiline) for number, text in enumerate(patterns)]
    assert matches(rules, data) == matches_without_follow_sets(rules, data)


def test_a_near_miss_does_not_cause_decoding(make_rule: MakeRule) -> None:
    """A literal with only some letters escaped is not found; a near miss of another rule next to it changes nothing."""
    rules = [make_rule("(?P<secret>ad-[0-9]{4})", id="a"), make_rule("(?P<secret>key_[0-9]{4})", id="b")]
    data = b"key_x and a%64-1234"
    assert matches(rules, data) == matches(rules[:1], data) == []
