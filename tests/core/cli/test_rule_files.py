"""Rule files and selectors on the command line and in the settings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.core.plugins.rule_files.conftest import rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "acme.toml"
    boundary = 'boundary = "0-9A-Za-z_"'
    acme = rule("acme-key", more=f'provider = "ACME"\ntags = ["pay"]\n{boundary}')
    path.write_text(acme + rule("new-key", "new", more=boundary))
    return path


@pytest.fixture
def leak(tmp_path: Path) -> Path:
    path = tmp_path / "leak.txt"
    path.write_text("acme_" + "0f" * 8 + " new_" + "0f" * 8)
    return path


def ids(out: str) -> list[str]:
    return sorted({finding["ruleId"] for finding in json.loads(out)["findings"]})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["acme-key", "new-key"]),
        (["--rules", "acme-*"], ["acme-key"]),
        (["--rules", "tag:pay", "--rules", "secret-key"], ["acme-key"]),
        (["--exclude-rules", "provider:acme"], ["new-key"]),
        (["--rules", "plugin:acme.toml", "--exclude-rules", "new-key"], ["acme-key"]),
    ],
)
@pytest.mark.usefixtures("with_builtin")
def test_a_scan_uses_the_rules_of_a_file(
    beca: Callable, rules: Path, leak: Path, options: list[str], expected: list[str]
) -> None:
    outcome = beca("scan", str(leak), "--rules-file", str(rules), *options, "--format", "json")
    assert (outcome.code, outcome.err) == (1, "")
    assert ids(outcome.out) == expected


def test_levels_leave_findings_out(beca: Callable, rules: Path, leak: Path) -> None:
    outcome = beca("scan", str(leak), "--rules-file", str(rules), "--min-severity", "CRITICAL")
    assert outcome.code == 0
    assert "2 findings below --min-severity or --min-confidence." in outcome.out
    assert "No secrets found" not in outcome.out
    outcome = beca("scan", str(leak), "--rules-file", str(rules), "--min-confidence", "sure")
    assert outcome.code == 2


def test_a_wrong_selector_is_refused(beca: Callable, rules: Path, leak: Path) -> None:
    outcome = beca("scan", str(leak), "--rules-file", str(rules), "--rules", "acme-kye")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Error: There is no rule 'acme-kye'.\nDid you mean acme-key")
    outcome = beca("scan", str(leak), "--exclude-rules", ",")
    assert outcome.err.startswith("Error: --exclude-rules names no rule.")


def test_a_mistake_in_a_file_makes_the_scan_incomplete(beca: Callable, rules: Path, leak: Path) -> None:
    rules.write_text(rules.read_text().replace("provider", "provder"))
    outcome = beca("scan", str(leak), "--rules-file", str(rules))
    assert outcome.code == 2
    shown = re.sub(r"\s+", " ", outcome.out)
    assert f"rule file acme.toml, {rules}:" in shown
    assert "rule 'acme-key': provder is not a key of this table. Did you mean provider?" in shown
    assert "--disable-plugin" not in shown


def test_a_file_that_is_not_valid_ends_the_command(beca: Callable, rules: Path, leak: Path) -> None:
    rules.write_text("rules = [")
    outcome = beca("scan", str(leak), "--rules-file", str(rules))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"Error: {rules}:1:10: the file is not valid TOML: ")
    assert beca("rules", "list", "--rules-file", str(rules / "none.toml")).code == 2


@pytest.mark.usefixtures("with_builtin")
def test_overriding_is_said(beca: Callable, tmp_path: Path, leak: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('disable = ["pgp-*"]\n' + rule("secret-key", "acme", more="override = true"))
    outcome = beca("scan", str(leak), "--rules-file", str(path))
    assert "Rule secret-key of plugin builtin is replaced by own.toml." in outcome.out
    assert "Rule pgp-private-key of plugin builtin is disabled by own.toml." in outcome.out


def test_the_settings_name_files_and_rules(beca: Callable, rules: Path, leak: Path) -> None:
    settings = {
        "BECA_RULES_FILES": f"{rules},",
        "BECA_RULES": "plugin:acme.toml",
        "BECA_EXCLUDE_RULES": "new-*",
        "BECA_MIN_SEVERITY": "high",
    }
    scan = ("scan", str(leak), "--format", "json")
    assert ids(beca(*scan, **settings).out) == ["acme-key"]
    assert ids(beca(*scan, "--exclude-rules", "acme-key", **settings).out) == ["new-key"]
    assert "acme-key" in beca("rules", "list", **settings).out
    assert beca(*scan, **settings | {"BECA_MIN_SEVERITY": "critical"}).code == 0
    assert "min_severity" in beca(*scan, **settings | {"BECA_MIN_SEVERITY": "hihg"}).err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--rules", "plugin:acme.toml"], ["acme-key", "new-key"]),
        (["--rules", "acme-*,new-key", "--exclude-rules", "tag:pay"], ["new-key"]),
        (["--exclude-rules", "plugin:builtin,new-key"], ["acme-key"]),
    ],
)
@pytest.mark.usefixtures("with_builtin")
def test_rules_are_listed_by_selectors(beca: Callable, rules: Path, options: list[str], expected: list[str]) -> None:
    outcome = beca("rules", "list", "--rules-file", str(rules), *options, "--format", "json")
    assert [item["id"] for item in json.loads(outcome.out)["items"]] == expected


def test_what_is_shown_of_a_rule_is_a_rule_file(beca: Callable, rules: Path, tmp_path: Path) -> None:
    shown = json.loads(beca("rules", "show", "acme-key", "--rules-file", str(rules), "--format", "json").out)
    assert (shown.pop("plugin"), shown.pop("warnings")) == ("acme.toml", [])
    copy = tmp_path / "copy.yaml"
    copy.write_text(json.dumps({"rules": [shown]}))
    again = json.loads(beca("rules", "show", "acme-key", "--rules-file", str(copy), "--format", "json").out)
    assert again == {**shown, "plugin": "copy.yaml", "warnings": []}


def test_one_rule_is_shown(beca: Callable, rules: Path) -> None:
    outcome = beca("rules", "show", "*-key", "--rules-file", str(rules))
    assert outcome.code == 2
    assert "selects" in outcome.err
    assert "new-key" in beca("rules", "show", "new-k*", "--rules-file", str(rules)).out


def test_rules_of_a_file_are_proved(beca: Callable, rules: Path) -> None:
    bounded = 'boundary = "0-9A-Za-z_"'
    rules.write_text(rule("acme-key", more=bounded) + rule("new-key", "new", more=bounded))
    outcome = beca("rules", "test", "plugin:acme.toml", "--rules-file", str(rules))
    assert outcome.code == 0
    assert "2 of 2 rules proved themselves." in outcome.out


def test_rules_of_a_file_are_explained_and_profiled(beca: Callable, rules: Path, leak: Path) -> None:
    outcome = beca("rules", "explain", "acme-key", str(leak), "--rules-file", str(rules), "--format", "json")
    assert (outcome.code, outcome.err) == (0, "")
    (candidate,) = json.loads(outcome.out)["candidates"]
    assert candidate["found"] is True
    outcome = beca("rules", "profile", str(leak), "--rules-file", str(rules), "--format", "json")
    assert (outcome.code, outcome.err) == (0, "")
    assert {"acme-key", "new-key"} <= {each["id"] for each in json.loads(outcome.out)["rules"]}


@pytest.mark.parametrize("command", [["test"], ["show"], ["explain"]])
def test_a_rule_that_was_left_out_of_a_file_is_not_just_unknown(
    beca: Callable, rules: Path, leak: Path, command: list[str]
) -> None:
    rules.write_text(rules.read_text().replace("version = 1", "version = 0", 1))
    more = [str(leak)] if command == ["explain"] else []
    outcome = beca("rules", *command, "acme-key", *more, "--rules-file", str(rules))
    assert outcome.code == 2
    assert "acme.toml:" in outcome.out + outcome.err
    assert "version" in outcome.out + outcome.err
    assert "There is no rule 'acme-key'." in outcome.err
