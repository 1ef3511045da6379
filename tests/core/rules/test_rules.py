"""A rule that breaks the contract is refused when it is registered; the error has its id, the field and the reason."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import (
    Candidate,
    Confidence,
    CounterExample,
    Example,
    Near,
    Part,
    Place,
    PluginRegistry,
    Position,
    Rule,
    RuleInfo,
    Severity,
    Variant,
    hookimpl,
)
from beca_core.errors import InvalidRule
from beca_core.rules.rule import MAX_DESCRIPTION, MAX_RULE_ID
from beca_core.rules.rule_problems import check_rule, rule_problems
from beca_core.scanning.results.assembly import assemble
from beca_core.state.hit import Hit


def make_rule(**changes: Any) -> Rule:
    values: dict[str, Any] = {
        "id": "some-rule",
        "version": 1,
        "description": "Something",
        "severity": Severity.LOW,
        "confidence": Confidence.LOW,
        "pattern": "(?P<secret>abc)",
    }
    return Rule(**(values | changes))


def problems(**changes: Any) -> str:
    return " ".join(rule_problems(make_rule(**changes)))


def test_a_rule_that_keeps_the_contract_has_no_problems() -> None:
    assert problems() == ""
    assert problems(id="a" * MAX_RULE_ID, description="x" * MAX_DESCRIPTION, checks=(len,), multiline=True) == ""


@pytest.mark.parametrize("rule_id", ["", "Upper", "under_score", "-x", "x-", "a--b", "a b", "ä", 7, "a\n", None])
def test_ids_are_lower_case_words(rule_id: object) -> None:
    assert problems(id=rule_id).startswith("id ")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "a" * 1203}, "id has 1,203 characters; 255 are allowed."),
    ({"id": b"abc"}, "id must be a str, not bytes. Use lower-case words joined by hyphens."),
    ({"version": 0}, "version must be from 1 to 9223372036854775807."),
    ({"version": 2**63}, "version must be from 1 to 9223372036854775807."),
    ({"version": "1"}, "version must be a whole number, not str."),
    ({"version": True}, "version must be a whole number, not bool."),
    ({"severity": "high"}, "severity must be a member of Severity, not str. Write Severity.HIGH."),
    ({"severity": "CRITICAL"}, "severity must be a member of Severity, not str. Write Severity.CRITICAL."),
    ({"severity": Confidence.LOW}, "severity must be a member of Severity, not Confidence. Write Severity.LOW."),
    ({"confidence": None}, "confidence must be a member of Confidence, not NoneType. Write Confidence.HIGH."),
    ({"description": ""}, "description is empty."),
    ({"description": " "}, "description is empty."),
    ({"description": 7}, "description must be a str, not int."),
    ({"description": "x" * 1001}, "description has 1,001 characters; 1,000 are allowed."),
    ({"description": "a\0"}, "description has a NUL or a lone surrogate, which cannot be stored."),
    ({"remediation": "\ud800"}, "remediation has a NUL or a lone surrogate, which cannot be stored."),
    ({"remediation": None}, "remediation must be a str, not NoneType."),
    ({"pattern": "abc"}, "pattern has no group named 'secret'. Write (?P<secret>...)."),
    ({"pattern": "(?P<secret>ä)"}, "pattern has characters outside ASCII; write bytes as \\xNN."),
    ({"pattern": b"(?P<secret>a)"}, "pattern must be a str, not bytes. Bytes outside ASCII are written as \\xNN."),
    ({"max_bytes": 0}, "max_bytes must be from 1 to 65536."),
    ({"max_bytes": 65_537}, "max_bytes must be from 1 to 65536."),
    ({"max_bytes": "1"}, "max_bytes must be a whole number, not str."),
    ({"max_bytes": True}, "max_bytes must be a whole number, not bool."),
    ({"min_entropy": 8.5}, "min_entropy must be from 0 to 8."),
    ({"min_entropy": math.nan}, "min_entropy must be from 0 to 8."),
    ({"min_entropy": "3"}, "min_entropy must be a number, not str."),
    ({"min_entropy": True}, "min_entropy must be a number, not bool."),
    ({"multiline": 1}, "multiline must be True or False, not int."),
    ({"keywords": "abc"}, 'keywords must be a tuple of str, not str. Write keywords=("word",).'),
    ({"keywords": {"abc"}}, 'keywords must be a tuple of str, not set. Write keywords=("word",).'),
    ({"keywords": ("abc", "")}, "keywords item 2 is empty or has characters outside ASCII."),
    ({"keywords": (b"abc",)}, "keywords item 1 must be a str, not bytes."),
    ({"paths": "docs/*"}, 'paths must be a tuple of str, not str. Write paths=("*.env", "!tests/").'),
    ({"paths": (7,)}, "paths item 1 must be a str, not int."),
    ({"paths": ("*" * 1001,)}, "paths item 1 has 1,001 characters; 1,000 are allowed."),
    ({"boundary": "z-a"}, "boundary is not the inside of a character class, such as 0-9A-Za-z_."),
    ({"boundary": "a]b"}, "boundary is not the inside of a character class, such as 0-9A-Za-z_."),
    ({"near": "word"}, 'near must be a tuple of Near, not str. Write near=(Near(words=("word",)),).'),
    ({"near": (Near(words=("ab",)),)}, "near item 1 has a words that item 1 has less than 3 characters."),
    ({"near": (Near(words=("abc",), within=0),)}, "near item 1 has a within that must be from 1 to 4096."),
    ({"parts": (Part(name="Key", pattern="x"),)}, "parts item 1 has a name that is not valid."),
    ({"parts": (Part(name="key", pattern=b"x"),)}, "parts item 1 has a pattern that must be a str, not bytes."),  # type: ignore[arg-type]
    ({"allow": ("x",)}, "allow must be an Allow, not tuple."),
    ({"variants": (Variant(name="test", pattern="x", severity="LOW"),)}, "variants item 1 has a severity that must be"),  # type: ignore[arg-type]
    ({"attributes": ("no group",)}, "attributes item 1 is not the name of a group."),
    ({"tags": ("Payment",)}, "tags item 1 is not valid. Use lower-case words joined by hyphens."),
    ({"supersedes": ("generic_*",)}, "supersedes item 1 is not valid. Use an id, or a pattern such as generic-*."),
    ({"enabled": 1}, "enabled must be True or False, not int."),
    ({"examples": (Example("a", ("a", "")),)}, "examples item 1 has an empty secret."),
    ({"examples": (Example("a", "a", parts={"Key": "a"}),)}, "examples item 1 has a part that is not valid."),
    ({"counter_examples": (CounterExample("a", "check"),)}, "counter_examples item 1 has a step that must be a member"),  # type: ignore[arg-type]
    ({"references": "https://example.com"}, "references must be a tuple of str, not str."),
    ({"examples": Example("a", "a")}, "examples must be a tuple of Example, not Example."),
    ({"examples": ("a",)}, "examples item 1 must be an Example, not str."),
    ({"examples": (Example("a", 7),)}, "examples item 1 has a secret that must be a str or bytes, not int."),  # type: ignore[arg-type]
    ({"examples": (Example("\ud800", "a"),)}, "examples item 1 has a text that has a lone surrogate; use bytes."),
    ({"examples": (Example("a", ""),)}, "examples item 1 has an empty secret."),
    ({"examples": (Example("a", "a", "HIGH"),)}, "examples item 1 has a confidence that must be a member of"),  # type: ignore[arg-type]
    ({"counter_examples": "x"}, "counter_examples must be a tuple of str or bytes, not str."),
    ({"counter_examples": (None,)}, "counter_examples item 1 must be a str or bytes, not NoneType."),
    ({"checks": len}, "checks must be a tuple of functions, not builtin_function_or_method. Write checks=(function,)."),
    ({"checks": ("f",)}, "checks item 1 must be a function, not str."),
]


@pytest.mark.parametrize(
    ("change", "problem"), WRONG, ids=[f"{next(iter(change))}-{n}" for n, (change, _) in enumerate(WRONG)]
)
def test_a_wrong_value_is_named_with_its_field_and_how_to_write_it(change: dict[str, Any], problem: str) -> None:
    (found,) = rule_problems(make_rule(**change))
    assert found.startswith(problem)
    registry = PluginRegistry(cache_dir=False)
    with pytest.raises(InvalidRule) as caught:
        registry.with_rules([make_rule(**change)])
    assert problem in str(caught.value)
    assert ("'some-rule'" in str(caught.value)) or "id" in change


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidRule, match=r"Rule 'some-rule': version must .* keywords must .* max_bytes must"):
        check_rule(make_rule(version=0, keywords="abc", max_bytes=-1))


def test_a_list_is_accepted_for_a_tuple() -> None:
    rule = make_rule(keywords=["abc"], checks=[len], examples=[Example("abc", "abc")], paths=["docs/*"])
    assert rule_problems(rule) == []
    assert (rule.keywords, rule.checks, rule.paths) == (("abc",), (len,), ("docs/*",))
    assert hash(rule) == hash(make_rule(keywords=("abc",), checks=(len,), examples=rule.examples, paths=("docs/*",)))


HOSTILE = "hypothesis cannot print such an object"


class Hostile:
    """Raises whatever is asked of it."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


