from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from beca_core import random_text
from tests.core.plugins.rule_files.conftest import rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "acme_" + random_text("0123456789abcdef", 16, "cli-explain")


def test_a_rule_is_explained_on_a_file(beca: Callable, acme: str, tmp_path: Path) -> None:
    file = tmp_path / "app.env"
    file.write_text(f"x\ntoken={SECRET}\n")
    outcome = beca("rules", "explain", "acme-token", str(file))
    assert (outcome.code, outcome.err) == (0, "")
    for shown in ("acme-token", "'acme_' at 2:7", "matches: 1", "Candidate 1: acme...(21) at 2:7: found"):
        assert shown in outcome.out
    assert SECRET not in outcome.out
    assert SECRET in beca("rules", "explain", "acme-token", str(file), "--no-redact").out


def test_it_says_how_far_a_pattern_comes(beca: Callable, acme: str, tmp_path: Path) -> None:
    file = tmp_path / "app.env"
    file.write_text(f"token={SECRET[:10]}!")
    outcome = beca("rules", "explain", "acme-token", str(file))
    assert (
        r"matches as far as \b(?P<secret>acme_ up to 1:17; then [0-9a-f]{16} does not (5 of at least 16)" in outcome.out
    )
    file.write_text("nothing")
    out = beca("rules", "explain", "acme-token", str(file)).out
    assert "nowhere: the rule does not run here" in out
    assert SECRET[:10] not in out


def test_an_explanation_can_be_json(beca: Callable, acme: str, tmp_path: Path) -> None:
    file = tmp_path / "app.env"
    file.write_text(SECRET)
    document = json.loads(beca("rules", "explain", "acme-token", str(file), "--format", "json", "--path", "a/b").out)
    assert (document["ruleId"], document["path"], document["candidateCount"]) == ("acme-token", "a/b", 1)
    assert document["candidates"][0]["found"] is True


def test_what_cannot_be_explained_is_refused(beca: Callable, acme: str, tmp_path: Path) -> None:
    outcome = beca("rules", "explain", "acme-token", str(tmp_path / "missing"))
    assert outcome.code == 2
    assert "cannot be read: No such file or directory." in outcome.err
    file = tmp_path / "file"
    file.write_text("x")
    assert beca("rules", "explain", "acme-tokn", str(file)).code == 2


def test_a_rule_of_a_file_is_explained_by_any_of_its_names(beca: Callable, tmp_path: Path) -> None:
    rules, file = tmp_path / "acme.toml", tmp_path / "app.env"
    rules.write_text(rule("acme-key", more='former_ids = ["acme-old"]') + rule("acme-word", "word"))
    file.write_text(SECRET)
    for name in ("acme-key", "acme-old", "acme-k*"):
        outcome = beca("rules", "explain", name, str(file), "--rules-file", str(rules))
        assert (outcome.code, outcome.out.split()[:2]) == (0, ["Rule", "acme-key"])
    outcome = beca("rules", "explain", "acme-*", str(file), "--rules-file", str(rules))
    assert (outcome.code, outcome.out) == (2, "")
    assert "'acme-*' selects 2 rules." in outcome.err


def test_the_rule_that_reports_a_secret_is_named(beca: Callable, tmp_path: Path) -> None:
    rules, file = tmp_path / "acme.toml", tmp_path / "app.env"
    rules.write_text(rule("acme-key") + rule("acme-word", more='supersedes = ["acme-key"]'))
    file.write_text(SECRET)
    shown = " ".join(beca("rules", "explain", "acme-key", str(file), "--rules-file", str(rules)).out.split())
    assert "also found by acme-word reported by acme-word, because acme-word supersedes acme-key" in shown


def test_it_says_what_is_not_looked_for_in_encoded_text(beca: Callable, tmp_path: Path) -> None:
    rules, file = tmp_path / "acme.toml", tmp_path / "app.env"
    rules.write_text(rule("acme-short", f"(?:{'|'.join(f'k{letter}' for letter in 'abcdefg')})"))
    file.write_text("x")
    out = beca("rules", "explain", "acme-short", str(file), "--rules-file", str(rules)).out
    assert "not looked for in encoded text, because short or an everyday word: 'ka_'" in out
    assert "'ke_' and 2 more" in out


def test_it_says_what_the_path_does(beca: Callable, tmp_path: Path) -> None:
    rules, file = tmp_path / "acme.toml", tmp_path / "app.env"
    rules.write_text(rule("acme-key", more='category = "generic"'))
    file.write_text(SECRET)
    explain = ("rules", "explain", "acme-key", str(file), "--rules-file", str(rules), "--path")
    assert "changed  confidence MEDIUM; [Tt]ests/ matches" in beca(*explain, "tests/app.env").out
    assert "changed  confidence MEDIUM" not in beca(*explain, "app.env").out


@pytest.mark.usefixtures("with_builtin")
def test_a_built_in_rule_is_explained_among_all_others(beca: Callable, tmp_path: Path) -> None:
    file = tmp_path / "app.env"
    file.write_text(f"SECRET_KEY='{SECRET}'")
    out = " ".join(beca("rules", "explain", "secret-key", str(file)).out.split())
    assert "reported by secret-key, because secret-key supersedes generic-key" in out
