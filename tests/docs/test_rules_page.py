"""The reference page of the rules has each rule once, stays small and is made quickly."""

from __future__ import annotations

import re
import time

import pytest

from beca_core import Confidence, Rule, Severity
from docs.rules_page import WITHOUT_RULE, SecretWithoutRule, built_in_rules, rules_page, secrets_without_rule

CATEGORIES = ["cloud", "source-control", "", "generic"]


def rule(number: int, **changes: object) -> Rule:
    provider = f"Provider {number % 40}"
    members: dict[str, object] = {
        "id": f"made-up-{number:03}",
        "version": 1,
        "description": f"Key number {number} | of {provider}",
        "severity": Severity.HIGH,
        "confidence": Confidence.MEDIUM,
        "provider": provider,
        "category": CATEGORIES[number % 4],
        "remediation": f"Revoke it at {provider}.",
        "references": (f"https://example.com/{number}", "https://example.org/"),
        "pattern": f"(?P<secret>made_up_{number}_[0-9]{{9}})",
    }
    return Rule(**(members | changes))  # type: ignore[arg-type]


RULES = [rule(number) for number in range(600)]
SECRETS = [SecretWithoutRule("ACME", "Legacy key", "It is any text | at all.")]


def rows(page: str, title: str) -> list[list[str]]:
    section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_each_rule_is_in_the_table_of_its_category() -> None:
    page = rules_page("", RULES, SECRETS)
    for category, title in zip(CATEGORIES, ["Cloud", "Source control", "Other", "Generic"], strict=True):
        expected = [
            [
                f'<a id="{each.id}"></a>`{each.id}`',
                each.provider,
                "HIGH",
                "MEDIUM",
                each.description.replace("|", "\\|"),
                f"[1]({each.references[0]}), [2](https://example.org/)",
            ]
            for each in RULES
            if each.category == category
        ]
        assert rows(page, title) == expected
    assert "Rules: 600, for 40 providers" in page


def test_what_to_do_is_said_once_for_each_provider_and_text() -> None:
    several = [*RULES, rule(600, provider="Provider 0", remediation="Rotate it."), rule(601, provider="")]
    said = rows(rules_page("", several, SECRETS), "How to react")
    assert said[0][0] == "any"
    assert said[0][1:] == ["`made-up-601`", "Revoke it at Provider 1."]
    of_one = [row for row in said if row[0] == "Provider 1"]
    assert of_one == [["Provider 1", "all", "Revoke it at Provider 1."]]
    of_two = [row[1:] for row in said if row[0] == "Provider 0"]
    assert of_two[1] == ["`made-up-600`", "Rotate it."]
    assert of_two[0][0].count("`made-up-") == 15


def test_a_rule_that_is_not_enabled_says_so() -> None:
    page = rules_page("", [rule(1, enabled=False)], [])
    assert "of Provider 1 (only where it is named)" in page


def test_secrets_without_a_rule_say_why() -> None:
    assert rows(rules_page("", RULES, SECRETS), "Without a rule") == [
        ["ACME", "Legacy key", "It is any text \\| at all."]
    ]


def test_a_page_of_600_rules_is_small_and_made_quickly() -> None:
    begin = time.process_time()
    page = rules_page("", RULES, SECRETS)
    assert time.process_time() - begin < 1
    assert len(page) / len(RULES) < 300


def test_the_built_in_rules_are_complete_and_sorted() -> None:
    rules = built_in_rules()
    assert [each.id for each in rules] == sorted({each.id for each in rules})
    assert {"secret-key", "aws-access-key-id"} <= {each.id for each in rules}


def test_the_file_of_secrets_without_a_rule_is_sound() -> None:
    secrets = secrets_without_rule()
    assert secrets
    assert len({(each.provider, each.name) for each in secrets}) == len(secrets)
    for each in secrets:
        assert each.why.endswith("."), each
        assert all(part == " ".join(part.split()) for part in each), each


@pytest.mark.parametrize(
    "text", ['[[secret]]\nprovider = "A"\nname = "b"', '[[secret]]\nprovider = "A"\nname = "b"\nwhy = "c"\nmore = 1']
)
def test_an_entry_with_other_members_is_refused(text: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    file = WITHOUT_RULE.__class__(str(tmp_path)) / "without_rule.toml"
    file.write_text(text)
    monkeypatch.setattr("docs.rules_page.WITHOUT_RULE", file)
    with pytest.raises(TypeError):
        secrets_without_rule()
