"""`--state`: scans that resume from the one before, and `--fail-on new`."""

from __future__ import annotations

import json
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path, acme: str) -> Path:
    """A repository with one secret in one commit."""
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "-q")
    commit(path, "app.env", acme)
    return path


def git(path: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(path), *identity, *arguments], check=True)


def commit(path: Path, name: str, content: str) -> None:
    (path / name).write_text(content)
    git(path, "add", ".")
    git(path, "commit", "-qm", "change")


def report_of(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document


def test_the_first_scan_saves_a_state_and_the_next_one_reads_nothing(beca: Callable, repository: Path) -> None:
    first = beca("scan", repository, "--state", "state", "-f", "json")
    again = beca("scan", repository, "--state", "state", "-f", "json")
    assert (first.code, again.code) == (1, 1)
    assert report_of(first.out)["coverage"]["blobs"] == 1
    assert report_of(again.out)["coverage"]["blobs"] == 0
    (found,) = report_of(again.out)["findings"]
    assert found.pop("change") == "carried"
    assert [found] == report_of(first.out)["findings"]


@pytest.mark.slow
def test_an_unchanged_state_is_not_written_again(beca: Callable, repository: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    beca("scan", repository, "--state", state)
    before = state.stat()
    beca("scan", repository, "--state", state)
    assert (state.stat().st_ino, state.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    commit(repository, "readme", "nothing secret")
    beca("scan", repository, "--state", state)
    assert state.stat().st_ino != before.st_ino


@pytest.mark.slow
def test_only_new_findings_can_fail_a_pipeline(beca: Callable, repository: Path, acme: str) -> None:
    options = ("--state", "state", "--fail-on", "new")
    assert beca("scan", repository, *options).code == 1, "without an earlier scan all are new"
    assert beca("scan", repository, *options).code == 0
    commit(repository, "other.env", acme)
    assert beca("scan", repository, *options).code == 1


def test_an_incomplete_scan_fails_even_without_new_findings(beca: Callable, partly_read: Path) -> None:
    options = ("--state", "state", "--fail-on", "new", "--max-blob-size", "1K")
    assert [beca("scan", partly_read, *options).code for _ in range(2)] == [2, 2]


@pytest.mark.slow
def test_secrets_are_read_again_with_no_redact(beca: Callable, repository: Path, acme: str) -> None:
    options = ("--state", "state", "-f", "json", "--no-redact")
    secrets = [report_of(beca("scan", repository, *options).out)["findings"][0]["secret"] for _ in range(2)]
    assert secrets[0] == secrets[1]
    assert secrets[0] in acme


def test_only_the_owner_can_read_the_state_and_it_holds_no_secret(
    beca: Callable, repository: Path, tmp_path: Path, acme: str
) -> None:
    beca("scan", repository, "--state", "state")
    file = tmp_path / "state"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert acme.split()[-1].encode() not in file.read_bytes()


def test_a_file_that_is_not_a_state_is_refused_and_kept(beca: Callable, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("my notes")
    outcome = beca("scan", repository, "--state", "state")
    assert outcome.code == 2
    assert "state': The file is not the state of a scan." in outcome.err
    assert (tmp_path / "state").read_text() == "my notes"


def test_a_missing_directory_is_refused_before_anything_is_read(beca: Callable, repository: Path) -> None:
    outcome = beca("scan", repository, "--state", "nowhere/state")
    assert outcome.code == 2
    assert "There is no directory '" in outcome.err
    assert "nowhere' for the state." in outcome.err
    assert outcome.out == ""


def test_a_failed_scan_does_not_change_the_state(beca: Callable, repository: Path, tmp_path: Path) -> None:
    beca("scan", repository, "--state", "state")
    before = (tmp_path / "state").read_bytes()
    assert beca("scan", tmp_path / "nowhere", "--state", "state").code == 2
    assert (tmp_path / "state").read_bytes() == before


def test_a_rescan_of_a_directory_reports_new_findings(beca: Callable, tree: Path, acme: str) -> None:
    options = ("--state", "state", "-f", "json")
    beca("scan", tree, *options)
    (tree / "second").write_text(acme)
    changes = [found["change"] for found in report_of(beca("scan", tree, *options).out)["findings"]]
    assert sorted(changes) == ["carried", "new"]
