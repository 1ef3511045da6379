"""The order of commits, and parsing their changes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.git.history.commit_order import CommitNode, CommitOrder
from beca_core.sources.git.history.tree_changes import (
    CommitRecord,
    TreeChange,
    TreeChanges,
    new_mark,
    read_batches,
    read_tree_changes,
)

A, B, C = b"a" * 40, b"b" * 40, b"c" * 40
NOTHING = b"0" * 40


@st.composite
def histories(draw: st.DrawFn) -> dict[bytes, CommitNode]:
    """Commits in topological order, with dates that need not agree with it."""
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
    order = CommitOrder(commits, head)
    for commit in commits:
        for ancestor in ancestors(commits, commit) - {commit}:
            assert order.age(ancestor)[1:] < order.age(commit)[1:]
    led = ancestors(commits, head)
    assert {commit for commit in commits if not order.age(commit)[0]} == led
    assert max(map(order.age, led)) < min((order.age(c) for c in set(commits) - led), default=(True, 99, b""))


@given(histories(), st.data())
def test_the_order_does_not_depend_on_other_commits(commits: dict[bytes, CommitNode], data: st.DataObject) -> None:
    head = data.draw(st.sampled_from(sorted(commits)))
    few = {commit: commits[commit] for commit in ancestors(commits, head)}
    whole, part = CommitOrder(commits, head), CommitOrder(few, head)
    assert [whole.age(commit) for commit in few] == [part.age(commit) for commit in few]


@pytest.mark.slow
def test_a_long_history_needs_no_deep_stack() -> None:
    commits = {b"%040d" % n: CommitNode(b"%040d" % n, 0, (b"%040d" % (n - 1),)) for n in range(50_000)}
    assert CommitOrder(commits, b"%040d" % 49_999).age(b"%040d" % 49_999) == (False, 49_999, b"%040d" % 49_999)


def test_missing_parents_are_ignored() -> None:
    order = CommitOrder({A: CommitNode(A, 7, (B,))}, None)
    assert order.age(A) == (True, 7, A)


MARK = b"a random mark "


class InParts(io.BytesIO):
    """Returns at most some bytes at a time, however many are requested."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._size)


def parsed(data: bytes, wanted: frozenset[bytes] | None = None, size: int = 1 << 20) -> list[TreeChange | CommitNode]:
    entries = read_tree_changes(InParts(data, size), MARK, wanted)
    return [entry.node if isinstance(entry, CommitRecord) else entry for entry in entries]


def test_changes_of_commits_and_merges() -> None:
    data = b"\0".join([
        MARK + A + b" 12 " + B + b" " + C,
        b"",
        b"::100644 100644 100644 " + b" ".join([A, B, C]) + b" MM",
        b"merged",
        MARK + B + b" 3 ",
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
        TreeChange(A, C, b"merged"),
        CommitNode(B, 3, ()),
        TreeChange(B, A, b"one"),
        TreeChange(B, B, b"a\nb:160000 "),
    ]
    assert [entry for entry in parsed(data, frozenset({B})) if isinstance(entry, TreeChange)] == [
        TreeChange(B, B, b"a\nb:160000 ")
    ]


def test_a_record_that_is_cut_off_is_ignored() -> None:
    data = MARK + A + b"\0\n:000000 100644 " + NOTHING + b" " + B + b" A\0path"
    assert parsed(data) == [CommitNode(A, 0, ())]


def test_a_path_that_looks_like_a_commit_is_a_path() -> None:
    path = new_mark() + A + b" 12 " + B
    data = MARK + C + b"\0\n:000000 100644 " + NOTHING + b" " + B + b" A\0" + path + b"\0"
    assert parsed(data) == [CommitNode(C, 0, ()), TreeChange(C, B, path)]


PATHS = st.binary(min_size=1, max_size=12).filter(lambda path: b"\0" not in path)


@st.composite
def logs(draw: st.DrawFn) -> tuple[bytes, list[TreeChange | CommitNode]]:
    """What git might write, and what it means: commits and merges with all kinds of changes, at paths of any bytes."""
    fields: list[bytes] = []
    said: list[TreeChange | CommitNode] = []
    for number in range(draw(st.integers(0, 4))):
        commit = b"%040x" % number
        parents = tuple(draw(st.lists(st.sampled_from([A, B, C]), max_size=2, unique=True)))
        date = draw(st.integers(-5, 2_000_000_000))
        said.append(CommitNode(commit, date, parents))
        fields.append(MARK + b" ".join([commit, b"%d" % date, b" ".join(parents)]))
        changes = draw(st.lists(st.tuples(PATHS, st.sampled_from(["file", "gone", "submodule"])), max_size=4))
        is_merge = len(parents) > 1
        if is_merge:
            fields.append(b"")
        for position, (path, kind) in enumerate(changes):
            blob = {"file": draw(st.sampled_from([A, B, C])), "gone": NOTHING, "submodule": A}[kind]
            mode = {"file": b"100644", "gone": b"000000", "submodule": b"160000"}[kind]
            status = {"file": b"M", "gone": b"D", "submodule": b"M"}[kind]
            count = len(parents) if is_merge else 1
            colons = b":" * count if is_merge or position else b"\n:"
            fields.append(colons + b" ".join([*[b"160000"] * count, mode, *[C] * count, blob, status * count]))
            fields.append(path)
            if kind == "file":
                said.append(TreeChange(commit, blob, path))
    return b"".join(field + b"\0" for field in fields), said


@given(logs(), st.integers(1, 200))
def test_a_log_is_parsed_whatever_the_sizes_of_its_reads(
    log: tuple[bytes, list[TreeChange | CommitNode]], size: int
) -> None:
    data, said = log
    assert parsed(data, size=size) == said
    wanted = frozenset({A, C})
    assert parsed(data, wanted, size) == [item for item in said if isinstance(item, CommitNode) or item.blob in wanted]


@pytest.mark.slow
@given(logs(), st.integers(1, 200))
def test_batches_hold_all_commits_and_changes(log: tuple[bytes, list[TreeChange | CommitNode]], size: int) -> None:
    data, said = log
    batches = list(read_batches(InParts(data, size), MARK))
    assert [node for nodes, _ in batches for node in nodes] == [item for item in said if isinstance(item, CommitNode)]
    changes = TreeChanges([], [], [])
    for _, more in batches:
        changes.add(more)
    every = [TreeChange(*change) for change in zip(*changes, strict=True)]
    assert every == [item for item in said if isinstance(item, TreeChange)]
    assert list(changes.of({A, C})) == [change for change in every if change.blob in (A, C)]


@pytest.mark.slow
@given(logs(), st.integers(0, 400))
def test_the_end_of_a_log_may_be_missing(log: tuple[bytes, list[TreeChange | CommitNode]], length: int) -> None:
    data, said = log
    found = parsed(data[:length])
    assert found == said[: len(found)]