class LongName:
    pass


LongName.__name__ = "x\x1b" * 1_000
HIT = Hit("some-rule", Position(1, 1), Position(1, 2), b"a", Confidence.LOW, fingerprint="0", redacted="a")
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(alphabet=st.characters(codec=None), max_size=3)
    | st.binary()
    | st.sampled_from([HOSTILE, LongName(), object, len, Severity.LOW, Example("a", "a"), "x" * 20_000, 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.sets(st.integers()) | st.builds(iter, st.just(()))
    ),
    max_leaves=4,
)
FIELDS = [field.name for field in dataclasses.fields(Rule)]


@given(st.dictionaries(st.sampled_from(FIELDS), JUNK, min_size=1, max_size=4))
def test_junk_never_makes_registration_raise_and_never_registers_silently(changes: dict[str, Any]) -> None:
    rule = make_rule(**{name: Hostile() if value == HOSTILE else value for name, value in changes.items()})

    class Plugin:
        @hookimpl
        def beca_register_rules(self) -> Any:
            yield rule
            yield make_rule(id="good-rule")

    registry = PluginRegistry(cache_dir=False)
    record = registry.register(Plugin(), "junk")
    assert record.rule_ids[-1:] == ["good-rule"] or len(record.rule_ids) == 2
    if len(record.rules) == 1:
        (problem,) = record.problems
        assert problem.isprintable()
        assert len(problem) <= 2_000
    else:
        assert record.problems == []
        assert rule_problems(rule) == []
        assert registry.compile() is not None
        assert json.loads(json.dumps(rule.description)) == rule.description


@given(st.lists(st.text(alphabet="[]!*?-az^\\\x00()|ä", min_size=1, max_size=12), min_size=1, max_size=4))
def test_every_glob_compiles(globs: list[str]) -> None:
    rule = make_rule(paths=tuple(globs))
    assert rule_problems(rule) == [] or "\0" in "".join(globs)
    assemble({"blob": [HIT]}, [Place("blob", b"az/[a]")], {"some-rule": rule})


def test_a_rule_is_a_value() -> None:
    assert make_rule() == make_rule()
    assert isinstance(make_rule(), RuleInfo)
    assert len({make_rule(), make_rule(), make_rule(version=2)}) == 2


def test_an_example_gives_bytes() -> None:
    assert Example("ä", secret=b"x").data == "ä".encode()
    assert Example(b"\xff", secret="x").secret_bytes == b"x"


def test_a_candidate_knows_its_groups() -> None:
    candidate = Candidate(b"key=value", 4, 9, Confidence.LOW, {"name": (0, 3)})
    assert candidate.secret == b"value"
    assert candidate.group("name") == b"key"
    assert candidate.group("absent") is None
