"""The order of commits, and what git says of their changes."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.git.changes import Change, read_changes
from beca_core.sources.git.lineage import CommitNode, Lineage

A, B, C = b"a" * 40, b"b" * 40, b"c" * 40
NOTHING = b"0" * 40


@st.composite
def histories(draw: st.DrawFn) -> dict[bytes, CommitNode]:
    """Commits whose parents come before them, with dates that need not agree."""
    commits: dict[bytes, CommitNode] = {}
    for number in range(draw(st.integers(1, 15))):
        parents = draw(st.lists(st.sampled_from(sorted(commits)), max_size=3, unique=True)) if commits else []
        name = b"%040x" % (number * 7919 % 101)
        commits[name] = CommitNode(name, draw(st.integers(0, 5)), tuple(parents))
    return commits


def ancestors(commits: dict[bytes, CommitNode], commit: bytes) -> set[bytes]:
    found = {commit}
    for parent in commits[commit].parents:
        found |= ancestors(commits, parent)
    return found


@given(histories(), st.data())
def test_ancestors_are_older(commits: dict[bytes, CommitNode], data: st.DataObject) -> None:
    head = data.draw(st.sampled_from(sorted(commits)))
    lineage = Lineage(commits, head)
    for commit in commits:
        for ancestor in ancestors(commits, commit) - {commit}:
            assert lineage.age(ancestor)[1:] < lineage.age(commit)[1:]
    led = ancestors(commits, head)
    assert {commit for commit in commits if not lineage.age(commit)[0]} == led
    assert max(map(lineage.age, led)) < min((lineage.age(c) for c in set(commits) - led), default=(True, 99, b""))


@given(histories(), st.data())
def test_the_order_does_not_depend_on_what_else_there_is(commits: dict[bytes, CommitNode], data: st.DataObject) -> None:
    head = data.draw(st.sampled_from(sorted(commits)))
    few = {commit: commits[commit] for commit in ancestors(commits, head)}
    whole, part = Lineage(commits, head), Lineage(few, head)
    assert [whole.age(commit) for commit in few] == [part.age(commit) for commit in few]


def test_a_long_history_needs_no_deep_stack() -> None:
    commits = {b"%040d" % n: CommitNode(b"%040d" % n, 0, (b"%040d" % (n - 1),)) for n in range(50_000)}
    assert Lineage(commits, b"%040d" % 49_999).age(b"%040d" % 49_999) == (False, 49_999, b"%040d" % 49_999)


def test_parents_that_are_not_there_are_passed_over() -> None:
    lineage = Lineage({A: CommitNode(A, 7, (B,))}, None)
    assert lineage.age(A) == (True, 7, A)


def parsed(data: bytes, wanted: set[bytes] | None = None) -> list[Change | CommitNode]:
    return list(read_changes(io.BytesIO(data), wanted))


def test_changes_of_commits_and_merges() -> None:
    data = b"\0".join([
        A + b" 12 " + B + b" " + C,
        b"",
        b"::100644 100644 100644 " + b" ".join([A, B, C]) + b" MM",
        b"merged",
        B + b" 3 ",
        b"\n:000000 100644 " + NOTHING + b" " + A + b" A",
        b"one",
        b":100644 000000 " + A + b" " + NOTHING + b" D",
        b"gone",
        b":000000 160000 " + NOTHING + b" " + C + b" A",
        b"submodule",
        b":100644 100644 " + A + b" " + B + b" M",
        b"a\nb:160000 ",
        b"",
    ])  # fmt: skip
    assert parsed(data) == [
        CommitNode(A, 12, (B, C)),
        Change(A, C, b"merged"),
        CommitNode(B, 3, ()),
        Change(B, A, b"one"),
        Change(B, B, b"a\nb:160000 "),
    ]
    assert [entry for entry in parsed(data, {B}) if isinstance(entry, Change)] == [Change(B, B, b"a\nb:160000 ")]


def test_what_is_cut_off_is_not_believed() -> None:
    data = A + b"\0\n:000000 100644 " + NOTHING + b" " + B + b" A\0path"
    assert parsed(data) == [CommitNode(A, 0, ())]


def test_a_path_that_looks_like_a_commit_is_a_path() -> None:
    path = A + b" 12 " + B
    data = C + b"\0\n:000000 100644 " + NOTHING + b" " + B + b" A\0" + path + b"\0"
    assert parsed(data) == [CommitNode(C, 0, ()), Change(C, B, path)]


@given(st.lists(st.tuples(st.binary(min_size=1).filter(lambda path: b"\0" not in path), st.sampled_from([A, B, C]))))
def test_paths_of_any_bytes(changes: list[tuple[bytes, bytes]]) -> None:
    records = [C, *(part for path, blob in changes for part in (b":0 1 " + NOTHING + b" " + blob + b" A", path)), b""]
    expected = [CommitNode(C, 0, ()), *(Change(C, blob, path) for path, blob in changes)]
    assert parsed(b"\0".join(records)) == expected
