"""What git tells the hooks of a push."""

from __future__ import annotations

import pytest

from beca_core.errors import InvalidInput
from beca_core.sources.worktree.commit_range import CommitRange, received_by_push, sent_by_pre_commit, sent_by_push

OLD, NEW, NEWER, NONE = "a" * 40, "b" * 40, "c" * 64, "0" * 40


def test_a_range_has_head_for_what_is_left_out() -> None:
    assert CommitRange.of("a..b") == CommitRange(("b",), ("a",))
    assert CommitRange.of("..b") == CommitRange(("b",), ("HEAD",))
    assert CommitRange.of("a..") == CommitRange(("HEAD",), ("a",))


def test_a_push_sends_what_the_remote_does_not_have() -> None:
    lines = [f"refs/heads/main {NEW} refs/heads/main {OLD}\n", f"refs/heads/x {NEWER} refs/heads/y {NONE}\n"]
    assert sent_by_push(lines, "origin") == CommitRange(
        (NEW, NEWER), elsewhere=(OLD,), known_refs=("--remotes=origin",), has_ids=True
    )
    assert sent_by_push(lines[:1], "") == CommitRange((NEW,), elsewhere=(OLD,), has_ids=True)


def test_a_push_brings_what_no_ref_has() -> None:
    lines = [f"{OLD} {NEW} refs/heads/main", f"{NONE} {NEW} refs/tags/v1", ""]
    assert received_by_push(lines) == CommitRange((NEW,), elsewhere=(OLD,), known_refs=("--all",), has_ids=True)


def test_a_deletion_brings_nothing() -> None:
    assert received_by_push([f"{OLD} {NONE} refs/heads/main"]) is None
    assert sent_by_push([f"(delete) {NONE} refs/heads/main {OLD}"], "origin") is None
    assert sent_by_push([], "origin") is None


@pytest.mark.parametrize(
    "line", ["x", f"{OLD} {NEW}", f"{OLD} HEAD refs/heads/x", f"{OLD} {'B' * 40} x", f"{OLD} --all x"]
)
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(InvalidInput, match="which git does not write"):
        received_by_push([line])
    with pytest.raises(InvalidInput, match="which git does not write"):
        sent_by_push([line], "origin")


def test_pre_commit_says_it_in_the_environment() -> None:
    says = {"PRE_COMMIT_TO_REF": NEW, "PRE_COMMIT_FROM_REF": OLD, "PRE_COMMIT_REMOTE_NAME": "origin"}
    assert sent_by_pre_commit(says) == CommitRange((NEW,), elsewhere=(OLD,), known_refs=("--remotes=origin",))
    first = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/x", "PRE_COMMIT_REMOTE_NAME": "origin"}
    assert sent_by_pre_commit(first) == CommitRange(("refs/heads/x",), known_refs=("--remotes=origin",))
    assert sent_by_pre_commit({"PRE_COMMIT": "1"}) is None
