"""`beca scan --staged`, `--range` and `--since-commit`."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def git(path: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(path), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tree: Path) -> Path:
    git(tree, "init", "-qb", "main")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "one")
    return tree


def test_only_what_is_staged_and_new_is_reported(beca: Callable, repository: Path, acme: str) -> None:
    assert beca("scan", repository, "--staged").code == 0
    new = acme.replace("0f", "1e")
    (repository / "README").write_text(f"changed\n{new}")
    assert beca("scan", repository, "--staged").code == 0
    git(repository, "add", ".")
    outcome = beca("scan", repository, "--staged")
    assert outcome.code == 1
    assert "README:2:9" in outcome.out
    assert "app.env" not in outcome.out


@pytest.mark.parametrize("options", [["--staged"], ["--since-commit", "HEAD"], ["--range", "HEAD..HEAD"]])
def test_the_default_is_the_repository_of_the_working_directory(
    beca: Callable, repository: Path, acme: str, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "README").write_text(acme.replace("0f", "1e"))
    git(repository, "add", ".")
    monkeypatch.chdir(repository)
    assert beca("scan", *options).out == beca("scan", ".", *options).out
    assert beca("scan", "--staged").code == 1


def test_everything_else_needs_a_target(beca: Callable, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    outcome = beca("scan", "--quiet")
    assert outcome.code == 2
    assert outcome.err == "Error: TARGET is missing.\n`beca scan .` scans the working directory.\n"


def test_the_configuration_of_the_repository_holds(beca: Callable, repository: Path, acme: str) -> None:
    (repository / ".beca.toml").write_text(
        '[[allow]]\npath = "README"\nreason = "x"\n[[allow]]\npath = "y"\nreason = "z"\n'
    )
    (repository / "README").write_text(acme.replace("0f", "1e"))
    git(repository, "add", ".")
    outcome = beca("scan", repository, "--staged")
    assert outcome.code == 0
    assert "1 by .beca.toml, allow 1" in outcome.out
    assert "matches nothing" not in outcome.err


def test_a_range_and_what_came_since_a_commit(beca: Callable, repository: Path, acme: str) -> None:
    (repository / "README").write_text(acme.replace("0f", "1e"))
    git(repository, "commit", "-qam", "two")
    for arguments in (["--range", "HEAD~1..HEAD"], ["--since-commit", "HEAD~1"], ["--since-commit=main~1"]):
        outcome = beca("scan", repository, *arguments)
        assert outcome.code == 1
        assert "1 finding in 1 file" in outcome.out
    assert beca("scan", repository, "--since-commit", "HEAD").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--staged", "--range", "a..b"],
        ["--staged", "--scope", "head"],
        ["--staged", "--state", "state"],
        ["--staged", "--no-worktree"],
        ["--since-commit", "nowhere"],
        ["--range", "main"],
    ],
)
def test_what_has_no_effect_on_a_change_is_refused(arguments: list[str], beca: Callable, repository: Path) -> None:
    outcome = beca("scan", repository, *arguments)
    assert (outcome.code, outcome.out) == (2, "")


def test_standard_input_has_no_changes(beca: Callable, acme: str) -> None:
    assert beca("scan", "-", "--staged", stdin=acme.encode()).code == 2


def test_the_table_shows_the_line_and_the_path_from_the_working_directory(
    beca: Callable, repository: Path, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "config")
    (repository / "README").write_text(acme.replace("0f", "1e"))
    git(repository, "add", ".")
    lines = beca("scan", ".", "--staged").out.splitlines()
    assert lines[2].split()[0] == "../README:1:9"
    assert lines[3].strip().startswith("token = acme")
    assert acme.split()[2].replace("0f", "1e") not in "".join(lines)
    assert beca("scan", "..", "--scope", "files").out.count("    token = ") == 2


def test_quiet_is_silent_only_about_a_clean_scan(beca: Callable, repository: Path) -> None:
    assert beca("scan", repository / "README", "-q").out == ""
    outcome = beca("scan", repository, "-q", "--exit-zero")
    assert outcome.code == 0
    assert "app.env" in outcome.out
    assert "INCOMPLETE" in beca("scan", repository, "-q", "--max-blob-size", "1", "--exit-zero").out
    assert beca("scan", repository, "--max-blob-size", "1", "--exit-zero").code == 2


@pytest.mark.parametrize("command", ["scan", "rules list", "baseline show", "init"])
def test_every_command_has_the_short_options(beca: Callable, command: str) -> None:
    words = command.split()
    assert beca(*words, "-h").out == beca(*words, "--help").out
    assert beca(*words, "-V").out == beca("--version").out
    assert "Traceback" in beca(*words, "/nowhere" if command != "rules list" else "", "--debug", "--no-such").err


def test_several_targets_have_a_table_each_and_the_worst_exit_code(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree / "README", tree / "config", "--max-blob-size", "1M")
    assert outcome.code == 1
    assert outcome.out.index("No secrets found") < outcome.out.index("app.env:2:9")
    assert beca("scan", tree / "README", tree / "README").code == 0
    assert beca("scan", tree / "config", tree / "nowhere").code == 2
    for options in (["-f", "json"], ["--output", "x"], ["--state", "x"]):
        refused = beca("scan", tree / "README", tree / "config", *options)
        assert (refused.code, refused.out) == (2, "")
