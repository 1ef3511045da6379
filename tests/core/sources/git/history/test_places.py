"""Where contents are and were, and which commit put them there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from beca_core.findings import Commit
from beca_core.report import Skipped
from beca_core.sources.contracts import Place
from beca_core.sources.git.history import places as places_module
from beca_core.sources.limits import Limits, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = Limits(locate_seconds=0)


def where(places: Iterable[Place]) -> list[tuple[bytes, bool, str | None]]:
    return [(place.path, place.in_head, place.commit.id if place.commit else None) for place in places]


def test_the_commit_that_introduced_a_file(repo, locate) -> None:
    repo.commit({"other": "x"})
    commit = repo.commit({"a": "one"})
    repo.commit({"other": "y"})
    blob = repo.id("HEAD:a")
    places, skipped = locate(repo.path, [blob])
    moment = datetime(2023, 11, 14, 22, 15, 20, tzinfo=UTC)
    assert places == [Place(blob, b"a", True, Commit(commit, "Ada <ada@example.org>", moment))]
    assert skipped == []


def test_a_deleted_file_has_its_former_path_and_the_commit_that_added_it(repo, locate) -> None:
    commit = repo.commit({"a": "one"})
    blob = repo.id("HEAD:a")
    repo.commit({"a": None})
    assert where(locate(repo.path, [blob])[0]) == [(b"a", False, commit)]


def test_a_restored_file_keeps_its_first_commit(repo, locate) -> None:
    first = repo.commit({"a": "one"})
    blob = repo.id("HEAD:a")
    repo.commit({"a": "two"})
    repo.commit({"a": "one"})
    assert where(locate(repo.path, [blob])[0]) == [(b"a", True, first)]


def test_a_renamed_file_has_two_places(repo, locate) -> None:
    first = repo.commit({"a": "one\n" * 50})
    blob = repo.id("HEAD:a")
    repo.git("mv", "a", "b")
    second = repo.commit()
    assert where(locate(repo.path, [blob])[0]) == [(b"a", False, first), (b"b", True, second)]


def test_copies_in_one_commit(repo, locate) -> None:
    commit = repo.commit({"a": "one", "d/a": "one"})
    blob = repo.id("HEAD:a")
    assert where(locate(repo.path, [blob])[0]) == [(b"a", True, commit), (b"d/a", True, commit)]


def test_several_versions_oldest_first(repo, locate) -> None:
    commits = [repo.commit({"a": text}) for text in ("one", "two", "three")]
    blobs = [repo.id(f"{commit}:a") for commit in commits]
    places, _ = locate(repo.path, reversed(blobs) if False else blobs[::-1])
    assert [place.blob_id for place in places] == blobs
    assert where(places) == [(b"a", False, commits[0]), (b"a", False, commits[1]), (b"a", True, commits[2])]


def test_a_branch_that_is_not_head(repo, locate) -> None:
    repo.commit({"a": "one"})
    repo.git("checkout", "--quiet", "-b", "side")
    commit = repo.commit({"b": "two"})
    blob = repo.id("HEAD:b")
    repo.git("checkout", "--quiet", "main")
    assert where(locate(repo.path, [blob])[0]) == [(b"b", False, commit)]


def test_a_merge_introduces_only_what_all_its_parents_lack(repo, locate) -> None:
    repo.commit({"a": "one", "shared": "base"})
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit({"b": "from the side"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"c": "from main"})
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    merge = repo.commit({"evil": "only in the merge", "shared": "changed in the merge"})
    assert repo.git("rev-list", "--parents", "-1", merge).count(" ") == 2
    blobs = [repo.id(f"HEAD:{name}") for name in ("b", "evil", "shared")]
    places, _ = locate(repo.path, blobs)
    assert sorted(where(places)) == [(b"b", True, side), (b"evil", True, merge), (b"shared", True, merge)]


@pytest.mark.slow
def test_an_octopus_merge(repo, locate) -> None:
    repo.commit({"a": "one"})
    for name in ("x", "y", "z"):
        repo.git("checkout", "--quiet", "-b", name, "main")
        repo.commit({name: name})
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-commit", "x", "y", "z")
    merge = repo.commit({"evil": "octopus"})
    assert repo.git("rev-list", "--parents", "-1", merge).count(" ") >= 3
    blobs = [repo.id("HEAD:evil"), repo.id("HEAD:z")]
    assert sorted(where(locate(repo.path, blobs)[0])) == [(b"evil", True, merge), (b"z", True, repo.id("z"))]


def test_an_executable_bit_is_not_a_new_place(repo, locate) -> None:
    first = repo.commit({"a": "one"})
    (repo.path / "a").chmod(0o755)
    repo.commit()
    assert where(locate(repo.path, [repo.id("HEAD:a")])[0]) == [(b"a", True, first)]


def test_a_submodule_with_the_same_id_is_not_a_place(repo, locate) -> None:
    repo.commit({"a": "one"})
    blob = repo.id("HEAD:a")
    repo.git("rm", "--quiet", "a")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{blob},sub")
    repo.git("commit", "--quiet", "--message", "submodule")
    assert [path for path, _, _ in where(locate(repo.path, [blob])[0])] == [b"a"]


def test_commits_and_tags(repo, locate) -> None:
    commit = repo.commit({"a": "one"}, "message")
    repo.git("tag", "--annotate", "--message", "of a commit", "v1")
    repo.git("tag", "--annotate", "--message", "of a tag", "v2", "v1")
    repo.git("tag", "--annotate", "--message", "of a blob", "v3", repo.id("HEAD:a"))
    tags = [repo.id(name) for name in ("v1", "v2", "v3")]
    places, skipped = locate(repo.path, [commit, *tags])
    assert where(places) == [
        (f".git/commits/{commit}".encode(), False, commit),
        (f".git/tags/{tags[0]}".encode(), False, commit),
        (f".git/tags/{tags[1]}".encode(), False, commit),
        (f".git/tags/{tags[2]}".encode(), False, None),
    ]
    assert skipped == []


def test_unreachable_objects(repo, locate) -> None:
    repo.commit({"a": "one"})
    commit = repo.commit({"b": "amended away"})
    blob, loose = repo.id("HEAD:b"), repo.store(b"never committed")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    places, skipped = locate(repo.path, [commit, blob, loose])
    assert set(where(places)) == {
        (f".git/commits/{commit}".encode(), False, commit),
        (f".git/objects/{blob}".encode(), False, None),
        (f".git/objects/{loose}".encode(), False, None),
    }
    assert skipped == []


def test_the_detached_head_of_a_linked_work_tree_is_a_tip(repo, locate) -> None:
    repo.commit({"a": "one"})
    linked = repo.path.parent / "linked"
    repo.git("worktree", "add", "--quiet", "--detach", str(linked))
    (linked / "b").write_text("two")
    repo.git("-C", str(linked), "add", "b")
    repo.git("-C", str(linked), "commit", "--quiet", "--message", "detached")
    commit = repo.git("-C", str(linked), "rev-parse", "HEAD")
    assert where(locate(repo.path, [repo.id(f"{commit}:b")])[0]) == [(b"b", False, commit)]


def test_notes_and_stashes_are_tips(repo, locate) -> None:
    repo.commit({"a": "one"})
    repo.git("notes", "add", "--message", "a note", "HEAD")
    (repo.path / "a").write_text("stashed")
    repo.git("stash", "--quiet")
    note = repo.git("rev-parse", f"refs/notes/commits:{repo.id('HEAD')}")
    places, skipped = locate(repo.path, [note, repo.id("stash:a")])
    commits = {place.commit.id for place in places if place.commit}
    assert commits == {repo.id("refs/notes/commits"), repo.id("stash")}
    assert skipped == []


@pytest.mark.parametrize(
    "path",
    [b"new\nline", b"tab\tx", b"caf\xe9", b"\xff\xfe", "ä/ö".encode(), b'quo"te', b":colon", b" ", b"\x01", b"\n:"],
)
def test_paths_are_bytes(repo, locate, path: bytes) -> None:
    blob = repo.store(b"one")
    repo.git("update-index", "-z", "--index-info", data=b"100644 %s\t%s\0" % (blob.encode(), path))
    repo.git("commit", "--quiet", "--message", "odd path")
    assert where(locate(repo.path, [blob])[0]) == [(path, True, repo.id("HEAD"))]
    assert where(locate(repo.path, [blob], Scope.HEAD)[0]) == [(path, True, repo.id("HEAD"))]


def test_head_scope_reports_only_places_at_head(repo, locate) -> None:
    first = repo.commit({"a": "one", "old": "one"})
    repo.commit({"old": None, "other": "x"})
    second = repo.commit({"b": "one"})
    blob = repo.id("HEAD:a")
    assert where(locate(repo.path, [blob], Scope.HEAD)[0]) == [(b"a", True, first), (b"b", True, second)]


def test_sha256(make_repo, locate) -> None:
    repo = make_repo("sha256", "--object-format=sha256")
    commit = repo.commit({"a": "one"})
    assert where(locate(repo.path, [repo.id("HEAD:a"), commit])[0]) == [
        (f".git/commits/{commit}".encode(), False, commit),
        (b"a", True, commit),
    ]


def test_nothing_to_locate(repo, locate) -> None:
    assert locate(repo.path, []) == ([], [])


def test_an_unknown_id_has_a_place_too(repo, locate) -> None:
    repo.commit({"a": "one"})
    unknown = "1" * 40
    assert where(locate(repo.path, [unknown])[0]) == [(f".git/objects/{unknown}".encode(), False, None)]


def test_the_deadline(repo, locate) -> None:
    commit = repo.commit({"a": "one"})
    repo.commit({"a": "two"})
    old, new = repo.id("HEAD~1:a"), repo.id("HEAD:a")
    places, skipped = locate(repo.path, [old, new, commit], Scope.HISTORY, NOW)
    assert where(places)[0] == (f".git/commits/{commit}".encode(), False, commit)
    assert {path for path, _, _ in where(places)[1:]} == {f".git/objects/{blob}".encode() for blob in (old, new)}
    assert sorted(skipped, key=lambda item: item.id) == [Skipped(blob, "unattributed") for blob in sorted((old, new))]


def test_a_tree_with_more_paths_than_fit_into_memory(repo, locate, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = repo.store(b"bomb")
    tree = repo.git("mktree", data=b"".join(b"100644 blob %s\tf%d\n" % (blob.encode(), n) for n in range(10)))
    for _ in range(12):
        lines = b"".join(b"040000 tree %s\td%d\n" % (tree.encode(), n) for n in range(10))
        tree = repo.git("mktree", data=lines)
    repo.git("update-ref", "refs/heads/main", repo.git("commit-tree", tree, "-m", "bomb"))
    monkeypatch.setattr(places_module, "_MAX_PLACES", 1000)
    places, skipped = locate(repo.path, [blob])
    assert 1000 <= len(places) <= 2000
    assert skipped == [Skipped(blob, "unattributed")]


@pytest.mark.slow
def test_a_bomb_without_hits_ends_at_the_deadline(repo, locate) -> None:
    tree = repo.git("mktree", data=b"100644 blob %s\tf\n" % repo.store(b"harmless").encode())
    for _ in range(40):
        tree = repo.git("mktree", data=b"".join(b"040000 tree %s\td%d\n" % (tree.encode(), n) for n in range(10)))
    repo.git("update-ref", "refs/heads/main", repo.git("commit-tree", tree, "-m", "bomb"))
    secret = repo.store(b"secret")
    places, skipped = locate(repo.path, [secret], Scope.HISTORY, Limits(locate_seconds=0.5))
    assert where(places) == [(f".git/objects/{secret}".encode(), False, None)]
    assert skipped == [Skipped(secret, "unattributed")]


@pytest.mark.slow
def test_a_bomb_is_read_quickly(repo, read) -> None:
    tree = repo.git("mktree", data=b"100644 blob %s\tf\n" % repo.store(b"harmless").encode())
    for _ in range(40):
        tree = repo.git("mktree", data=b"".join(b"040000 tree %s\td%d\n" % (tree.encode(), n) for n in range(10)))
    repo.git("update-ref", "refs/heads/main", repo.git("commit-tree", tree, "-m", "bomb"))
    assert read(repo.path, Scope.HEAD).contents == {b"harmless"}
    assert read(repo.path).contents == {b"harmless"}


@pytest.mark.parametrize(
    ("author", "name", "year"),
    [
        (b"Ada <a@b> 0 +0000", "Ada <a@b>", 1970),
        (b"Ada <a@b> 253402300800 +0000", "Ada <a@b>", 9999),
        (b"Ada <a@b> 99999999999999999999 +0000", "Ada <a@b>", 9999),
        (b"Ada <a@b> -86400 +0000", "Ada <a@b>", 1969),
        (b"Ada <a@b> -99999999999999999999 +0000", "Ada <a@b>", 1),
        (b"Ada <a@b> 1700000000 +9999", "Ada <a@b>", 2023),
        (b"Ada <a@b> 1700000000", "Ada <a@b>", 2023),
        (b"Ada <a@b> never", "Ada <a@b>", 1970),
        (b"Ada <a@b>", "Ada <a@b>", 1970),
        (b"Ada", "Ada", 1970),
        (b"<a@b> 1700000000 +0000", "<a@b>", 2023),
        (b"A > B <a@b> 1700000000 +0000", "A > B <a@b>", 2023),
        (b"J\xf6rg <j@b> 1700000000 +0000", "J\ufffdrg <j@b>", 2023),
        ("Jörg <j@b> 1700000000 +0000".encode(), "Jörg <j@b>", 2023),
        (b"\xed\xa0\x80 <a@b> 1700000000 +0000", "\ufffd\ufffd\ufffd <a@b>", 2023),
        (b"nul\0l <a@b> 1700000000 +0000", "null <a@b>", 2023),
        (b"a" * 5000 + b" <a@b> 1700000000 +0000", "a" * 1000, 2023),
        (b"", "", 1970),
        (None, "", 1970),
    ],
)
def test_odd_authors_and_dates(repo, locate, author: bytes | None, name: str, year: int) -> None:
    tree = repo.git("mktree", data=b"")
    lines = [b"tree " + tree.encode(), b"committer Cy <c@d> 1700000000 +0000", b"", b"author Eve <e@f> 5 +0000"]
    if author is not None:
        lines.insert(1, b"author " + author)
    commit = repo.store(b"\n".join(lines), "commit")
    (place,), skipped = locate(repo.path, [commit])
    assert place.commit is not None
    assert (place.commit.author, place.commit.date.year) == (name, year)
    assert place.commit.date.tzinfo is UTC
    assert skipped == []
