"""`beca rules profile`: what each rule costs on a target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from beca_core.cli import main
from tests.core.plugins.rule_files.conftest import rule

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_costs_are_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("private_key_of_mine\n")
    assert main(["rules", "profile", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Rule", "Microseconds", "Sightings", "Searches", "Matches", "Drops"]
    shown = [line.split()[0] for line in lines[1:-1]]
    assert "secret-key" in shown
    assert len(shown) < 20, "rules that were sighted nowhere are left out"
    assert lines[-1] == "Contents: 1; bytes: 20."


def test_the_costs_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("private_key_of_mine\n" * 2)
    assert main(["rules", "profile", str(tmp_path), "--format", "json", "--scope", "files"]) == 0
    document = json.loads(capsys.readouterr().out)
    (rule,) = (each for each in document["rules"] if each["id"] == "secret-key")
    assert rule.pop("nanoseconds") > 0
    assert rule == {"id": "secret-key", "sightings": 1, "confirmations": 1, "matches": 2, "drops": 0}
    assert (document["blobs"], document["bytes"]) == (1, 40)


def test_rules_of_a_file_are_profiled_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "acme.toml").write_text(rule("acme-key"))
    (tmp_path / "a.txt").write_text("acme_" + "0f" * 8)
    assert main(["rules", "profile", str(tmp_path / "a.txt"), "--rules-file", str(tmp_path / "acme.toml")]) == 0
    assert "acme-key" in capsys.readouterr().out


def test_a_target_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "profile", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
