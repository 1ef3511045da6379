"""Random repositories: reading and locating agree with an independent computation."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from dulwich.objects import Blob as GitBlob
from dulwich.objects import Commit as GitCommit
from dulwich.objects import Tag as GitTag
from dulwich.objects import Tree as GitTree
from dulwich.repo import Repo as GitRepo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core.sources.git.history import log
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Limits, Scope
from tests.core.sources.reading import read_reading

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = [b"a", b"b", b"c d", b"\xff", b"new\nline", b"d/a", b"d/e/b", b"x/\xc3\xa4"]
CONTENTS = [b"", b"one", b"two", b"three\n", b"\0\xff", b"author x <y> 1 +0000\n\n"]

files = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(CONTENTS), max_size=5)
commits = st.tuples(files, st.lists(st.integers(0, 30), max_size=3), st.binary(max_size=20), st.booleans())


@dataclass
class Model:
    """What a generated repository is known to have, without asking git."""

    objects: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    parents: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, dict[bytes, str]] = field(default_factory=dict)
    tips: list[str] = field(default_factory=list)
    head: str | None = None

    def reachable(self, starts: list[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(starts)
        while waiting:
            commit = waiting.pop()
            if commit not in found:
                found.add(commit)
                waiting += self.parents[commit]
        return found

    def introduces(self, commit: str, blob: str, path: bytes) -> bool:
        return self.files[commit].get(path) == blob and all(
            self.files[parent].get(path) != blob for parent in self.parents[commit]
        )

    def standings(self, of: set[str]) -> set[tuple[str, bytes]]:
        return {(blob, path) for commit in of for path, blob in self.files[commit].items()}


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[dict[bytes, bytes], list[int], bytes, bool]]:
    return draw(st.lists(commits, max_size=8))


def build(path: Path, history: list[tuple[dict[bytes, bytes], list[int], bytes, bool]], head: int) -> Model:
    """Write a repository: commits with any earlier commits as parents, some of them named by a branch or a tag."""
    model = Model()
    with GitRepo.init_bare(str(path), mkdir=True) as repo:
        for number, (contents, parents, message, is_tip) in enumerate(history):
            earlier = list(dict.fromkeys(model.commits[p % number] for p in parents)) if number else []
            commit = _commit(repo, model, contents, earlier, message, number)
            if is_tip:
                model.tips.append(commit)
                _name(repo, model, commit, number)
        if model.tips:
            model.head = model.tips[head % len(model.tips)]
            repo.refs.remove_if_equals(b"HEAD", None)
            (path / "HEAD").write_text(model.head + "\n")
    return model


def _commit(
    repo: GitRepo, model: Model, contents: dict[bytes, bytes], parents: list[str], message: bytes, number: int
) -> str:
    blobs = {}
    for name, content in contents.items():
        blobs[name] = _add(repo, model, GitBlob.from_string(content))
    commit = GitCommit()
    commit.tree = _tree(repo, blobs)
    commit.parents = [parent.encode() for parent in parents]
    commit.author = commit.committer = b"Ada <ada@example.org>"
    commit.author_time = commit.commit_time = 1_700_000_000 + number * 60
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = message
    identity = _add(repo, model, commit)
    if identity not in model.parents:
        model.commits.append(identity)
        model.parents[identity] = parents
        model.files[identity] = blobs
    return identity


def _tree(repo: GitRepo, blobs: dict[bytes, str]) -> bytes:
    tree = GitTree()
    inner: dict[bytes, dict[bytes, str]] = {}
    for path, blob in blobs.items():
        first, slash, rest = path.partition(b"/")
        if slash:
            inner.setdefault(first, {})[rest] = blob
        else:
            tree.add(path, 0o100644, blob.encode())
    for name, content in inner.items():
        tree.add(name, 0o040000, _tree(repo, content))
    repo.object_store.add_object(tree)
    return tree.id


def _name(repo: GitRepo, model: Model, commit: str, number: int) -> None:
    if number % 2:
        repo.refs[b"refs/heads/branch%d" % number] = commit.encode()
        return
    tag = GitTag()
    tag.object = (GitCommit, commit.encode())
    tag.name = b"v%d" % number
    tag.tagger, tag.tag_time, tag.tag_timezone = b"Cy <cy@example.org>", 1_700_000_000, 0
    tag.message = b"tag"
    repo.refs[b"refs/tags/v%d" % number] = _add(repo, model, tag).encode()


def _add(repo: GitRepo, model: Model, thing: GitBlob | GitCommit | GitTag) -> str:
    repo.object_store.add_object(thing)
    model.objects[thing.id.decode()] = (thing.type_name.decode(), thing.as_raw_string())
    return thing.id.decode()


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), head=st.integers(0, 20), with_loose=st.booleans(), most_kept=st.sampled_from([1, 250_000]))
def test_reading_and_locating(read, locate, history, head: int, with_loose: bool, most_kept: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "repo.git"
        model = build(path, history, head)
        if with_loose:
            _add_loose(path, model)

        found = read(path)
        assert {i: (blob.kind, blob.data) for i, blob in found.blobs.items()} == model.objects
        assert found.skipped == []
        at_head = read(path, Scope.HEAD)
        head_files = model.files[model.head] if model.head else {}
        assert at_head.blobs.keys() == set(head_files.values())
        assert at_head.blobs.items() <= found.blobs.items()

        places, skipped = locate(path, list(found.blobs))
        _check_history(model, places, skipped)
        with patch.object(log, "_MOST_CACHED", most_kept), GitSource(path) as source:
            reading = source.start(Limits())
            list(read_reading(reading, Limits()))
            assert list(reading.finish().places(list(found.blobs))) == places
        _check_head(model, *locate(path, list(at_head.blobs), Scope.HEAD))


def _add_loose(path: Path, model: Model) -> None:
    with GitRepo(str(path)) as repo:
        _add(repo, model, GitBlob.from_string(b"no ref reaches this"))


def _check_history(model: Model, places, skipped) -> None:
    assert skipped == []
    reachable = model.reachable([*model.tips, *([model.head] if model.head else [])])
    head_files = model.files[model.head] if model.head else {}
    expected = model.standings(reachable)
    blobs = {i for i, (kind, _) in model.objects.items() if kind == "blob"}
    placed = {blob for blob, _ in expected}
    assert {(p.blob_id, p.path) for p in places if p.blob_id in placed} == expected
    for place in places:
        kind = model.objects[place.blob_id][0]
        if kind != "blob":
            assert place.path == f".git/{kind}s/{place.blob_id}".encode()
            assert not place.in_head
            assert place.commit is not None
        elif place.blob_id in blobs - placed:
            assert (place.path, place.in_head) == (f".git/objects/{place.blob_id}".encode(), False)
            assert place.commit is None
        else:
            assert place.in_head == (head_files.get(place.path) == place.blob_id)
            _check_introduction(model, place)
            assert not place.in_head or place.commit.id in model.reachable([model.head])
    _check_order(model, [p for p in places if p.blob_id in placed])


def _check_head(model: Model, places, skipped) -> None:
    assert skipped == []
    head_files = model.files[model.head] if model.head else {}
    standings = model.standings(model.reachable([model.head])) if model.head else set()
    read = set(head_files.values())
    expected = {(blob, path) for blob, path in standings if blob in read and path in head_files}
    assert {(p.blob_id, p.path) for p in places} == expected
    for place in places:
        assert place.in_head == (head_files[place.path] == place.blob_id)
        _check_introduction(model, place)


def _check_introduction(model: Model, place) -> None:
    """The commit brings the blob to its path, and no commit before it had it there."""
    commit = place.commit.id
    assert model.introduces(commit, place.blob_id, place.path)
    before = model.reachable(model.parents[commit])
    assert (place.blob_id, place.path) not in model.standings(before)


def _check_order(model: Model, places) -> None:
    """No place comes before one whose commit is an ancestor of its own."""
    for position, place in enumerate(places):
        ancestors = model.reachable(model.parents[place.commit.id])
        assert not any(later.commit.id in ancestors for later in places[position + 1 :])


def test_the_generator_makes_merges_and_unreachable_commits(tmp_path: Path) -> None:
    history = [({b"a": b"one"}, [], b"", False), ({b"a": b"two"}, [0], b"", False), ({}, [0, 1], b"", True)]
    model = build(tmp_path / "r.git", [*history, ({b"b": b""}, [2], b"", False)], 0)
    assert [len(model.parents[commit]) for commit in model.commits] == [0, 1, 2, 1]
    assert len(model.reachable(model.tips)) == 3
    assert sorted(kind for kind, _ in _kinds(model)) == ["blob"] * 3 + ["commit"] * 4 + ["tag"]


def _kinds(model: Model) -> Iterator[tuple[str, bytes]]:
    yield from model.objects.values()
