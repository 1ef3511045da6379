"""`beca init`."""

from __future__ import annotations

import os
import pty
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


def test_afterwards_only_what_is_new_fails(beca: Callable, repository: Path, acme: str) -> None:
    assert beca("scan", repository).code == 1
    outcome = beca("init", repository / "config")
    assert (outcome.code, outcome.err) == (0, "")
    assert (repository / ".gitattributes").read_text() == ".beca.baseline merge=union\n"
    assert os.access(repository / ".git" / "hooks" / "pre-commit", os.X_OK)
    assert beca("scan", repository).code == 0
    (repository / "README").write_text(acme)
    assert beca("scan", repository).code == 1


def test_what_is_there_stays_without_a_terminal_and_goes_with_force(beca: Callable, repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("mine")
    (repository / ".beca.toml").write_text("min-severity = 'low'\n")
    outcome = beca("init", repository)
    assert outcome.out.count("stays as it is") == 2
    assert "So that scans use the baseline" in outcome.err
    assert (hook.read_text(), (repository / ".beca.toml").read_text()) == ("mine", "min-severity = 'low'\n")
    before = (repository / ".beca.baseline").read_bytes()
    assert beca("init", repository).out.count("stays as it is") == 3
    assert (repository / ".beca.baseline").read_bytes() == before
    assert beca("init", repository, "--force").out.count("is written") == 3
    assert "beca scan . --staged" in hook.read_text()
    assert (repository / ".gitattributes").read_text().count("merge=union") == 1


@pytest.mark.parametrize(("answer", "is_replaced"), [(b"y\n", True), (b"\n", False), (b"no\n", False)])
@pytest.mark.slow
def test_it_asks_before_it_replaces(
    answer: bytes,
    is_replaced: bool,
    environment: dict[str, str],
    program: list[str],
    repository: Path,
) -> None:
    (repository / ".beca.toml").write_text("")
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    command = [*program, "init", str(repository), "--no-hook", "--no-baseline"]
    ended = subprocess.run(command, stdin=theirs, capture_output=True, env=environment, check=True, text=True)
    os.close(ours)
    os.close(theirs)
    assert ended.stderr.endswith("/tree/.beca.toml'? [y/N]\n")
    assert bool((repository / ".beca.toml").read_text()) is is_replaced


def test_the_configuration_of_pyproject_is_left_alone(beca: Callable, repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.beca]\nmin-severity = 'low'\n")
    outcome = beca("init", repository, "--no-hook")
    assert "add to" in outcome.err
    assert "pyproject.toml" in outcome.err
    assert not (repository / ".beca.toml").exists()


def test_hooks_that_are_elsewhere_are_named(beca: Callable, repository: Path) -> None:
    git(repository, "config", "core.hooksPath", "elsewhere")
    outcome = beca("init", repository, "--no-baseline", "--hook", "pre-push")
    assert outcome.err == 'git looks for hooks in core.hooksPath: let its pre-push run `beca pre-push --quiet "$@"`.\n'
    assert not (repository / ".git" / "hooks" / "pre-push").exists()


def test_a_bare_repository_gets_a_hook_only(beca: Callable, tmp_path: Path, acme: str) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    before = set((tmp_path / "bare.git").iterdir())
    assert beca("init", tmp_path / "bare.git").code == 0
    assert "beca pre-receive" in (tmp_path / "bare.git" / "hooks" / "pre-receive").read_text()
    assert set((tmp_path / "bare.git").iterdir()) == before | {tmp_path / "bare.git" / "hooks"}


def test_a_link_is_replaced_and_not_followed(beca: Callable, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("mine")
    (repository / ".beca.toml").symlink_to(tmp_path / "other")
    beca("init", repository, "--no-hook", "--no-baseline", "--force")
    assert (tmp_path / "other").read_text() == "mine"


def test_outside_a_repository_there_is_nothing_to_set_up(beca: Callable, tmp_path: Path, acme: str) -> None:
    assert beca("init", tmp_path).code == 2
