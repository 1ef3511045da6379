"""The hooks in `.pre-commit-hooks.yaml`, run as pre-commit runs them: without a shell, with what it says of a push."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[4]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def git(path: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(path), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    git(tree, "init", "-qb", "main")
    git(tree, "add", "README")
    git(tree, "commit", "-qm", "one")
    monkeypatch.chdir(tree)
    return tree


def run(beca: Callable, name: str, **variables: str) -> int:
    program, *arguments = HOOKS[name]["entry"].split()
    assert program == "beca"
    return beca(*arguments, PRE_COMMIT="1", **variables).code


@pytest.mark.parametrize("name", HOOKS)
def test_no_hook_depends_on_the_files_that_pre_commit_chooses(name: str) -> None:
    assert (HOOKS[name]["pass_filenames"], HOOKS[name]["always_run"], HOOKS[name]["language"]) == (
        False,
        True,
        "python",
    )


def test_a_commit_with_a_secret_is_refused(beca: Callable, repository: Path) -> None:
    assert run(beca, "beca") == 0
    git(repository, "add", ".")
    assert run(beca, "beca") == 1


def test_a_push_with_a_secret_is_refused(beca: Callable, repository: Path) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    pushed = {"PRE_COMMIT_REMOTE_NAME": "origin", "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main"}
    assert run(beca, "beca-push", **pushed) == 1
    assert run(beca, "beca-push", **pushed, PRE_COMMIT_FROM_REF="HEAD~1", PRE_COMMIT_TO_REF="HEAD") == 1
    assert run(beca, "beca-push", **pushed, PRE_COMMIT_FROM_REF="HEAD", PRE_COMMIT_TO_REF="HEAD") == 0
