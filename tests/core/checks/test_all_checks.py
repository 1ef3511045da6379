"""What holds for each check: its form as data, its words, its silence about secrets; and nothing makes it raise."""

from __future__ import annotations

import json
import pickle
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Dropped, Engine, Part, Rule, Severity, rule_problems
from beca_core.checks import CHECKS, Inspection, describe, from_document, parameters_of, to_document
from beca_core.checks.parameters import Parameter, check_problems
from beca_core.plugins.registration import Plugin
from beca_core.rules.digests.digest import rule_digests
from docs.checks_page import example_of, undocumented
from docs.public_names import parsed
from tests.core.checks.candidates import candidate, random_secret

NAMES = sorted(CHECKS)
EXAMPLES = [example_of(CHECKS[name]) for name in NAMES]
OTHERS: dict[str, Any] = {
    "int": 3,
    "int | None": 5,
    "float": 0.5,
    "str": "ab",
    "tuple[str, ...]": ("ab", "cd"),
    "tuple[int, ...]": (7, 9),
}


def other_value(parameter: Parameter) -> Any:
    """Return a value of a parameter that is not the default."""
    if parameter.choices:
        choices = [(choice,) if parameter.is_list else choice for choice in reversed(parameter.choices)]
        return next(choice for choice in choices if choice != parameter.default)
    value = OTHERS[parameter.type] if parameter.type != "bool" else not parameter.default
    return value if parameter.name != "alphabet" else "0-9a-f"


def all_checks() -> list[Inspection]:
    """Return a check for each parameter of each check, in which it has another value."""
    found = []
    for example in EXAMPLES:
        given_values = {name: value for name, value in to_document(example).items() if name != "check"}
        for name, parameter in parameters_of(type(example)).items():
            values = {key: tuple(item) if isinstance(item, list) else item for key, item in given_values.items()}
            check = type(example)(**(values | {name: other_value(parameter)}))
            if not check_problems(check):
                found.append(check)
    return found


VARIED = all_checks()


def test_there_is_a_check_for_nearly_each_parameter() -> None:
    assert len(VARIED) > 120
    tried = {(check.name, name) for check in VARIED for name in to_document(check)}
    missing = {(kind.name, name) for kind in CHECKS.values() for name in parameters_of(kind)} - tried
    assert missing <= {("distinct", "max"), ("checksum", "in_group"), ("checksum", "lengths")}


@pytest.mark.parametrize("check", VARIED, ids=describe)
def test_a_check_survives_its_form_as_data(check: Inspection) -> None:
    document = json.loads(json.dumps(to_document(check)))
    assert from_document(document) == check
    assert pickle.loads(pickle.dumps(check)) == check  # noqa: S301 - our own
    assert hash(from_document(document)) == hash(check)


@pytest.mark.parametrize("name", NAMES)
def test_a_check_is_documented_with_an_example(name: str) -> None:
    kind = CHECKS[name]
    text = parsed(kind.__doc__)
    assert set(text.arguments) == set(parameters_of(kind)) - set(parameters_of(Inspection))
    assert check_problems(example_of(kind)) == []
    assert len(to_document(example_of(kind))) > 1


def test_every_public_name_is_on_the_page() -> None:
    assert undocumented() == []


