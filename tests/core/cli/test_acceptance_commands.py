"""`beca config`, `beca allow` and `beca baseline`, as a team uses them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALLOW = '[[allow]]\npath = "config/"\nreason = "made up"\nowner = "Ada"\n'
STALE = '[[allow]]\npath = "nowhere/"\nreason = "was there"\n'
EXPIRED = '[[allow]]\npath = "README"\nreason = "for a while"\nexpires = 2020-01-31\n'


def test_each_value_is_shown_with_its_origin(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text('min-severity = "high"\nmin-confidence = "low"\n' + ALLOW)
    outcome = beca("config", "show", tree, "-f", "json", BECA_MIN_CONFIDENCE="medium", BECA_MAX_FINDINGS="7")
    document = json.loads(outcome.out)
    items = {item["name"]: (item["value"], item["origin"]) for item in document["items"]}
    assert document["file"] == str(tree / ".beca.toml")
    assert items["min-severity"] == ("high", ".beca.toml")
    assert items["min-confidence"] == ("medium", "the environment or the settings file")
    assert items["max-findings"] == (7, "the environment or the settings file")
    assert items["inline-comments"] == (["beca:allow"], "default")
    assert items["allow 1"] == ({"reason": "made up", "paths": ["config/"], "owner": "Ada"}, ".beca.toml")
    table = beca("config", "show", tree).out
    assert str(tree / ".beca.toml") in table
    assert [line.split()[:2] for line in table.splitlines() if line.startswith("min-severity")] == [
        ["min-severity", ".beca.toml"]
    ]


def test_without_a_configuration_the_defaults_are_shown(beca: Callable, acme: str) -> None:
    assert "no configuration" in beca("config", "show").out


def test_the_schema_is_printed(beca: Callable, acme: str) -> None:
    assert json.loads(beca("config", "schema").out)["title"] == "BECA configuration"


def test_what_expires_and_what_is_stale_is_named_and_pruned(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text(STALE + ALLOW + EXPIRED)
    outcome = beca("scan", tree)
    assert outcome.code == 0
    assert "'.beca.toml, allow 1' matches nothing any more; `beca allow prune` removes it." in outcome.err
    dry = beca("allow", "prune", tree, "--dry-run")
    assert dry.out.splitlines() == [
        "Would remove .beca.toml, allow 1, which matches nothing: 'was there'",
        "Would remove .beca.toml, allow 3, which expired on 2020-01-31: 'for a while'",
    ]
    assert (tree / ".beca.toml").read_text() == STALE + ALLOW + EXPIRED
    assert beca("allow", "prune", tree).out == dry.out.replace("Would remove", "Removed")
    assert (tree / ".beca.toml").read_text() == ALLOW
    assert beca("allow", "prune", tree).out == "Each entry is in use.\n"
    assert beca("scan", tree).code == 0


def test_an_expired_entry_that_matches_lets_the_scan_fail_and_is_named(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text(ALLOW + "expires = 2020-01-31\n")
    outcome = beca("scan", tree)
    assert outcome.code == 1
    assert "'.beca.toml, allow 1' has expired on 2020-01-31, so it hides nothing: 'made up'." in outcome.err
    listed = beca("allow", "list", tree).out.splitlines()
    assert listed[1].split()[:5] == [".beca.toml,", "allow", "1", "2020-01-31", "expired"]


def test_a_scan_of_a_part_calls_nothing_stale(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text(STALE)
    assert "matches nothing" not in beca("scan", tree, "--rules", "acme-token").err


def test_nothing_is_pruned_after_an_incomplete_scan(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text(STALE)
    (tree / "damaged.gz").write_bytes(gzip.compress(os.urandom(1000))[:-100])
    assert beca("allow", "prune", tree).code == 2
    assert (tree / ".beca.toml").read_text() == STALE


def test_a_team_adopts_a_baseline_and_fails_on_what_is_new(beca: Callable, tree: Path, acme: str) -> None:
    created = beca("baseline", "create", tree)
    assert created.out.splitlines()[0].endswith("knows 1 finding from now on.")
    assert ".beca.baseline merge=union" in created.out
    assert beca("baseline", "create", tree).code == 2
    known = beca("scan", tree, "--baseline", tree / ".beca.baseline")
    assert known.code == 0
    assert "Allowed: 1 finding; 1 by .beca.baseline" in known.out
    (tree / ".beca.toml").write_text('baseline = ".beca.baseline"\n')
    assert beca("scan", tree).code == 0
    (tree / "config" / "app.env").rename(tree / "moved.env")
    assert beca("scan", tree).code == 0
    (tree / "copy.env").write_text(acme)
    assert beca("scan", tree).code == 1


def test_an_update_drops_what_is_gone_and_adds_what_is_new(beca: Callable, tree: Path, acme: str) -> None:
    beca("baseline", "create", tree)
    new = acme.replace("0f", "1e")
    (tree / "new.env").write_text(new)
    kept = beca("baseline", "update", tree, "--drop-only")
    assert "knows 1 finding: 0 added, 0 secrets gone, 1 new left out." in kept.out
    assert beca("scan", tree, "--baseline", tree / ".beca.baseline").code == 1
    (tree / "config" / "app.env").unlink()
    assert "knows 1 finding: 1 added, 1 secret gone." in beca("baseline", "update", tree).out
    assert beca("scan", tree, "--baseline", tree / ".beca.baseline").code == 0
    shown = json.loads(beca("baseline", "show", tree, "-f", "json").out)["items"]
    assert [(item["ruleId"], item["path"], item["inHead"]) for item in shown] == [("acme-token", "new.env", True)]
    assert beca("baseline", "show", tree).out.splitlines()[1].split() == ["acme-token", "1", "1"]


def test_a_baseline_holds_no_secret_and_is_not_found_itself(beca: Callable, tree: Path, acme: str) -> None:
    beca("baseline", "create", tree)
    assert acme.split()[-1] not in (tree / ".beca.baseline").read_text()
    report = json.loads(beca("scan", tree, "--baseline", tree / ".beca.baseline", "-f", "json").out)
    assert report["findings"] == []


def test_a_missing_baseline_stops_the_scan(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, "--baseline", tree / "nothing")
    assert outcome.code == 2
    assert "`beca baseline create` makes one." in outcome.err


@pytest.mark.slow
def test_a_known_secret_stays_known_through_a_rebase(beca: Callable, tree: Path, acme: str) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", str(tree), *identity, *arguments], check=True, capture_output=True)

    git("init", "-qb", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    git("switch", "-qc", "topic")
    (tree / "topic.env").write_text(acme.replace("0f", "2d"))
    git("add", ".")
    git("commit", "-qm", "topic")
    beca("baseline", "create", tree)
    git("switch", "-q", "main")
    (tree / "README").write_text("changed\n")
    git("commit", "-qam", "main")
    git("rebase", "-q", "main", "topic")
    assert beca("scan", tree, "--baseline", tree / ".beca.baseline").code == 0
    (tree / "new.env").write_text(acme.replace("0f", "3c"))
    git("add", ".")
    git("commit", "-qm", "new")
    assert beca("scan", tree, "--baseline", tree / ".beca.baseline").code == 1
