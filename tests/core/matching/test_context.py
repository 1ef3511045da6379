"""Near words and companions: what must be around a secret, with the prefilter and without it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Allow, Confidence, Near, Part, Rule, Severity, Side, Step, Variant, random_text
from beca_core.matching.patterns.locating import located_by
from beca_core.matching.room import MOST_DROPS
from beca_core.matching.rule_matcher import RuleMatcher
from beca_core.matching.ruleset import RuleSet
from beca_core.report import ProblemLog
from tests.core.matching.plain import PlainRules
from tests.core.matching.reference import Found, reference_matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Match
    from beca_core.matching.room import Drops

    MakeRule = Callable[..., Rule]

SIDES = st.sampled_from(list(Side))
PATTERNS = st.sampled_from(
    [
        *("(?P<secret>[0-9a-f]{6})", "(?P<secret>[0-9]{4,6})", "=(?P<secret>[a-f]+)", "(?P<secret>key[0-9]+)"),
        ("(?P<secret>[0-9]{4})", "(?P<secret>key[a-f]+)"),
        ("(?P<secret>[0-9]{4})", "=(?P<secret>[0-9]+)"),
    ]
)
NEARS = st.builds(
    Near,
    words=st.lists(st.sampled_from(["acme", "Tok", "secret", "aaa"]), min_size=1, max_size=2).map(tuple),
    within=st.sampled_from([1, 2, 5, 12, 40]),
    where=SIDES,
)
PARTS = st.builds(
    Part,
    name=st.sampled_from(["key-id", "user"]),
    pattern=st.sampled_from(["ID[0-9]{2}", "user:(?P<part>[a-z]+)", "[A-Z]{3}", "(?P<part>[a-z]{2}) ="]),
    boundary=st.sampled_from(["", "0-9", "A-Za-z"]),
    within_bytes=st.sampled_from([1, 3, 10, 40]),
    within_lines=st.sampled_from([0, 1, 3]),
    where=SIDES,
    required=st.booleans(),
)
WORDS = [
    b"acme",
    b"ACME",
    b"tok",
    b"secret",
    b"aaa",
    b"ID12",
    b"ID345",
    b"user:bob",
    b"user:",
    b"ABC",
    b"ab =",
    b"key7",
]
PIECES = st.sampled_from([*WORDS, b"123456", b"0011", b"beef", b"=", b" ", b" ", b"\n", b".", b"xxxxxxxx", b"\xff"])
TEXTS = st.lists(PIECES, max_size=24).map(b"".join)


def _rule(pattern: str | tuple[str, ...], **fields: object) -> Rule:
    values = {"id": "r", "version": 1, "description": "d", "severity": Severity.LOW, "confidence": Confidence.MEDIUM}
    return Rule(pattern=pattern, **values | fields)  # type: ignore[arg-type]


RULES = st.builds(
    lambda pattern, boundary, near, parts, allow: _rule(
        pattern, boundary=boundary, near=tuple(near), parts=tuple(parts), allow=allow
    ),
    PATTERNS,
    st.sampled_from(["", "0-9", "0-9a-f"]),
    st.lists(NEARS, max_size=2),
    st.lists(PARTS, max_size=2, unique_by=lambda part: part.name),
    st.sampled_from([Allow(), Allow(words=("BEE",)), Allow(values=("1234",), patterns=("^00",))]),
)


def _found(matches: list[Match]) -> list[Found]:
    return [
        Found(match.begin, match.end, tuple((part.name, part.begin, part.end) for part in match.parts))
        for match in matches
    ]


@given(RULES, st.lists(TEXTS, min_size=1, max_size=3))
def test_what_is_found_is_what_a_plain_search_of_the_whole_content_finds(rule: Rule, texts: list[bytes]) -> None:
    rules = PlainRules([rule])
    for data in [*texts, b"\n".join(texts), *texts]:  # the memo knows many lines then
        assert _found(rules.scan(data)) == reference_matches(rule, data)


@given(st.lists(RULES, min_size=2, max_size=4), TEXTS)
def test_rules_do_not_disturb_each_other(rules: list[Rule], data: bytes) -> None:
    named = [_rule(rule.pattern, **_context(rule), id=f"r-{number}") for number, rule in enumerate(rules)]
    found = PlainRules(named).scan(data)
    for rule in named:
        of_rule = [match for match in found if match.rule_id == rule.id]
        assert sorted(_found(of_rule)) == reference_matches(rule, data)


def _context(rule: Rule) -> dict[str, object]:
    return {name: getattr(rule, name) for name in ("boundary", "near", "parts", "allow")}


@pytest.mark.parametrize(
    ("near", "data", "is_found"),
    [
        (Near(words=("acme",), within=3), b"acme = 123456", True),
        (Near(words=("acme",), within=2), b"acme = 123456", False),
        (Near(words=("acme",), within=3, where=Side.AFTER), b"acme = 123456", False),
        (Near(words=("acme",), within=3, where=Side.AFTER), b"123456 (ACME)", True),
        (Near(words=("acme",), within=1, where=Side.AFTER), b"123456 (ACME)", False),
        (Near(words=("acme",), within=9, where=Side.BEFORE), b"myAcmes: 123456", True),
        (Near(words=("acme",), within=9, where=Side.LINE), b"acme\n123456\nacme", False),
        (Near(words=("acme",), within=9, where=Side.LINE), b"x\nacme 123456", True),
        (Near(words=("acme",), within=9, where=Side.EITHER), b"acme\n123456", True),
        (Near(words=("acme", "corporation"), within=1, where=Side.BEFORE), b"acme = 123456", False),
        (Near(words=("acme", "corporation"), within=1, where=Side.AFTER), b"123456 of acme", False),
        (Near(words=("acme",), within=4096), b"acme" + b"." * 4096 + b"123456", True),
        (Near(words=("acme",), within=4096), b"acme" + b"." * 4097 + b"123456", False),
        (Near(words=("acme",), within=4096), b"123456" + b"." * 4096 + b"acme", True),
        (Near(words=("acme",), within=4096), b"123456" + b"." * 4097 + b"acme", False),
    ],
)
def test_words_near_a_secret(near: Near, data: bytes, is_found: bool) -> None:
    assert bool(PlainRules([_rule("(?P<secret>[0-9]{6})", near=(near,))]).scan(data)) is is_found


def test_all_of_several_near_must_be_there() -> None:
    both = (Near(words=("acme",)), Near(words=("token", "secret")))
    rule = _rule("(?P<secret>[0-9]{6})", near=both)
    assert [
        bool(PlainRules([rule]).scan(data)) for data in (b"acme token 123456", b"acme 123456", b"token 123456")
    ] == [
        True,
        False,
        False,
    ]


def test_a_line_in_the_memo_does_not_depend_on_where_the_word_was() -> None:
    rules = PlainRules([_rule("(?P<secret>[0-9]{6})", near=(Near(words=("acme",), within=20),))])
    line = b"123456" + b"." * 500 + b"654321"
    assert [match.begin for match in rules.scan(b"acme\n" + line)] == [5]
    assert [match.begin for match in rules.scan(line + b"\nacme")] == [506]


@pytest.mark.parametrize(
    ("part", "data", "spans"),
    [
        (Part(name="id", pattern="ID[0-9]+"), b"ID1 ID2 = 123456 ID3", [("id", 17, 20)]),
        (Part(name="id", pattern="ID[0-9]+", where=Side.BEFORE), b"ID1 ID2 = 123456 ID3", [("id", 4, 7)]),
        (Part(name="id", pattern="ID[0-9]+"), b"ID1.123456.ID2", [("id", 0, 3)]),
        (Part(name="id", pattern="ID[0-9]+", within_lines=1), b"ID1\n\n123456\n.......ID2", [("id", 19, 22)]),
        (Part(name="id", pattern="ID[0-9]+", within_lines=0), b"ID1\n123456", []),
        (Part(name="id", pattern="ID[0-9]+", within_bytes=3), b"ID1....123456", []),
        (Part(name="id", pattern="user=(?P<part>[a-z]+)"), b"user=bob pass=123456", [("id", 5, 8)]),
        (Part(name="id", pattern="ID[0-9]{2}", boundary="0-9"), b"ID123 ID12.. 123456", [("id", 6, 10)]),
        (Part(name="id", pattern="ID[0-9]+;?"), b"ID" + b"1" * 1100 + b" 123456", []),
    ],
)
def test_the_nearest_companion_is_reported(part: Part, data: bytes, spans: list[tuple[str, int, int]]) -> None:
    found = PlainRules([_rule("(?P<secret>123456)", parts=(part,))]).scan(data)
    assert [list(each.parts) for each in _found(found)] == ([spans] if spans else [])


def test_a_missing_companion_that_is_not_required_lowers_the_confidence() -> None:
    part = Part(name="id", pattern="ID[0-9]+", required=False, confidence=Confidence.LOW)
    rules = PlainRules([_rule("(?P<secret>123456)", parts=(part,))])
    assert [(match.confidence, len(match.parts)) for match in rules.scan(b"123456")] == [(Confidence.LOW, 0)]
    assert [(match.confidence, len(match.parts)) for match in rules.scan(b"ID1 123456")] == [(None, 1)]


def test_a_check_of_a_part_chooses_among_its_occurrences() -> None:
    part = Part(name="id", pattern="ID[0-9]+", checks=(lambda each: each if each.secret != b"ID2" else None,))
    found = PlainRules([_rule("(?P<secret>123456)", parts=(part,))]).scan(b"ID1 ID2 123456")
    assert _found(found)[0].parts == (("id", 0, 3),)


@pytest.mark.parametrize(
    ("fields", "literals", "reach"),
    [
        ({"pattern": "(?P<secret>uvw_[0-9]+)", "near": (Near(words=("acme",)),)}, {"uvw_"}, (0, 0, False)),
        ({"pattern": "(?P<secret>key_[0-9]+)", "near": (Near(words=("acme",)),)}, {"acme"}, (68, 65, False)),
        ({"near": (Near(words=("acme",)), Near(words=("secrets",), within=9))}, {"secrets"}, (16, 10, False)),
        ({"parts": (Part(name="id", pattern="ID_[0-9]+", within_bytes=9),)}, {"ID_"}, (1034, 1034, False)),
        ({"parts": (Part(name="id", pattern="ID_[0-9]+", required=False),)}, set(), (0, 0, True)),
        ({"keywords": ("acme",)}, {"acme"}, (0, 0, True)),
        ({}, set(), (0, 0, True)),
    ],
)
def test_what_a_rule_is_located_by(fields: dict[str, object], literals: set[str], reach: tuple[int, int, bool]) -> None:
    found = located_by(_rule(**{"pattern": "(?P<secret>[0-9]{4})", **fields}))  # type: ignore[arg-type]
    assert {"".join(chr(max(letter)) for letter in literal) for literal in found.literals} == literals
    assert (found.before, found.after, found.everywhere) == reach


def test_every_step_says_what_it_drops() -> None:
    rule = _rule(
        "=(?P<secret>[0-9a-z]{6})",
        boundary="!",
        near=(Near(words=("acme", "corp")),),
        min_entropy=1.0,
        checks=(_no_nines,),
        allow=Allow(values=("abcdef",), words=("demo",), patterns=("^xx",), lines=("# ignore",)),
        parts=(Part(name="key-id", pattern="ID[0-9]+", within_lines=0),),
    )
    texts = ["abc123!", "111111", "123459", "abcdef", "mydemo", "xxyy12", "abc124 # ignore", "abc124"]
    data = "\n".join(f"acme={text}" for text in texts)
    data += "\n" + "." * 80 + "=abc125" + "." * 80 + "\nID7 acme=abc123"
    drops: Drops = []
    log = ProblemLog()
    found = RuleSet({rule.id: rule}, [rule]).find(data.encode(), log, drops=drops)
    assert [data[match.begin : match.end] for match in found] == ["abc123"]
    assert [(reason.step, reason.name, reason.value) for _, reason in drops] == [
        (Step.ENTROPY, "min-entropy", "0.00 of at least 1"),
        (Step.CHECK, "_no_nines", ""),
        (Step.ALLOW, "values", ""),
        (Step.ALLOW, "words", "demo"),
        (Step.ALLOW, "patterns", "pattern 1"),
        (Step.ALLOW, "lines", "pattern 1"),
        (Step.PARTS, "key-id", ""),
        (Step.NEAR, "acme, corp", ""),
        (Step.BOUNDARY, "boundary", "after"),
    ]
    assert all(data[match.begin : match.end] not in reason.reason + reason.value for match, reason in drops)
    assert log.dropped == {Step.ENTROPY: 1, Step.CHECK: 1, Step.ALLOW: 4, Step.PARTS: 1, Step.NEAR: 1}


def _no_nines(candidate):  # type: ignore[no-untyped-def]
    return None if b"9" in candidate.secret else candidate


def test_companions_in_encoded_text_are_at_their_place_in_the_text() -> None:
    rule = _rule("(?P<secret>key_[0-9]{6})", parts=(Part(name="id", pattern="ID[0-9]{3}", required=False),))
    inner = b"the id is ID123 and the key is key_123456"
    data = b"x: " + base64.b64encode(inner) + b" ID999"
    (match,) = RuleSet({rule.id: rule}, [rule]).find(data, ProblemLog())
    ((name, begin, end, text),) = [(part.name, part.begin, part.end, part.text) for part in match.parts]
    assert (name, text, match.secret, match.decodings) == ("id", b"ID123", b"key_123456", ("base64",))
    assert 3 <= begin < end < match.begin
    at = 3 + inner.index(b"ID123") * 4 // 3
    assert begin == at


def test_what_is_dropped_in_encoded_text_is_listed_at_its_place() -> None:
    rule = _rule("(?P<secret>key_[0-9]{6})", min_entropy=2.9)
    low = _rule("(?P<secret>low_[0-9]{6})", id="low", confidence=Confidence.LOW)
    data = b"x: " + base64.b64encode(b"key_111111 low_123456 key_123456")
    drops: Drops = []
    log = ProblemLog()
    (match,) = RuleSet({rule.id: rule, low.id: low}, [rule, low]).find(data, log, drops=drops)
    assert match.secret == b"key_123456"
    assert [(each.rule_id, each.secret, each.decodings, reason.step) for each, reason in drops] == [
        ("r", b"key_111111", ("base64",), Step.ENTROPY),
        ("low", b"low_123456", ("base64",), Step.DECODING),
    ]
    assert all(3 <= each.begin < each.end <= len(data) for each, _ in drops)
    assert log.dropped == {Step.ENTROPY: 1}


def test_in_a_part_of_a_content_what_is_in_the_context_counts_elsewhere() -> None:
    rule = _rule("(?P<secret>[0-9]{6})", near=(Near(words=("acme",), within=20),), min_entropy=1.0)
    data = b"acme 123456 111111 acme 654321 222222"
    drops: Drops = []
    log = ProblemLog()
    found = RuleSet({rule.id: rule}, [rule]).find_in_part(data, log, own=(0, 19), drops=drops)
    assert [data[match.begin : match.end] for match in found if match.begin < 19] == [b"123456"]
    assert [data[match.begin : match.end] for match, _ in drops] == [b"111111"]
    assert log.dropped == {Step.ENTROPY: 1}


def test_listed_drops_are_bounded_and_all_are_counted() -> None:
    rule = _rule("(?P<secret>key_[0-9]{6})", min_entropy=7.0)
    drops: Drops = []
    log = ProblemLog()
    RuleSet({rule.id: rule}, [rule]).find(b"key_123456\n" * 3000, log, drops=drops)
    assert (len(drops), log.dropped) == (MOST_DROPS, {Step.ENTROPY: 3000})
    assert log.unlisted_drops == 3000 - MOST_DROPS


def test_variants_and_attributes_are_part_of_a_match() -> None:
    rule = _rule(
        r"(?P<env>[a-z]+)_(?P<secret>key(?P<kind>[a-z]?)[0-9]{4})(?P<all>)",
        attributes=("env", "kind", "all"),
        variants=(
            Variant(name="test", pattern="^key[a-z]", severity=Severity.LOW, confidence=Confidence.LOW),
            Variant(name="old", pattern="0$", severity=Severity.HIGH),
            Variant(name="other", pattern="^key"),
        ),
    )
    found = PlainRules([rule]).scan(b"live_key1230 demo_keyx1234 dev_key1234")
    assert [(match.variant, match.severity, match.confidence, match.attributes) for match in found] == [
        ("old", Severity.HIGH, None, (("env", "live"),)),
        ("test", None, Confidence.LOW, (("env", "demo"), ("kind", "x"))),
        ("other", None, None, (("env", "dev"),)),
    ]


def test_an_attribute_never_holds_the_secret_and_is_bounded() -> None:
    rule = _rule(r"(?P<line>(?P<head>[^=]*)=(?P<secret>key[0-9]{4}))", attributes=("line", "head"))
    (match,) = PlainRules([rule]).scan("é".encode() * 300 + b"\xff" + b"=key1234")
    assert match.attributes == (("head", "é" * 200),)


@given(st.integers(0, 2**32), st.booleans(), st.sampled_from(["", "0-9"]))
def test_in_long_lines_the_prefilter_loses_nothing(seed: int, multiline: bool, boundary: str) -> None:
    noise = random_text("0123456789abcdef .", 9000, seed)
    words = random_text("0123456789", 12, seed + 1)
    data = noise.encode()
    for number in range(0, 12, 3):
        at = int(words[number : number + 3]) * 9
        data = data[:at] + (b"acme", b"ID77")[number % 2] + data[at + 4 :]
    near = (Near(words=("acme",), within=30),)
    parts = (Part(name="id", pattern="ID[0-9]{2}", within_bytes=30),)
    for context in ({"near": near}, {"parts": parts}):
        rule = _rule("(?P<secret>[0-9][0-9a-f]+)", boundary=boundary, multiline=multiline, max_bytes=16, **context)
        everywhere = RuleMatcher(rule).matches(data, [(1, len(data))], lambda *_: None)
        assert PlainRules([rule]).scan(data) == everywhere
