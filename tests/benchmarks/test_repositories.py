"""Repositories for measurements are the same wherever they are made, and look like histories."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from measure.processes import clean_environment
from measure.repositories import generate

import beca_core

if TYPE_CHECKING:
    from pathlib import Path


def git(repository: Path, *arguments: str) -> str:
    command = ["git", f"--git-dir={repository}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=clean_environment()).stdout


def kinds(repository: Path) -> list[str]:
    return git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()


def test_there_are_as_many_different_blobs_as_asked_for(repository: Path) -> None:
    assert kinds(repository).count("blob") == 400
    assert kinds(repository).count("commit") == 200


def test_git_finds_nothing_wrong(repository: Path) -> None:
    git(repository, "fsck", "--strict")


def test_all_objects_are_reached_from_the_branch(repository: Path) -> None:
    assert len(git(repository, "rev-list", "--objects", "--all").splitlines()) == len(kinds(repository))


def test_versions_are_stored_as_deltas(repository: Path) -> None:
    sizes = git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(deltabase)")
    deltas = [line for line in sizes.splitlines() if line.startswith("blob") and not re.search(r" 0+$", line)]
    assert len(deltas) > 300


@pytest.mark.slow
def test_the_same_repository_comes_out_again(repository: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again.git", 400)
    assert git(tmp_path / "again.git", "rev-parse", "main") == git(repository, "rev-parse", "main")


@pytest.mark.slow
def test_three_files_hold_a_secret_whatever_the_size(repository: Path, tmp_path: Path) -> None:
    generate(tmp_path / "larger.git", 800)
    for path in (repository, tmp_path / "larger.git"):
        report = beca_core.scan(path)
        assert report.coverage.complete
        assert sorted(found.location.path for found in report.findings) == [f"part0/file{n}.py" for n in range(3)]


def test_a_number_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a multiple"):
        generate(tmp_path / "odd.git", 1001)
    assert not (tmp_path / "odd.git").exists()


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(subprocess.CalledProcessError):
        generate(tmp_path / "file" / "inside.git", 20)