@given(st.data(), st.binary(max_size=200))
@settings(max_examples=1500)
def test_no_text_makes_a_check_raise(data: st.DataObject, text: bytes) -> None:
    check = data.draw(st.sampled_from(VARIED))
    spans = {group: (0, len(text) // 2) for group in check.groups}
    assert isinstance(check(candidate(text, **spans)), Candidate | Dropped)


@given(st.data(), st.text("abcXYZ0123+/=._-:@%${}<>,\\x ", max_size=120))
@settings(max_examples=1500)
def test_no_text_of_the_usual_characters_makes_a_check_raise(data: st.DataObject, text: str) -> None:
    check = data.draw(st.sampled_from(VARIED))
    assert isinstance(check(candidate(text, **dict.fromkeys(check.groups, (0, len(text))))), Candidate | Dropped)


@pytest.mark.parametrize("check", VARIED, ids=describe)
def test_an_empty_text_makes_no_check_raise(check: Inspection) -> None:
    assert isinstance(check(candidate(b"", **dict.fromkeys(check.groups, (0, 0)))), Candidate | Dropped)


ALPHABETS_OF_SECRETS = ("hex", "base62", "base64", "printable", "digits", "upper")
SECRETS = [
    *(random_secret(alphabet, 40, alphabet) for alphabet in ALPHABETS_OF_SECRETS),
    "xxxxxxxx" + random_secret("base62", 8),
    "0x12, 0x34, 0x56, 0x78",
    f"postgres://bob:{random_secret('base62', 12)}@db1.acme-corp.net/x",
    "getApiKeyFromConfig",
    "qwertyuiop1234567",
    ".".join(random_secret("base64url", 20, part) for part in range(3)),
    "2024-02-30T11:22:33Z",
]


@pytest.mark.parametrize("check", [*EXAMPLES, *VARIED], ids=describe)
def test_the_reason_and_the_value_hold_nothing_of_the_secret(check: Inspection) -> None:
    for text in SECRETS:
        found = check(candidate(text, **dict.fromkeys(check.groups, (0, len(text)))))
        if isinstance(found, Dropped):
            said = f"{found.reason}\n{found.value}"
            assert [text[at : at + 6] for at in range(len(text) - 5) if text[at : at + 6] in said] == []
            assert found.reason
            assert not found.reason.endswith(".")


@pytest.mark.parametrize("check", EXAMPLES, ids=describe)
def test_a_group_that_took_no_part_passes(check: Inspection) -> None:
    other = from_document(to_document(check) | {"of": "other"}) if check.name != "checksum" else None
    if other is not None:
        assert other(match := candidate("x")) is match


@pytest.mark.parametrize(
    ("outcome", "confidence", "severity"),
    [
        ("low", Confidence.LOW, None),
        ("medium", Confidence.MEDIUM, None),
        ("severity-low", Confidence.HIGH, Severity.LOW),
        ("severity-critical", Confidence.HIGH, Severity.CRITICAL),
        ("keep", Confidence.HIGH, None),
    ],
)
@pytest.mark.parametrize("check", EXAMPLES, ids=describe)
def test_every_check_can_lower_instead_of_dropping(
    check: Inspection, outcome: str, confidence: Confidence, severity: Severity | None
) -> None:
    texts = ["", "xxxxxxxx", "/etc/passwd", "123456789", "getApiKeyName"]
    lowering = from_document(to_document(check) | {"otherwise": outcome})
    spans = {"url": (0, 0), "port": (0, 0), "user": (0, 9)}
    fails = next(text for text in texts if isinstance(check(candidate(text, **_within(spans, text))), Dropped))
    found = lowering(candidate(fails, Confidence.HIGH, **_within(spans, fails)))
    assert isinstance(found, Candidate)
    assert (found.confidence, found.severity) == (confidence, severity)


def _within(spans: dict[str, tuple[int, int]], text: str) -> dict[str, tuple[int, int]]:
    return {name: (begin, min(end, len(text))) for name, (begin, end) in spans.items()}


def test_lowering_never_raises_and_raising_never_lowers() -> None:
    fails, passes = CHECKS["length"](min=9, otherwise="medium"), CHECKS["length"](max=9, then="medium")  # type: ignore[call-arg]
    for before, after_failing, after_passing in [
        (Confidence.LOW, Confidence.LOW, Confidence.MEDIUM),
        (Confidence.HIGH, Confidence.MEDIUM, Confidence.HIGH),
    ]:
        lowered, raised = fails(candidate("x", before)), passes(candidate("x", before))
        assert isinstance(lowered, Candidate)
        assert isinstance(raised, Candidate)
        assert (lowered.confidence, raised.confidence) == (after_failing, after_passing)


def test_a_check_can_be_turned_round() -> None:
    check = from_document({"check": "shape", "one_of": ["uuid"], "then": "drop", "otherwise": "keep"})
    assert isinstance(check(candidate("00000000-1111-2222-3333-444444444444")), Dropped)
    assert isinstance(check(candidate("abc")), Candidate)


PUMPED = [b"a", b"ab", b"/", b"a.", b"(", b"1,", b"=", b"<", b"aA", b"_a", b"x ", b"://:@", b"9"]


@pytest.mark.slow
@pytest.mark.parametrize("check", [*EXAMPLES, *VARIED], ids=describe)
def test_the_time_grows_with_the_length(check: Inspection) -> None:
    """A check that took the square of the length would take minutes here."""
    for text in PUMPED:
        long = candidate((text * 32_768)[:65_535] + b"!", **dict.fromkeys(check.groups, (0, 65_536)))
        begin = time.process_time()
        check(long)
        assert time.process_time() - begin < 10.0, text


def rule_with(*checks: Any) -> Rule:
    return Rule(
        id="some-rule",
        version=1,
        description="Something",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern="(?P<secret>abc(?P<user>d))",
        checks=checks,
    )


def test_a_rule_with_a_wrong_parameter_is_refused() -> None:
    assert rule_problems(rule_with(CHECKS["length"](min=20), CHECKS["charset"](of="user", alphabet="hex"))) == []  # type: ignore[call-arg]
    (problem,) = rule_problems(rule_with(len, CHECKS["length"](min="20")))  # type: ignore[call-arg]
    assert problem.startswith("checks item 2 is not valid: check length: min must be a whole number, not str.")


def test_a_rule_whose_check_looks_at_an_unknown_group_is_refused() -> None:
    (problem,) = rule_problems(rule_with(CHECKS["length"](of="usr", min=2)))  # type: ignore[call-arg]
    assert problem == "checks item 1 looks at a group that no pattern has. Write (?P<usr>...)."


def test_checks_of_parts_look_at_groups_of_the_part() -> None:
    names = ("secret", "part", "user", "usr")
    looks = tuple(CHECKS["length"](of=name, min=2) for name in names)  # type: ignore[call-arg]
    part = Part(name="login", pattern="(?P<user>[a-z]+)@[a-z]+", checks=looks)
    (problem,) = rule_problems(replace(rule_with(), parts=(part,)))
    assert problem == "parts item 1: checks item 4 looks at a group that no pattern has. Write (?P<usr>...)."


def test_each_parameter_counts_in_the_digest_of_a_rule() -> None:
    checks = [CHECKS["length"](min=3), CHECKS["length"](min=4), CHECKS["length"](min=3, otherwise="low")]  # type: ignore[call-arg]
    digests = [digest_with(check) for check in [*checks, *checks]]
    assert len(set(digests)) == 3
    assert digests[:3] == digests[3:]


def digest_with(check: Inspection) -> str:
    record = Plugin("plugin")
    record.rules.append(rule_with(check))
    (found,) = rule_digests(record).values()
    return found


def test_a_check_is_called_by_a_scan() -> None:
    rule = replace(rule_with(CHECKS["placeholder"](kinds=("word",))), pattern="key: (?P<secret>[a-z]+)")  # type: ignore[call-arg]
    found = Engine(rules=[rule]).scan_text("key: changeme\nkey: zqlxwmpq\n")
    assert [finding.location.begin.line for finding in found] == [2]
