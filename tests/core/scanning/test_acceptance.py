"""Contents that are known to be unreadable can be accepted by path; nothing else can."""

from __future__ import annotations

import io
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Engine, Limits, Place, Report, Skipped
from beca_core.errors import InvalidInput
from beca_core.report import ACCEPTABLE, REASONS
from beca_core.scanning.results.acceptance import Acceptance

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = Engine(cache_dir=False)


def truncated(text: str = "x" * 500) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("first", "one")
        archive.writestr("second", text)
    return stream.getvalue()[:-150]


def git(path: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=path, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory with one damaged archive among the tests, and another one elsewhere."""
    (tmp_path / "tree/tests/data").mkdir(parents=True)
    (tmp_path / "tree/tests/data/cut.zip").write_bytes(truncated())
    return tmp_path / "tree"


@pytest.fixture
def repository(tree: Path) -> Path:
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "First")
    return tree


def outcome(report: Report) -> tuple[int, dict[str, int], dict[str, int]]:
    return report.exit_code, dict(report.coverage.skipped), dict(report.coverage.accepted)


@pytest.mark.parametrize("scope", ["files", "history", "head"])
def test_a_damaged_archive_is_accepted_by_its_path(repository: Path, scope: str) -> None:
    before = ENGINE.scan(repository, scope=scope)
    (reason,), count = before.coverage.skipped, len(before.skipped)
    report = ENGINE.scan(repository, scope=scope, accept_unreadable=["tests/*.zip"])
    assert outcome(report) == (0, {}, {reason: count})
    assert report.unused_accepts == ()
    assert not report.coverage.read_everything
    assert all(item.id.startswith("tests/data/cut.zip") for item in report.accepted)


@pytest.mark.parametrize("pattern", ["*.tar", "tests/data", "data/cut.zip", "cut.zip", "TESTS/*"])
@pytest.mark.parametrize("scope", ["files", "history"])
def test_another_pattern_accepts_nothing_and_is_named(repository: Path, pattern: str, scope: str) -> None:
    report = ENGINE.scan(repository, scope=scope, accept_unreadable=[pattern, "*.zip"])
    assert report.unused_accepts == (pattern,)
    assert ENGINE.scan(repository, scope=scope, accept_unreadable=[pattern]).exit_code == 2


def test_what_is_not_committed_is_accepted_too(repository: Path) -> None:
    (repository / "new.zip").write_bytes(truncated("y" * 500))
    assert ENGINE.scan(repository, accept_unreadable=["tests/*"]).exit_code == 2
    assert ENGINE.scan(repository, accept_unreadable=["tests/*", "new.zip"]).exit_code == 0


def test_a_content_is_accepted_only_if_all_of_its_paths_are(repository: Path) -> None:
    (repository / "elsewhere.zip").write_bytes(truncated())
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "Copy")
    assert ENGINE.scan(repository, accept_unreadable=["tests/*"]).exit_code == 2
    assert ENGINE.scan(repository, accept_unreadable=["tests/*", "elsewhere.zip"]).exit_code == 0


def test_one_member_is_accepted(tree: Path) -> None:
    with zipfile.ZipFile(tree / "outer.zip", "w") as archive:
        archive.writestr("inner/cut.zip", truncated())
    accepting = ["tests/*", "outer.zip!inner/cut.zip"]
    assert ENGINE.scan(tree, accept_unreadable=accepting).exit_code == 0
    assert ENGINE.scan(tree, accept_unreadable=["tests/*", "outer.zip!other"]).exit_code == 2


def test_a_standard_input_or_a_content_that_is_too_large(repository: Path) -> None:
    (repository / "large").write_bytes(b"x" * 5000)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "Large")
    engine = Engine(cache_dir=False, limits=Limits(max_blob_bytes=4000))
    report = engine.scan(repository, accept_unreadable=["large", "tests/*"])
    assert report.exit_code == 0
    assert report.coverage.accepted["too-large"] == 1


def test_a_content_that_is_missing_is_never_accepted(repository: Path) -> None:
    blob = subprocess.run(
        ["git", "rev-parse", "HEAD:tests/data/cut.zip"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
    report = ENGINE.scan(repository, accept_unreadable=["*"])
    assert report.coverage.skipped == {"missing": 1}
    assert report.unused_accepts == ("*",)


def test_without_time_nothing_is_accepted(tree: Path) -> None:
    report = Engine(cache_dir=False, limits=Limits(scan_seconds=0)).scan(tree, accept_unreadable=["*"])
    assert report.coverage.accepted == {}
    assert report.exit_code == 2


def test_a_rescan_accepts_the_same(repository: Path) -> None:
    state = ENGINE.scan(repository).state
    for patterns, code in ((["tests/*"], 0), ([], 2), (["tests/*"], 0), (["tests/*"], 0)):
        full = ENGINE.scan(repository, accept_unreadable=patterns)
        rescan = ENGINE.scan(repository, accept_unreadable=patterns, since=state)
        assert outcome(rescan) == outcome(full)
        assert rescan.exit_code == code
        state = rescan.state


@pytest.mark.parametrize("patterns", ["tests/*", b"x", [""], [b"x"], [None]])
def test_wrong_patterns_are_refused(tree: Path, patterns: object) -> None:
    with pytest.raises(InvalidInput, match="accept_unreadable"):
        ENGINE.scan(tree, accept_unreadable=patterns)  # type: ignore[arg-type]


@given(
    st.lists(st.builds(Skipped, st.sampled_from(["a", "b!m", "c", "HEAD"]), st.sampled_from(sorted(REASONS)))),
    st.lists(st.builds(Place, st.sampled_from("abc"), st.sampled_from([b"x/a", b"b", b"x/c", b"\xff"]))),
    st.lists(st.sampled_from(["x/*", "b", "*", "b!m", "nothing"]), unique=True),
)
def test_nothing_is_lost_and_only_contents_with_known_paths_are_accepted(
    skipped: list[Skipped], places: list[Place], patterns: list[str]
) -> None:
    acceptance = Acceptance(patterns)
    acceptance.decide(skipped, places)
    assert len(acceptance.accepted) + len(acceptance.left) == len(skipped)
    assert {item.reason for item in acceptance.accepted} <= ACCEPTABLE
    assert {item.id for item in skipped} - {"a", "b!m", "c"} <= {item.id for item in acceptance.left}
    if not acceptance.accepted:
        assert acceptance.unused == tuple(patterns)
    if not patterns:
        assert acceptance.left == skipped
