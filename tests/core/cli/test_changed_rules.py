"""`--state` when rules change, are left out, or the repository is another one."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

OPTIONS = ("--state", "state", "-f", "json")
NEW = (*OPTIONS, "--fail-on", "new")
"""The state stays as it is unless the exit code is 0."""
FISH_PLUGIN = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    def least(number):
        return lambda candidate: candidate if int(candidate.secret[-1:]) >= number else None

    @hookimpl
    def beca_register_rules():
        shown = dict(version=1, description="A fish", severity=Severity.LOW, confidence=Confidence.HIGH)
        return [
            Rule(id="sword", pattern=r"(?P<secret>PATTERN-[0-9])", checks=(least(LEAST),), **shown),
            Rule(id="marlin", pattern=r"(?P<secret>marlin-[0-9])", **shown),
        ]
"""


def fish(pattern: str = "swordfish", least: int = 0) -> str:
    """The code of a plugin with two rules, always of version 1."""
    return FISH_PLUGIN.replace("PATTERN", pattern).replace("LEAST", str(least))


@pytest.fixture
def repository(tmp_path: Path, install: Callable[..., None]) -> Path:
    """A repository with a secret of each rule, and the plugin."""
    install("fish", fish())
    path = tmp_path / "repository"
    git(tmp_path, "init", "-q", str(path))
    commit(path, "a", "swordfish-1 marlin-1\n")
    return path


def git(path: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(path), *identity, *arguments], check=True)


def commit(path: Path, name: str, content: str) -> None:
    (path / name).write_text(content)
    git(path, "add", ".")
    git(path, "commit", "-qm", "change")


def found(outcome: Any) -> dict[str, str]:
    """The preview and the change of each finding of the plugin."""
    report = json.loads(outcome.out)
    assert report["coverage"]["complete"] is True
    return {
        f"{finding['ruleId']} {finding['location']['path']}": finding.get("change", "")
        for finding in report["findings"]
        if finding["ruleId"] in ("sword", "marlin")
    }


def test_a_rule_that_was_mended_is_run_again_although_its_version_is_the_same(
    process: Callable[..., Any], install: Callable[..., None], repository: Path, site: Path
) -> None:
    (site / "fish_module.py").write_text("")
    for file in (site / "fish-1.0.dist-info").iterdir():
        file.unlink()
    (site / "fish-1.0.dist-info").rmdir()
    install("fish", fish("sward"))
    assert found(process("scan", repository, *OPTIONS)) == {"marlin a": ""}
    module = site / "fish_module.py"
    module.write_text(module.read_text().replace("sward", "swordfish"))
    again = process("scan", repository, *NEW)
    assert found(again) == {"marlin a": "carried", "sword a": "new"}
    assert again.code == 1


def test_a_check_that_was_mended_is_run_again(process: Callable[..., Any], repository: Path, site: Path) -> None:
    module = site / "fish_module.py"
    module.write_text(module.read_text().replace("least(0)", "least(7)"))
    shutil.rmtree(site / "__pycache__", ignore_errors=True)  # Python cannot tell two changes within one second
    assert found(process("scan", repository, *OPTIONS)) == {"marlin a": ""}
    module.write_text(module.read_text().replace("least(7)", "least(1)"))
    shutil.rmtree(site / "__pycache__", ignore_errors=True)
    assert found(process("scan", repository, *OPTIONS)) == {"marlin a": "carried", "sword a": "new"}


def test_another_version_of_the_plugin_reads_again_and_nothing_is_new(
    process: Callable[..., Any], repository: Path, site: Path
) -> None:
    process("scan", repository, *OPTIONS)
    metadata = site / "fish-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
    again = process("scan", repository, *NEW)
    assert json.loads(again.out)["coverage"]["commits"] > 0
    assert (found(again), again.code) == ({"marlin a": "carried", "sword a": "carried"}, 0)
    assert json.loads(process("scan", repository, *OPTIONS).out)["coverage"]["commits"] == 0


