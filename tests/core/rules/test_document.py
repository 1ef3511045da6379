"""The codec: a rule as plain data, and back."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import (
    Allow,
    Confidence,
    CounterExample,
    Example,
    Near,
    Part,
    Rule,
    RuleInfo,
    Severity,
    Side,
    Step,
    Variant,
)
from beca_core.errors import InvalidRule
from beca_core.rules.documents import data_shapes
from beca_core.rules.documents.document import (
    is_data,
    rule_from_document,
    rule_to_document,
    rule_to_json,
    without_checks,
)

TEXTS = st.text(max_size=5)
BOTH = TEXTS | st.binary(max_size=5)
TUPLES = st.lists(TEXTS, max_size=3).map(tuple)
CONFIDENCES = st.sampled_from([None, *Confidence])
SIDES = st.sampled_from(list(Side))
RULES = st.builds(
    Rule,
    id=TEXTS,
    version=st.integers(),
    description=TEXTS,
    severity=st.sampled_from(list(Severity)),
    confidence=st.sampled_from(list(Confidence)),
    examples=st.lists(
        st.builds(
            Example,
            text=BOTH,
            secret=BOTH | st.lists(BOTH, max_size=2).map(tuple),
            confidence=CONFIDENCES,
            parts=st.dictionaries(TEXTS, BOTH, max_size=2),
            variant=st.none() | TEXTS,
        ),
        max_size=2,
    ).map(tuple),
    counter_examples=st.lists(
        BOTH | st.builds(CounterExample, text=BOTH, step=st.sampled_from([None, *Step])), max_size=3
    ).map(tuple),
    tags=TUPLES,
    enabled=st.booleans(),
    pattern=TEXTS | TUPLES,
    near=st.lists(st.builds(Near, words=TUPLES, within=st.integers(), where=SIDES), max_size=2).map(tuple),
    parts=st.lists(
        st.builds(Part, name=TEXTS, pattern=TEXTS, where=SIDES, confidence=CONFIDENCES, public=st.booleans()),
        max_size=2,
    ).map(tuple),
    min_entropy=st.floats(0, 8) | st.integers(0, 8),
    allow=st.builds(Allow, values=TUPLES, lines=TUPLES),
    variants=st.lists(st.builds(Variant, name=TEXTS, pattern=TEXTS, confidence=CONFIDENCES), max_size=2).map(tuple),
)
PLAIN: dict[str, Any] = {
    "id": "a-b",
    "version": 1,
    "description": "x",
    "severity": "HIGH",
    "confidence": "LOW",
    "pattern": "(?P<secret>abc)",
}


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A library with one check, which has one parameter."""

    class Fake:
        def __init__(self, least: int) -> None:
            self.least = least

        def __call__(self, candidate: Any) -> Any:
            return candidate

    def from_document(document: dict[str, Any]) -> Fake:
        if set(document) != {"check", "least"}:
            raise InvalidRule("check fake: leest is not a parameter of it.", hint="It has least.", pointer="/leest")
        return Fake(document["least"])

    found = SimpleNamespace(
        Fake=Fake,
        is_data=lambda check: isinstance(check, Fake),
        to_document=lambda check: {"check": "fake", "least": check.least},
        from_document=from_document,
    )
    monkeypatch.setattr(data_shapes, "check_library", lambda: found)
    return found


@given(RULES, st.booleans())
def test_a_rule_survives_json(rule: Rule, complete: bool) -> None:
    document = rule_to_document(rule, complete=complete)
    assert rule_from_document(json.loads(json.dumps(document))) == rule


@given(RULES)
def test_all_fields_are_shown(rule: Rule) -> None:
    assert rule_from_document(rule_to_json(rule)) == rule


def test_defaults_are_left_out() -> None:
    assert rule_to_document(rule_from_document(PLAIN)) == PLAIN


def test_the_rule_of_a_scanner_has_no_pattern() -> None:
    info = RuleInfo(id="a", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW)
    document = rule_to_document(info, complete=True)
    assert "pattern" not in document
    assert rule_from_document(document, RuleInfo) == info
    with pytest.raises(InvalidRule, match=r"^pattern is not a key of this table\."):
        rule_from_document(PLAIN, RuleInfo)


