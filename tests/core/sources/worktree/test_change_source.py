"""What is staged, and what a range of commits changes, compared with what git itself says."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, PluginRegistry, Rule, Severity
from beca_core.errors import InvalidInput, InvalidTarget
from beca_core.findings import DEFAULT_FINGERPRINT_KEY, Presence
from beca_core.scanning.suppression.before_change import BeforeChange
from beca_core.scanning.suppression.suppression import Suppression
from beca_core.sources.worktree.change_source import open_changes
from beca_core.sources.worktree.commit_range import CommitRange

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.report import Report

FISH = Rule(
    id="fish",
    version=1,
    description="fish",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>fish[0-9]+)\b",
)
ENGINE = Engine(PluginRegistry(), rules=[FISH], cache_dir=False)


class Repository:
    """A repository of a test."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-qb", "main", *options)

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=a@example.org"]
        command = ["git", "-C", str(self.path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, name: str, text: str | bytes) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(self, message: str = "x", **files: str) -> str:
        for name, text in files.items():
            self.write(name.replace("__", "/"), text)
        self.git("add", "-A")
        self.git("commit", "-qm", message, "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def scan(self, revisions: str | None = None, *, target: str = "") -> Report:
        commits = None if revisions is None else CommitRange.of(revisions)
        with open_changes(self.path / target, commits) as source:
            before = BeforeChange(ENGINE, source, DEFAULT_FINGERPRINT_KEY)
            return ENGINE.scan(source, suppression=Suppression(baselines=(before,)))

    def found(self, revisions: str | None = None) -> list[str]:
        report = self.scan(revisions)
        assert report.coverage.complete
        return [f"{f.location.path}:{f.location.begin.line} {f.secret.decode()}" for f in report.findings]


@pytest.fixture(params=["sha1", "sha256"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository", f"--object-format={request.param}")


def test_what_is_staged_is_read_from_the_index(repository: Repository) -> None:
    repository.commit(a="one\n", b="fish1\n")
    repository.write("a", "one\ntwo\nfish2\n")
    repository.git("add", "a")
    repository.write("a", "fish3\n")
    repository.write("c", "fish4\n")
    assert repository.found() == ["a:3 fish2"]
    (finding,) = repository.scan().findings
    assert (finding.in_head, finding.uncommitted, finding.commit) == (True, True, None)


def test_nothing_staged_is_nothing_read(repository: Repository) -> None:
    repository.commit(a="fish1\n")
    report = repository.scan()
    assert (report.findings, report.coverage.blobs, report.exit_code) == ((), 0, 0)


def test_the_first_commit_has_everything(repository: Repository) -> None:
    repository.write("a", "fish1\n")
    repository.git("add", "a")
    assert repository.found() == ["a:1 fish1"]


def test_an_old_secret_in_a_changed_file_is_not_new(repository: Repository) -> None:
    repository.commit(a="fish1\n")
    repository.write("a", "inserted\n\nfish1\nfish2\n")
    repository.git("add", "a")
    report = repository.scan()
    assert [finding.secret for finding in report.findings] == [b"fish2"]
    assert [item.name for item in report.allowed] == ["the version before"]


def test_a_move_is_not_new_and_a_copy_is(repository: Repository) -> None:
    repository.commit(a="fish1\n", b="fish2\n")
    repository.git("mv", "a", "moved")
    repository.write("copy", "fish2\n")
    repository.git("add", "copy")
    assert repository.found() == ["copy:1 fish2"]


def test_odd_names_links_and_submodules(repository: Repository, tmp_path: Path) -> None:
    head = repository.commit(a="x\n")
    (repository.path / "link").symlink_to("fish1")
    repository.write("new\nline \udcff", "fish2\n")
    repository.git("add", "-A")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    assert repository.found() == ["link:1 fish1", "new\nline \\xff:1 fish2"]


def test_a_file_in_conflict_is_not_read_and_that_is_said(repository: Repository) -> None:
    repository.commit(a="one\n")
    repository.git("switch", "-qc", "other")
    repository.commit(a="two\n")
    repository.git("switch", "-q", "main")
    repository.commit(a="three\n")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "other")
    report = repository.scan()
    assert report.coverage.skipped == {"unreadable": 1}
    assert report.exit_code == 2


def test_the_index_that_git_names_to_a_hook_is_the_one_that_counts(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit(a="one\n", b="one\n")
    repository.write("a", "fish1\n")
    repository.write("b", "fish2\n")
    repository.git("add", "a")
    other = repository.path / ".git" / "next-index.lock"
    other.write_bytes((repository.path / ".git" / "index").read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    repository.git("add", "b")
    assert repository.found() == ["a:1 fish1", "b:1 fish2"]
    elsewhere = tmp_path / "index"
    elsewhere.write_bytes(other.read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere))
    assert repository.found() == ["a:1 fish1"]


def test_a_directory_in_the_repository_will_do(repository: Repository) -> None:
    repository.commit(d__a="one\n")
    repository.write("e", "fish1\n")
    repository.git("add", "e")
    assert [finding.location.path for finding in repository.scan(target="d").findings] == ["e"]


def test_a_range_has_what_its_commits_added(repository: Repository) -> None:
    first = repository.commit(a="fish1\n")
    second = repository.commit(a="fish1\nfish2\n", b="x\n")
    repository.commit(b="x\nfish3\n")
    assert repository.found(f"{first}..HEAD") == ["a:2 fish2", "b:2 fish3"]
    assert repository.found(f"{second}..HEAD") == ["b:2 fish3"]
    assert repository.found("HEAD~2..HEAD~1") == ["a:2 fish2"]
    assert repository.found("HEAD..HEAD") == []
    (finding, _) = repository.scan(f"{first}..main").findings
    assert finding.commit is not None
    assert (finding.commit.id, finding.commit.author, finding.in_head) == (second, "Ada <a@example.org>", True)


def test_what_was_added_and_removed_within_a_range_is_found(repository: Repository) -> None:
    first = repository.commit(a="x\n")
    second = repository.commit(a="fish1\n")
    repository.commit(a="y\n")
    (finding,) = repository.scan(f"{first}..").findings
    assert finding.commit is not None
    assert (finding.commit.id, finding.in_head, finding.presence) == (second, False, Presence.REMOVED)


def test_the_message_of_a_commit_in_a_range_is_read(repository: Repository) -> None:
    first = repository.commit("fish1", a="x\n")
    second = repository.commit("fish2\n")
    (finding,) = repository.scan(f"{first}..HEAD").findings
    assert (finding.location.path, finding.presence) == (f".git/commits/{second}", Presence.MESSAGE)


def test_a_secret_from_before_a_branch_began_is_not_new(repository: Repository) -> None:
    repository.commit(a="fish1\n", b="x\n")
    repository.git("switch", "-qc", "topic")
    repository.commit(a="fish1\nmore\nfish2\n")
    repository.git("switch", "-q", "main")
    repository.commit(a="removed\n")
    assert repository.found("main..topic") == ["a:3 fish2"]


def test_a_move_within_a_range_is_not_new(repository: Repository) -> None:
    first = repository.commit(a="fish1\n")
    repository.git("mv", "a", "b")
    repository.commit()
    assert repository.found(f"{first}..HEAD") == []


def test_a_merge_brings_what_it_adds_itself(repository: Repository) -> None:
    first = repository.commit(a="x\n")
    repository.git("switch", "-qc", "topic")
    repository.commit(b="fish1\n")
    repository.git("switch", "-q", "main")
    repository.commit(c="y\n")
    repository.git("merge", "-q", "--no-commit", "topic")
    repository.commit("merge", d="fish2\n")
    assert repository.found(f"{first}..HEAD") == ["b:1 fish1", "d:1 fish2"]
    assert repository.found("topic..HEAD") == ["d:1 fish2"]


@pytest.mark.parametrize(
    "revisions", ["HEAD", "HEAD...HEAD", "nowhere..HEAD", "--all..HEAD", "HEAD..-x", "HEAD:a..HEAD"]
)
def test_what_is_no_range_is_refused(revisions: str, repository: Repository) -> None:
    repository.commit(a="x\n")
    with pytest.raises(InvalidInput):
        repository.scan(revisions)


def test_outside_a_repository_nothing_is_staged(tmp_path: Path) -> None:
    with pytest.raises(InvalidTarget), open_changes(tmp_path):
        pass


def test_nothing_that_a_repository_configures_is_run(repository: Repository, tmp_path: Path) -> None:
    repository.commit(a="x\n")
    for name in ("core.fsmonitor", "diff.external", "filter.x.clean", "core.pager"):
        repository.git("config", name, f"touch {tmp_path / 'ran'}")
    repository.write(".gitattributes", "* filter=x diff=x\n")
    repository.write("a", "fish1\n")
    repository.git("-c", "core.fsmonitor=", "-c", "filter.x.clean=", "add", "-A")
    (tmp_path / "ran").unlink(missing_ok=True)
    assert repository.found() == ["a:1 fish1"]
    assert repository.scan("HEAD..HEAD").findings == ()
    assert not (tmp_path / "ran").exists()
