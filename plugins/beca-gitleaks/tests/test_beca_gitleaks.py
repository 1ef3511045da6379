"""The plugin: rules, allow-lists and problems of a configuration, as a scan meets them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import beca_gitleaks
import pytest
from beca_gitleaks import AllowLists, run_command

from beca_core import Dropped, Engine, FindingInText, PluginRegistry, random_text, scan
from beca_core.plugins.foreign import translate_gitleaks
from beca_core.testing import assert_plugin

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core import Plugin

RULE = """
[[rules]]
id = "acme-token"
description = "A token of ACME"
regex = '''(?i)acme_key\\s*=\\s*([a-z0-9]{20})(?:\\s|$)'''
keywords = ["acme"]
"""
TOKEN = random_text("abcdefghijklmnopqrstuvwxyz0123456789", 20)
LINE = f"acme_key = {TOKEN}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gitleaks.toml"
    path.write_text(RULE)
    return path


def loaded(file: Path, **settings: Any) -> tuple[PluginRegistry, Plugin]:
    registry = PluginRegistry()
    plugin = registry.register(beca_gitleaks, "gitleaks", settings={"file": str(file), **settings})
    return registry, plugin


def places(directory: Path, file: Path, **settings: Any) -> list[str]:
    registry, plugin = loaded(file, **settings)
    assert plugin.problems == []
    report = scan(directory, registry=registry)
    return [f"{finding.location.path}:{finding.location.begin.line}" for finding in report.findings]


def test_the_rules_of_the_file_are_run(file: Path) -> None:
    registry, plugin = loaded(file)
    assert (plugin.problems, plugin.rule_ids) == ([], ["gitleaks-acme-token"])
    (finding,) = Engine(registry).scan_text(LINE)
    assert (finding.rule_id, finding.secret) == ("gitleaks-acme-token", TOKEN.encode())


def test_without_a_file_it_registers_nothing() -> None:
    registry = PluginRegistry()
    plugin = registry.register(beca_gitleaks, "gitleaks")
    assert (plugin.problems, plugin.rule_ids, plugin.processors) == ([], [], [])


def test_settings(file: Path) -> None:
    _, plugin = loaded(file, prefix="x-", severity="low", confidence="high")
    (rule,) = plugin.rules
    assert (rule.id, rule.severity.value, rule.confidence.value) == ("x-acme-token", "LOW", "HIGH")
    assert loaded(file, severity="worst")[1].problems


def test_a_rule_that_cannot_be_run_is_a_problem_until_it_is_accepted(file: Path) -> None:
    file.write_text(f"{RULE}\n[[rules]]\nid = 'names'\npath = '''\\.pem$'''\n")
    _, plugin = loaded(file)
    assert plugin.rule_ids == ["gitleaks-acme-token"]
    (problem,) = plugin.problems
    assert "not run: names" in problem
    assert "beca gitleaks check" in problem
    assert loaded(file, skip=("names",))[1].problems == []
    assert loaded(file, skip=("names", "acme-token"))[1].rule_ids == []


def test_many_rules_that_cannot_be_run_are_counted(file: Path) -> None:
    file.write_text("\n".join(f"[[rules]]\nid = 'names-{number}'\npath = 'x'" for number in range(15)))
    (problem,) = loaded(file)[1].problems
    assert "names-9 and 5 more" in problem


@pytest.mark.parametrize("text", ["[[rules]", "rules = 1"])
def test_a_file_that_cannot_be_read_is_a_problem(text: str, file: Path) -> None:
    file.write_text(text)
    assert loaded(file)[1].problems
    file.unlink()
    assert loaded(file)[1].problems


def test_a_rule_that_a_scan_cannot_compile_is_a_problem(file: Path) -> None:
    file.write_text("[[rules]]\nid = 'huge'\nregex = '''(?:[a-z]{500}x){400}'''\n")
    assert loaded(file)[1].problems


class TestAllowLists:
    """What a rule cannot have is decided when the places are known."""

    @pytest.fixture
    def tree(self, tmp_path: Path) -> Path:
        root = tmp_path / "tree"
        for name in ("a.env", "tests/a.env", "7/a.env", "b.txt"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(LINE)
        (root / "fake.env").write_text(f"ACME_KEY = {TOKEN} # fake\n")
        return root

    def test_of_paths(self, tree: Path, file: Path) -> None:
        file.write_text(f"{RULE}path = '''(\\d/|^)[a-z]+\\.env$'''\n[allowlist]\npaths = ['''^tests/''', '''^\\d''']\n")
        assert places(tree, file) == ["a.env:1", "fake.env:1"]

    def test_of_all_conditions(self, tree: Path, file: Path) -> None:
        conditions = (
            "condition = 'AND'\npaths = ['''fake''', '''tests''']\nregexTarget = 'line'\nregexes = ['# fake']\n"
        )
        file.write_text(f"{RULE}[[rules.allowlists]]\n{conditions}")
        assert places(tree, file) == ["7/a.env:1", "a.env:1", "b.txt:1", "tests/a.env:1"]

    def test_of_matches(self, tree: Path, file: Path) -> None:
        file.write_text(f"{RULE}[[rules.allowlists]]\nregexTarget = 'match'\nregexes = ['^ACME']\n")
        assert places(tree, file) == ["7/a.env:1", "a.env:1", "b.txt:1", "tests/a.env:1"]

    def test_of_words_and_of_some_rules(self, tree: Path, file: Path) -> None:
        allowlist = f"[[allowlists]]\ntargetRules = ['acme-token']\nstopwords = ['{TOKEN[3:9].upper()}']\n"
        file.write_text(RULE + allowlist)
        assert places(tree, file) == []
        file.write_text(RULE + allowlist.replace("acme-token", "other") + "\n[[rules]]\nid='other'\nregex='never-a'\n")
        assert len(places(tree, file)) == 5

    def test_what_was_allowed_is_counted(self, tree: Path, file: Path) -> None:
        file.write_text(f"{RULE}[allowlist]\npaths = ['''.''']\n")
        registry, _ = loaded(file)
        report = scan(tree, registry=registry)
        assert (report.findings, dict(report.coverage.filtered)) == ((), {"gitleaks": 5})

    def test_of_commits(self, tree: Path, file: Path) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        for arguments in (["init", "-q"], ["add", "a.env"], ["commit", "-qm", "one"], ["add", "."]):
            subprocess.run(["git", "-C", tree, *identity, *arguments], check=True)
        subprocess.run(["git", "-C", tree, *identity, "commit", "-qm", "two"], check=True)
        first = subprocess.check_output(["git", "-C", tree, "rev-parse", "HEAD~"], text=True).strip()
        file.write_text(f"{RULE}[allowlist]\ncommits = ['{first.upper()}']\n")
        assert places(tree, file) == ["7/a.env:1", "b.txt:1", "fake.env:1", "tests/a.env:1"]

    def test_findings_of_other_rules_stay(self, file: Path) -> None:
        (finding,) = Engine(loaded(file, prefix="other-")[0]).scan_text(LINE)
        file.write_text(f"{RULE}[allowlist]\npaths = ['''.''']\n")
        lists = AllowLists(translate_gitleaks(file))
        assert lists(FindingInText(finding)) is finding

    def test_without_the_text_the_secret_is_the_match(self, file: Path) -> None:
        file.write_text(f"{RULE}[[rules.allowlists]]\nregexTarget = 'match'\nregexes = ['^ACME', '^{TOKEN}']\n")
        lists = AllowLists(translate_gitleaks(file, prefix="gitleaks-"))
        (finding,) = Engine(loaded(file)[0]).scan_text(LINE)
        assert isinstance(lists(FindingInText(finding)), Dropped)


class TestCommand:
    def test_everything_is_translated(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run_command("check", str(file)) == 0
        assert capsys.readouterr().out == f"1 rule of {file} run. Everything is translated.\n"

    def test_what_is_not_translated_is_listed_the_worst_first(
        self, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file.write_text(f"{RULE}validate = 'x'\nstrange = 1\n[[rules]]\nid = 'names'\npath = 'x'\n")
        assert run_command("check", str(file)) == 1
        lines = capsys.readouterr().out.splitlines()
        assert [line.rpartition(" (")[2] for line in lines[:3]] == ["not run)", "finds more)", "no effect)"]
        assert lines[0].startswith(f"{file}:9: rule names: regex: ")
        assert lines[3] == f"1 rule of {file} run. Not translated: 1 not run, 1 finds more, 1 no effect."


def test_the_plugin_proves_itself(file: Path) -> None:
    file.write_text("[allowlist]\npaths = ['x']\n")
    assert_plugin(beca_gitleaks, "gitleaks", settings={"file": str(file)})
