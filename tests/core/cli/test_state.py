"""`--state`: scans that resume from the one before, and `--fail-on new`."""

from __future__ import annotations

import json
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.system.veil import veil

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
    first = beca("scan", repository, "--state", "state", "--no-worktree", "-f", "json")
    again = beca("scan", repository, "--state", "state", "--no-worktree", "-f", "json")
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
def test_a_new_finding_fails_the_pipeline_until_it_is_accepted(beca: Callable, repository: Path, acme: str) -> None:
    gate, accept = ("--state", "state", "--fail-on", "new"), ("--state", "state", "--fail-on", "none")
    assert beca("scan", repository, *accept).code == 0
    assert beca("scan", repository, *gate).code == 0
    commit(repository, "other.env", acme)
    assert [beca("scan", repository, *gate).code for _ in range(2)] == [1, 1]
    assert beca("scan", repository, *accept).code == 0
    assert beca("scan", repository, *gate).code == 0


def test_without_a_state_every_finding_is_new_and_none_is_saved(
    beca: Callable, repository: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        outcome = beca("scan", repository, "--state", "state", "--fail-on", "new")
        assert outcome.code == 1
        assert outcome.err.splitlines() == [
            "There is no state 'state' to compare with, so every finding counts as new.",
            "The state 'state' stays as it is, because this scan has failed.",
            "What is new stays new until it is gone, or until a scan with --fail-on none makes it known.",
        ]
        assert not (tmp_path / "state").exists()


def test_accepting_findings_says_how_many_are_known(beca: Callable, repository: Path) -> None:
    outcome = beca("scan", repository, "--state", "state", "--fail-on", "none")
    assert (outcome.code, outcome.err) == (0, "Known from now on in 'state': 1 finding.\n")


def test_a_clean_first_scan_saves_its_state(beca: Callable, tmp_path: Path, acme: str) -> None:
    (tmp_path / "clean").mkdir()
    gate = ("scan", "clean", "--state", "state", "--fail-on", "new")
    first = beca(*gate)
    assert (first.code, first.err.count("\n")) == (0, 1)
    assert beca(*gate).err == ""
    (tmp_path / "clean" / "app.env").write_text(acme)
    assert [beca(*gate).code for _ in range(2)] == [1, 1]


def test_the_findings_of_an_incomplete_scan_do_not_become_known(
    beca: Callable, partly_read: Path, tmp_path: Path
) -> None:
    gate = ("scan", partly_read, "--state", "state", "--fail-on", "new")
    incomplete = beca(*gate, "--max-blob-size", "1K")
    assert incomplete.code == 2
    assert "stays as it is" in incomplete.err
    assert not (tmp_path / "state").exists()
    assert beca(*gate).code == 1, "the same findings, and now everything was read"


def test_nothing_fails_on_findings_if_asked_but_an_incomplete_scan_does(beca: Callable, partly_read: Path) -> None:
    assert beca("scan", partly_read, "--fail-on", "none").code == 0
    assert beca("scan", partly_read, "--fail-on", "none", "--max-blob-size", "1K").code == 2


def test_fail_on_new_needs_a_state(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, "--fail-on", "new")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Error: --fail-on new needs --state")


def test_standard_input_is_compared_with_its_state(beca: Callable, acme: str) -> None:
    gate = ("scan", "-", "--state", "state", "--fail-on", "new")
    assert beca("scan", "-", "--state", "state", "--fail-on", "none", stdin=acme.encode()).code == 0
    assert beca(*gate, stdin=b"\n" + acme.encode()).code == 0
    assert beca(*gate, stdin=acme.encode() + acme.replace("0f", "1e").encode()).code == 1


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
    assert acme.split()[-1].encode() not in veil(file.read_bytes())


def test_nothing_is_found_in_a_report_or_a_state(beca: Callable, repository: Path, tmp_path: Path, acme: str) -> None:
    commit(repository, f"{acme.split()[-1]}.env", acme)
    beca("scan", repository, "--state", "state", "-f", "json", "-o", "report.json")
    assert beca("scan", "report.json").code == 0, "the name of the file is masked"
    assert beca("scan", "state").code == 0


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


@pytest.mark.parametrize("state", ["/proc/self/state", "directory", "-"])
def test_a_state_that_cannot_be_saved_is_refused_before_anything_is_read(
    beca: Callable, repository: Path, tmp_path: Path, state: str
) -> None:
    (tmp_path / "directory").mkdir()
    outcome = beca("scan", repository, "--state", state, "--output", "report")
    assert (outcome.code, outcome.out) == (2, "")
    assert state in outcome.err
    assert not (tmp_path / "report").exists()
    assert not list(tmp_path.glob("**/.beca-*"))


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
