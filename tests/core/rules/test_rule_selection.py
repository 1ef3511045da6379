"""Selectors: which rules each chooses, and what is said of one that chooses nothing."""

from __future__ import annotations

import pytest

from beca_core import ChangeKind, Confidence, RuleChange, RuleInfo, Severity
from beca_core.errors import InvalidInput
from beca_core.rules.rule_selection import choice, effective, selected


def info(rule_id: str, severity: Severity, confidence: Confidence, **more: object) -> RuleInfo:
    return RuleInfo(id=rule_id, version=1, description="x", severity=severity, confidence=confidence, **more)  # type: ignore[arg-type]


RULES = {
    rule.id: rule
    for rule in (
        info("aws-key", Severity.CRITICAL, Confidence.HIGH, provider="AWS", tags=("cloud",)),
        info("aws-old", Severity.HIGH, Confidence.LOW, provider="AWS", tags=("cloud",), enabled=False),
        info("generic-key", Severity.LOW, Confidence.LOW, category="generic"),
        info(
            "pay-key",
            Severity.MEDIUM,
            Confidence.MEDIUM,
            provider="Pay Co",
            tags=("payment", "live"),
            former_ids=("pay",),
        ),
    )
}
PLUGINS = {"aws-key": "builtin", "aws-old": "builtin", "generic-key": "generic", "pay-key": "acme.toml"}
OFF = {"aws-old"}


def of(*selectors: str) -> list[str]:
    return sorted(selected(selectors, RULES, PLUGINS, OFF))


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("aws-key", ["aws-key"]),
        ("aws-old", ["aws-old"]),
        ("pay", ["pay-key"]),
        ("aws-*", ["aws-key"]),
        ("*-key", ["aws-key", "generic-key", "pay-key"]),
        ("?ay-[k]ey", ["pay-key"]),
        ("p?y", ["pay-key"]),
        ("tag:payment", ["pay-key"]),
        ("tag:Payment", ["pay-key"]),
        ("tag:cloud", ["aws-key", "aws-old"]),
        ("tag:cl*", ["aws-key"]),
        ("provider:aws", ["aws-key", "aws-old"]),
        ("provider:AWS", ["aws-key", "aws-old"]),
        ("provider:pay*", ["pay-key"]),
        ("category:generic", ["generic-key"]),
        ("plugin:acme.toml", ["pay-key"]),
        ("plugin:builtin", ["aws-key", "aws-old"]),
        ("severity:medium", ["aws-key", "pay-key"]),
        ("severity:HIGH", ["aws-key"]),
        ("severity:low", ["aws-key", "generic-key", "pay-key"]),
        ("confidence:medium", ["aws-key", "pay-key"]),
    ],
)
def test_what_a_selector_chooses(selector: str, expected: list[str]) -> None:
    assert of(selector) == expected


def test_several_selectors_choose_what_one_of_them_does() -> None:
    assert of("aws-key", "tag:payment", "aws-*") == ["aws-key", "pay-key"]


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("aws-keys", "There is no rule 'aws-keys'. Did you mean aws-key or pay-key?"),
        ("AWS-KEY", "There is no rule 'AWS-KEY'. Did you mean aws-key"),
        ("zzz", "There is no rule 'zzz'. `beca rules list` shows all rules."),
        ("", "There is no rule ''."),
        ("gcp-*", "No rule has an id like 'gcp-*'."),
        ("tag:paymnt", "No rule has 'tag:paymnt'. Did you mean tag:payment?"),
        ("tag:", "No rule has 'tag:'."),
        ("category:", "No rule has 'category:'."),
        ("provider:awz", "No rule has 'provider:awz'. Did you mean provider:aws?"),
        ("plugin:builtn", "No rule has 'plugin:builtn'. Did you mean plugin:builtin?"),
        ("severity:hihg", "'severity:hihg' names no severity. Did you mean high?"),
        ("severity:*", "'severity:*' names no severity. There are low, medium, high, critical."),
        ("tags:payment", "'tags:payment' does not select rules by something that they have. Did you mean tag?"),
        ("zz:x", "There are tag, category, provider, plugin, severity, confidence."),
        ("aws-ol*", "'aws-ol*' selects only rules that are not enabled: aws-old. Name them by their ids."),
    ],
)
def test_what_chooses_nothing_is_refused(selector: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        of("aws-key", selector)
    assert message in str(caught.value)


def test_a_level_that_no_rule_has_is_refused() -> None:
    with pytest.raises(InvalidInput, match="No rule has 'severity:critical'"):
        selected(["severity:critical"], {"generic-key": RULES["generic-key"]}, PLUGINS)


def test_rules_that_are_off_take_part_only_where_they_are_named() -> None:
    disabled = [RuleChange("generic-key", ChangeKind.DISABLED, "generic", "acme.toml")]
    assert list(choice(RULES, PLUGINS, (), None, ())) == ["aws-key", "generic-key", "pay-key"]
    assert list(choice(RULES, PLUGINS, disabled, None, ())) == ["aws-key", "pay-key"]
    assert list(choice(RULES, PLUGINS, disabled, ["generic-key", "*"], ["pay"])) == ["aws-key", "generic-key"]
    assert list(choice(RULES, PLUGINS, disabled, None, ["generic-*"])) == ["aws-key", "pay-key"]
    with pytest.raises(InvalidInput, match="would take part are excluded"):
        choice(RULES, PLUGINS, (), None, ["*"])


def test_a_disabled_rule_that_takes_part_is_no_change() -> None:
    changes = [
        RuleChange("a", ChangeKind.DISABLED, "p", "f"),
        RuleChange("b", ChangeKind.DISABLED, "p", "f"),
        RuleChange("b", ChangeKind.OVERRIDDEN, "p", "f"),
    ]
    assert effective(changes, {"b"}) == (changes[0], changes[2])
