"""The lines around findings: they are those of the content, and hold no other secret."""

from __future__ import annotations

import secrets
import subprocess
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, PluginRegistry, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FISH, CAT = (
    Rule(
        id=name,
        version=1,
        description=name,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=rf"\b(?P<secret>{name}[0-9]+)\b",
    )
    for name in ("fish", "cat")
)
ENGINE = Engine(PluginRegistry(), rules=[FISH, CAT], cache_dir=False)


def lines(directory: Path, **options: object) -> dict[str, tuple[str, str]]:
    report = ENGINE.scan(directory, with_lines=True, **options)
    return {
        each.secret.decode(): report.lines[each.location, each.fingerprint]
        for each in report.findings
        if (each.location, each.fingerprint) in report.lines
    }


def test_a_line_is_what_is_before_and_after_the_secret(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"first\n  key = fish1; // \xff\r\nlast fish2")
    assert lines(tmp_path) == {"fish1": ("  key = ", "; // \ufffd"), "fish2": ("last ", "")}
    assert ENGINE.scan(tmp_path).lines == {}


def test_other_secrets_in_the_line_are_masked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("cat1 = fish2, cat3 and cat1\n")
    found = lines(tmp_path)
    assert found["fish2"] == ("*** = ", ", *** and ***")
    assert found["cat3"] == ("*** = ***, ", " and ***")


@pytest.mark.parametrize("make", [lambda: secrets.token_hex(16), lambda: secrets.token_urlsafe(24), lambda: "aB" * 12])
def test_what_looks_like_a_secret_is_masked_although_no_rule_knows_it(make: Callable[[], str], tmp_path: Path) -> None:
    unknown = make()
    (tmp_path / "a").write_text(f'user = "{unknown}" fish1 configuration_of_it {unknown}\n')
    before, after = lines(tmp_path)["fish1"]
    assert unknown not in before + after
    assert before == 'user = "***" '
    assert after.startswith(" configuration_of_it ***")


def test_a_secret_of_the_history_has_its_line_too(tmp_path: Path) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    git = ["git", "-C", str(tmp_path), *identity]
    subprocess.run([*git, "init", "-q"], check=True)
    for text in ("old = fish7\n", "new\n"):
        (tmp_path / "a").write_text(text)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", "x"], check=True)
    assert lines(tmp_path) == {"fish7": ("old = ", "")}


def test_a_rescan_has_the_lines_of_what_it_reads(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a = fish1\n")
    since = ENGINE.scan(tmp_path).state
    (tmp_path / "b").write_text("b = fish2\n")
    assert lines(tmp_path, since=since)["fish2"] == ("b = ", "")