@pytest.mark.parametrize(("text", "severity"), [("HIGH", Severity.HIGH), ("high", Severity.HIGH)])
def test_enumerations_are_read_in_lower_and_in_upper_case(text: str, severity: Severity) -> None:
    assert rule_from_document({**PLAIN, "severity": text}).severity is severity
    near = {"words": ["abc"], "where": "BEFORE"}
    assert rule_from_document({**PLAIN, "near": near}).near[0].where is Side.BEFORE


def test_bytes_are_a_table_of_their_own() -> None:
    rule = rule_from_document({**PLAIN, "counter_examples": [{"bytes": "\x00\xff"}, {"text": {"bytes": "\xfe"}}]})
    assert rule.counter_examples == (b"\x00\xff", CounterExample(b"\xfe"))


@pytest.mark.parametrize("table", ["near", "parts", "variants", "examples", "counter_examples"])
def test_one_table_does_for_a_list_of_tables(table: str) -> None:
    of = {
        "near": {"words": ["abc"]},
        "parts": {"name": "x", "pattern": "y"},
        "variants": {"name": "x", "pattern": "y"},
        "examples": {"text": "x", "secret": "y"},
    }
    if table == "counter_examples":
        with pytest.raises(InvalidRule, match="counter_examples must be a list, not a table"):
            rule_from_document({**PLAIN, table: {"text": "x"}})
    else:
        assert len(getattr(rule_from_document({**PLAIN, table: of[table]}), table)) == 1


def test_everything_that_is_wrong_is_said() -> None:
    wrong = {**PLAIN, "version": "1", "near": [{"words": 1}], "zzz": None}
    del wrong["severity"]
    with pytest.raises(InvalidRule) as caught:
        rule_from_document(wrong)
    message = caught.value.message
    assert message.startswith("zzz is not a key of this table. There are id, version")
    for part in (
        "version must be a whole number, not a text.",
        "has no severity, which is required.",
        "near[1].words must be a list, not a whole number.",
    ):
        assert part in message


@pytest.mark.parametrize("document", [None, 1, "x", [], [PLAIN]])
def test_what_is_no_table_is_refused(document: object) -> None:
    with pytest.raises(InvalidRule, match="must be a table, not"):
        rule_from_document(document)


def test_checks_of_the_library_are_data(library: SimpleNamespace) -> None:
    checks = (library.Fake(3),)
    rule = Rule(
        **{**PLAIN, "severity": Severity.HIGH, "confidence": Confidence.LOW},
        checks=checks,
        parts=(Part(name="x", pattern="y", checks=checks),),
    )
    assert is_data(rule)
    document = rule_to_document(rule)
    assert document["checks"] == document["parts"][0]["checks"] == [{"check": "fake", "least": 3}]
    read = rule_from_document(document)
    assert [type(check) for check in (*read.checks, *read.parts[0].checks)] == [library.Fake] * 2


def test_a_wrong_check_is_refused_where_it_is(library: SimpleNamespace) -> None:
    with pytest.raises(InvalidRule) as caught:
        rule_from_document({**PLAIN, "checks": [{"check": "fake", "leest": 3}]})
    assert caught.value.message == (
        "checks[1].leest is not valid: check fake: leest is not a parameter of it. It has least."
    )


def test_a_function_is_no_data() -> None:
    rule = Rule(**{**PLAIN, "severity": Severity.HIGH, "confidence": Confidence.LOW}, checks=(lambda each: each,))
    assert not is_data(rule)
    with pytest.raises(TypeError, match="checks has a function, which is not data"):
        rule_to_document(rule)
    assert rule_to_json(rule)["checks"] == [{"check": "<lambda>", "code": True}]
    assert is_data(without_checks(rule))


def test_a_value_of_a_wrong_type_is_refused_by_its_field() -> None:
    rule = Rule(**{**PLAIN, "severity": Severity.HIGH, "confidence": Confidence.LOW, "tags": (1,)})
    with pytest.raises(TypeError, match="tags has a value of a wrong type"):
        rule_to_document(rule)
