"""Rules of files among those of plugins: registered the same way, overriding and disabling others when told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import beca_core
from beca_core import (
    ChangeKind,
    Confidence,
    Engine,
    Match,
    PluginRegistry,
    RuleChange,
    RuleInfo,
    Severity,
    load_rules,
)
from beca_core.errors import InvalidInput
from beca_core.testing import prove
from tests.core.plugins.rule_files.conftest import rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]


@pytest.fixture
def registry(rule_file: Write) -> PluginRegistry:
    """A registry with rules of a plugin: acme-key, acme-token and other-key."""
    rules = [rule("acme-key"), rule("acme-token", "acmetoken"), rule("other-key", "other", more="tags = ['x']")]
    return PluginRegistry(cache_dir=False).with_rules(load_rules(rule_file("\n".join(rules), "own.toml")), "acme")


def test_a_file_is_listed_like_a_plugin(registry: PluginRegistry, rule_file: Write) -> None:
    path = rule_file(rule("new-key", "new") + rule("bad-key", "bad", more="max_bytes = 0"))
    with_file = registry.with_rule_files([path])
    record = with_file.plugins[-1]
    assert (record.name, record.rule_ids, record.distribution) == ("acme.toml", ["new-key"], "")
    (problem,) = with_file.problems
    assert problem.message.startswith(f"{path}:")
    assert "rule 'bad-key': max_bytes must be from 1 to 65536." in problem.message
    assert with_file.owner("new-key") == "acme.toml"
    assert "new-key" not in registry.rules


def test_the_rules_of_a_file_prove_themselves(registry: PluginRegistry, rule_file: Write) -> None:
    path = rule_file(rule("new-key", "new", more='boundary = "0-9A-Za-z_"'))
    assert prove(registry.with_rule_files([path]), ["new-key"]) == {"new-key": []}


def test_a_problem_makes_a_scan_incomplete(registry: PluginRegistry, rule_file: Write) -> None:
    path = rule_file(rule("new-key", "new") + "[[rules]]")
    report = Engine(registry, rules_files=[path]).scan_bytes(b"new_" + b"0f" * 8)
    assert [finding.rule_id for finding in report.findings] == ["new-key"]
    assert report.exit_code == 2
    assert {problem.plugin for problem in report.coverage.problems} == {"acme.toml"}


def test_a_pattern_that_re2_refuses_is_a_problem_at_its_place(registry: PluginRegistry, rule_file: Write) -> None:
    path = rule_file(rule("new-key", "new(?=a)"))
    (problem,) = registry.with_rule_files([path]).problems
    line = next(number for number, text in enumerate(path.read_text().split("\n"), 1) if text.startswith("pattern"))
    assert problem.message.startswith(f"{path}:{line}:1: Rule 'new-key': its pattern is not valid RE2")


def test_the_id_of_another_plugin_is_refused_with_a_hint(registry: PluginRegistry, rule_file: Write) -> None:
    with_file = registry.with_rule_files([rule_file(rule("acme-key", "new"))])
    (problem,) = with_file.problems
    assert "plugin 'acme' has a rule of that id. override = true in its table replaces that one." in problem.message
    assert with_file.owner("acme-key") == "acme"
    assert with_file.rule_changes == ()


def test_an_id_twice_in_a_file_is_refused(registry: PluginRegistry, rule_file: Write) -> None:
    path = rule_file(rule("new-key", "new") + rule("new-key", "newer", more="override = true"))
    (problem,) = registry.with_rule_files([path]).problems
    assert problem.message.endswith("Rule 'new-key' is not loaded: plugin 'acme.toml' has a rule of that id.")


def test_a_rule_can_be_overridden(registry: PluginRegistry, rule_file: Write) -> None:
    with_file = registry.with_rule_files([rule_file(rule("acme-key", "new", more="override = true"))])
    assert with_file.problems == ()
    assert with_file.rule_changes == (RuleChange("acme-key", ChangeKind.OVERRIDDEN, "acme", "acme.toml"),)
    assert with_file.owner("acme-key") == "acme.toml"
    report = Engine(with_file).scan_bytes(b"acme_" + b"0f" * 8 + b" new_" + b"0f" * 8)
    assert [finding.redacted[:4] for finding in report.findings] == ["new_"]
    assert report.rule_changes == with_file.rule_changes
    assert report.to_dict()["ruleChanges"] == [
        {"ruleId": "acme-key", "kind": "overridden", "plugin": "acme", "by": "acme.toml"}
    ]
    assert registry.owner("acme-key") == "acme"
    assert "acme-key" in registry.plugins[-1].rule_ids


def test_a_broken_rule_overrides_nothing(registry: PluginRegistry, rule_file: Write) -> None:
    with_file = registry.with_rule_files([rule_file(rule("acme-key", "new(?=a)", more="override = true"))])
    assert len(with_file.problems) == 1
    assert with_file.owner("acme-key") == "acme"
    assert with_file.rule_changes == ()


def test_overriding_what_is_not_there_is_a_problem(registry: PluginRegistry, rule_file: Write) -> None:
    with_file = registry.with_rule_files([rule_file(rule("new-key", "new", more="override = true"))])
    (problem,) = with_file.problems
    assert problem.message.endswith("Rule 'new-key' overrides no other: there is no rule of that id.")
    assert "new-key" in with_file.rules


class Words:
    """A scanner with a rule."""

    rules = (RuleInfo(id="word-key", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW),)
    anchors = ()

    def scan(self, data: bytes) -> list[Match]:
        return []


def test_a_rule_that_is_code_cannot_be_overridden(registry: PluginRegistry, rule_file: Write) -> None:
    both = registry.with_rules([Words()], "words")
    with_file = both.with_rule_files([rule_file(rule("word-key", "word", more="override = true"))])
    (problem,) = with_file.problems
    assert "that of plugin 'words' is code, which cannot be overridden. Give it another id" in problem.message
    assert with_file.owner("word-key") == "words"


def test_a_later_file_can_override_an_earlier_one(registry: PluginRegistry, rule_file: Write) -> None:
    one = rule_file(rule("new-key", "new"), "one.toml")
    two = rule_file(rule("new-key", "newer", more="override = true"), "two.toml")
    with_files = registry.with_rule_files([one, two])
    assert with_files.problems == ()
    assert with_files.owner("new-key") == "two.toml"


def test_rules_can_be_disabled(registry: PluginRegistry, rule_file: Write) -> None:
    with_file = registry.with_rule_files([rule_file('disable = ["acme-*", "tag:x"]\n' + rule("acme-new", "new"))])
    assert [change.rule_id for change in with_file.rule_changes] == ["acme-key", "acme-new", "acme-token", "other-key"]
    assert with_file.problems == ()
    named = Engine(with_file, rules=["acme-key"]).scan_bytes(b"acme_" + b"0f" * 8)
    assert len(named.findings) == 1
    assert "acme-key" not in [change.rule_id for change in named.rule_changes]


def test_disabling_nothing_is_a_problem_with_a_suggestion(registry: PluginRegistry, rule_file: Write) -> None:
    path = rule_file('disable = ["acme-keys"]')
    (problem,) = registry.with_rule_files([path]).problems
    assert problem.message == f"{path}:1:12: There is no rule 'acme-keys'. Did you mean acme-key or acme-token?"


def test_files_of_one_name_have_longer_names(registry: PluginRegistry, rule_file: Write, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    one, two = rule_file(rule("one", "one")), rule_file(rule("two", "two"), "sub/acme.toml")
    with_files = registry.with_rule_files([one, two])
    assert [plugin.name for plugin in with_files.plugins[-2:]] == ["acme.toml", str(two)]
    with pytest.raises(InvalidInput, match="given twice"):
        registry.with_rule_files([one, one, one])


def test_one_path_is_not_a_collection(registry: PluginRegistry, rule_file: Write) -> None:
    for path in (rule_file(""), str(rule_file(""))):
        with pytest.raises(InvalidInput, match="takes a collection of paths"):
            registry.with_rule_files(path)  # type: ignore[arg-type]


def test_scan_takes_rule_files(rule_file: Write, tmp_path: Path) -> None:
    path = rule_file(rule("new-key", "new"))
    target = tmp_path / "target.txt"
    target.write_text("new_" + "0f" * 8)
    report = beca_core.scan(target, rules=["new-key"], rules_files=[path], cache_dir=False)
    assert [finding.rule_id for finding in report.findings] == ["new-key"]


def test_the_digest_of_a_rule_does_not_depend_on_its_file(registry: PluginRegistry, rule_file: Write) -> None:
    one = registry.with_rule_files([rule_file(rule("new-key", "new"), "one.toml")])
    two = registry.with_rule_files([rule_file("# moved\n" + rule("new-key", "new"), "two.toml")])
    assert one.digest("new-key") == two.digest("new-key")