@pytest.mark.parametrize("narrowing", [("--rules", "marlin"), ("--disable-plugin", "fish")])
@pytest.mark.usefixtures("with_builtin")
def test_a_scan_without_some_rules_does_not_forget_them(
    process: Callable[..., Any], repository: Path, narrowing: tuple[str, str]
) -> None:
    process("scan", repository, *OPTIONS)
    commit(repository, "b", "swordfish-2 marlin-2\n")
    narrowed = process("scan", repository, *OPTIONS, *narrowing)
    assert json.loads(narrowed.out)["changes"]["gone"] == 0
    commit(repository, "c", "swordfish-3\n")
    third = process("scan", repository, *OPTIONS)
    whole = process("scan", repository, "-f", "json")
    assert found(third).keys() == found(whole).keys() == {"sword a", "marlin a", "sword b", "marlin b", "sword c"}
    saw_marlin = narrowing[0] == "--rules"
    assert {place for place, change in found(third).items() if change == "new"} == {
        "sword b", "sword c", *(() if saw_marlin else ("marlin b",)),
    }  # fmt: skip
    fourth = process("scan", repository, *OPTIONS)
    assert set(found(fourth).values()) == {"carried"}
    assert json.loads(fourth.out)["coverage"]["commits"] == 0


def test_a_secret_that_moves_is_not_new_and_a_copy_is(process: Callable[..., Any], repository: Path) -> None:
    process("scan", repository, *OPTIONS)
    (repository / "dir").mkdir()
    git(repository, "mv", "a", "dir/b")
    git(repository, "commit", "-qm", "move")
    moved = process("scan", repository, *NEW)
    assert (moved.code, found(moved)["sword dir/b"], found(moved)["sword a"]) == (0, "carried", "gone")
    commit(repository, "copy", (repository / "dir" / "b").read_text())
    copied = process("scan", repository, *NEW)
    assert (copied.code, found(copied)["sword copy"]) == (1, "new")


def test_a_reset_and_a_rewritten_commit_bring_nothing_new(process: Callable[..., Any], repository: Path) -> None:
    commit(repository, "b", "swordfish-2\n")
    process("scan", repository, *OPTIONS)
    git(repository, "commit", "--amend", "-qm", "another message")
    assert process("scan", repository, *NEW).code == 0
    git(repository, "reset", "-q", "--hard", "HEAD~1")
    reset = process("scan", repository, *NEW)
    assert reset.code == 0
    assert "new" not in found(reset).values()


def test_a_state_of_another_repository_is_refused(
    process: Callable[..., Any], repository: Path, tmp_path: Path
) -> None:
    process("scan", repository, *OPTIONS)
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", str(other))
    commit(other, "x", "marlin-9\n")
    before = (tmp_path / "state").read_bytes()
    outcome = process("scan", other, "--state", "state")
    assert outcome.code == 2
    assert "another repository" in outcome.err
    assert (tmp_path / "state").read_bytes() == before
    git(tmp_path, "clone", "-q", "--no-local", str(repository), str(tmp_path / "clone"))
    assert process("scan", tmp_path / "clone", *NEW).code == 0


def test_the_table_says_where_secrets_are(process: Callable[..., Any], repository: Path) -> None:
    commit(repository, "a", "nothing\n")
    git(repository, "checkout", "-qb", "newer")
    commit(repository, "newer", "swordfish-2\n")
    git(repository, "checkout", "-q", "-")
    (repository / "a").write_text("swordfish-3\n")
    git(repository, "stash", "-q")
    (repository / "staged").write_text("swordfish-4\n")
    git(repository, "add", "staged")
    git(repository, "notes", "add", "-m", "swordfish-5")
    git(repository, "commit", "-q", "--allow-empty", "-m", "swordfish-6")
    git(repository, "reset", "-q", "--soft", "HEAD~1")
    git(repository, "commit", "-q", "--allow-empty", "-m", "swordfish-7", "--", "a")
    out = process("scan", repository, "--rules", "sword").out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for words in (
        "removed from HEAD",
        "on another branch, not at HEAD",
        "in a stash",
        "not committed",
        "in notes on a commit",
        "in the message of a commit",
        "unreachable from any ref, but still stored",
    ):
        assert words in lines, words
    assert not [line for line in lines if "no longer" in line]
