"""What is read from a repository, in both scopes."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

import beca_core
from beca_core.errors import InvalidTarget, SourceError
from beca_core.report import Skipped
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Limits, Scope
from tests.core.sources.reading import read_all

if TYPE_CHECKING:
    from pathlib import Path


def test_history_is_everything_in_the_store(repo, read) -> None:
    repo.commit({"a": "one", "d/b": "two"}, "first message")
    repo.commit({"a": "three", "d/b": None}, "second message")
    repo.git("tag", "--annotate", "--message", "tag message", "v1")
    repo.store(b"never committed")
    found = read(repo.path)
    assert found.blobs.keys() == repo.objects("blob", "commit", "tag")
    assert found.contents == {b"one", b"two", b"three", b"never committed"}
    assert found.skipped == []


def test_commits_and_tags_are_read_as_git_prints_them(repo, read) -> None:
    commit = repo.commit({"a": "one"}, "subject\n\nbody")
    repo.git("tag", "--annotate", "--message", "tag message", "v1")
    tag = repo.id("v1")
    found = read(repo.path)
    assert found.blobs[commit].kind == "commit"
    assert found.blobs[commit].data == repo.run("cat-file", "commit", commit)
    assert found.blobs[commit].data.endswith(b"subject\n\nbody\n")
    assert found.blobs[tag].kind == "tag"
    assert found.blobs[tag].data == repo.run("cat-file", "tag", tag)


def test_head_is_the_distinct_files_of_the_commit(repo, read) -> None:
    repo.commit({"a": "old", "gone": "gone"})
    repo.commit({"a": "new", "b": "new", "d/c": "deep", "gone": None})
    (repo.path / "link").symlink_to("a/path")
    repo.commit()
    found = read(repo.path, Scope.HEAD)
    assert found.contents == {b"new", b"deep", b"a/path"}
    assert {blob.kind for blob in found.blobs.values()} == {"blob"}
    assert found.skipped == []


def test_head_leaves_submodules_out(repo, make_repo, read) -> None:
    other = make_repo("other").commit({"x": "in the submodule"})
    repo.commit({"a": "one"})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{other},sub")
    repo.git("commit", "--quiet", "--message", "submodule")
    found = read(repo.path, Scope.HEAD)
    assert found.contents == {b"one"}
    assert found.skipped == []


@pytest.mark.parametrize("content", [b"", b"\0" * 100_000, bytes(range(256)) * 4096, b"no newline", b"\n\n"])
def test_contents_survive(repo, read, content: bytes) -> None:
    repo.commit({"a": content})
    assert read(repo.path).contents == {content}
    assert read(repo.path, Scope.HEAD).contents == {content}


@pytest.mark.slow
def test_packed_and_loose_objects(repo, read) -> None:
    base = "\n".join(f"line {n}" for n in range(2000))
    for number in range(20):
        repo.commit({"a": base + f"\nversion {number}"})
    repo.git("repack", "-a", "-d", "--quiet")
    repo.commit({"b": "loose"})
    found = read(repo.path)
    assert found.blobs.keys() == repo.objects("blob", "commit")
    assert len(found.contents) == 21


def test_objects_that_are_stored_twice_are_read_once(repo, read) -> None:
    repo.commit({"a": "one"})
    repo.git("repack", "-a", "--quiet")
    assert repo.object_file(repo.id("HEAD")).exists()
    assert read(repo.path).blobs.keys() == repo.objects("blob", "commit")


def test_alternates_are_read(repo, make_repo, read) -> None:
    repo.commit({"a": "borrowed"})
    borrower = make_repo("borrower")
    (borrower.git_dir / "objects" / "info").mkdir(exist_ok=True)
    (borrower.git_dir / "objects" / "info" / "alternates").write_text(f"{repo.git_dir / 'objects'}\n")
    borrower.commit({"b": "own"})
    assert read(borrower.path).contents == {b"borrowed", b"own"}


def test_mutual_alternates(repo, make_repo, read) -> None:
    other = make_repo("other")
    repo.commit({"a": "one"})
    other.commit({"b": "two"})
    for borrower, lender in ((repo, other), (other, repo)):
        (borrower.git_dir / "objects" / "info").mkdir(exist_ok=True)
        (borrower.git_dir / "objects" / "info" / "alternates").write_text(
            f"../objects\n{lender.git_dir}/../.git/objects\nnul\0\n"
        )
    assert read(repo.path).contents == {b"one", b"two"}


@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
def test_too_large(repo, read, scope: Scope) -> None:
    repo.commit({"small": "x" * 1000, "large": "y" * 1001})
    found = read(repo.path, scope, Limits(max_blob_bytes=1000))
    assert found.contents == {b"x" * 1000}
    assert found.skipped == [Skipped(repo.id("HEAD:large"), "too-large")]


@pytest.mark.slow
def test_many_objects(repo, read) -> None:
    repo.commit({f"d{n % 40}/f{n}": f"content {n}\n" * (n % 50) for n in range(1500)})
    assert read(repo.path).blobs.keys() == repo.objects("blob", "commit")
    assert len(read(repo.path, Scope.HEAD).blobs) == len(repo.objects("blob"))


def test_a_reader_may_stop_early(repo) -> None:
    repo.commit({f"f{n}": "x" * 100_000 + str(n) for n in range(50)})
    with GitSource(repo.path) as source:
        next(iter(read_all(source, Limits())))
    source.close()


@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
@pytest.mark.parametrize("bare", [True, False])
def test_an_empty_repository_is_read_completely(make_repo, read, scope: Scope, bare: bool) -> None:
    repo = make_repo("empty", *(["--bare"] if bare else []))
    found = read(repo.path, scope)
    assert (found.blobs, found.skipped) == ({}, [])


def test_an_unborn_head_beside_other_branches_is_counted_as_missing(repo, read) -> None:
    repo.commit({"a": "one"})
    repo.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    found = read(repo.path, Scope.HEAD)
    assert found.blobs == {}
    assert found.skipped == [Skipped("HEAD", "missing")]
    assert read(repo.path).contents == {b"one"}
    assert read(repo.path).skipped == []


def test_no_head_at_all(repo, read) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "HEAD").unlink()
    assert read(repo.path).contents == {b"one"}
    assert read(repo.path, Scope.HEAD).blobs == {}
    assert read(repo.path, Scope.HEAD).reasons == ["missing"]


@pytest.mark.parametrize(
    "content", [b"", b"garbage\n", b"ref: ../../etc/passwd\n", b"ref: refs/heads/a b\n", b"\0" * 50]
)
def test_a_head_that_is_not_valid(repo, read, content: bytes) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "HEAD").write_bytes(content)
    assert read(repo.path).contents == {b"one"}
    assert read(repo.path).skipped == [Skipped("HEAD", "unreadable")]
    with pytest.raises(SourceError, match=r"HEAD of the repository '.*' is not valid"):
        read(repo.path, Scope.HEAD)


def test_a_detached_head(repo, read) -> None:
    first = repo.commit({"a": "one"})
    repo.commit({"a": "two"})
    repo.git("checkout", "--quiet", "--detach", first)
    assert read(repo.path, Scope.HEAD).contents == {b"one"}


def test_a_head_that_is_a_symbolic_link(repo, read) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "HEAD").unlink()
    (repo.git_dir / "HEAD").symlink_to("refs/heads/main")
    assert read(repo.path, Scope.HEAD).contents == {b"one"}


@pytest.mark.parametrize("pack_refs", [True, False])
def test_head_through_packed_and_loose_refs(repo, read, pack_refs: bool) -> None:
    repo.commit({"a": "one"})
    repo.git("checkout", "--quiet", "-b", "feature/ä/x")
    repo.commit({"a": "two"})
    if pack_refs:
        repo.git("pack-refs", "--all")
    assert read(repo.path, Scope.HEAD).contents == {b"two"}


def test_a_loose_ref_takes_precedence_over_a_packed_one(repo, read) -> None:
    repo.commit({"a": "one"})
    repo.git("pack-refs", "--all")
    repo.commit({"a": "two"})
    assert read(repo.path, Scope.HEAD).contents == {b"two"}


def test_sha256(make_repo, read) -> None:
    repo = make_repo("sha256", "--object-format=sha256")
    commit = repo.commit({"a": "one"})
    assert len(commit) == 64
    assert read(repo.path).blobs.keys() == repo.objects("blob", "commit")
    assert read(repo.path, Scope.HEAD).contents == {b"one"}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_reftable(make_repo, read, object_format: str) -> None:
    repo = make_repo("reftable", "--ref-format=reftable", f"--object-format={object_format}")
    repo.commit({"a": "one"})
    repo.git("branch", "other")
    repo.commit({"a": "two"})
    assert read(repo.path).contents == {b"one", b"two"}
    assert read(repo.path, Scope.HEAD).contents == {b"two"}


def test_a_linked_work_tree_has_its_own_head(repo, read) -> None:
    repo.commit({"a": "one"})
    linked = repo.path.parent / "linked"
    repo.git("worktree", "add", "--quiet", "-b", "other", str(linked))
    (linked / "a").write_text("two")
    repo.git("-C", str(linked), "commit", "--quiet", "--all", "--message", "in the linked one")
    assert read(linked, Scope.HEAD).contents == {b"two"}
    assert read(repo.path, Scope.HEAD).contents == {b"one"}
    assert read(linked).blobs.keys() == read(repo.path).blobs.keys()


def test_a_linked_work_tree_with_reftable_is_refused_clearly(make_repo, read) -> None:
    repo = make_repo("reftable", "--ref-format=reftable")
    repo.commit({"a": "one"})
    linked = repo.path.parent / "linked"
    repo.git("worktree", "add", "--quiet", str(linked))
    with pytest.raises(SourceError, match="main work tree"):
        read(linked)


def test_a_submodule_is_a_repository(repo, make_repo, read) -> None:
    make_repo("other").commit({"x": "in the submodule"})
    repo.commit({"a": "one"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../other", "sub", check=True)
    assert (repo.path / "sub" / ".git").is_file()
    assert read(repo.path / "sub", Scope.HEAD).contents == {b"in the submodule"}


@pytest.mark.parametrize("where", ["", ".git"])
def test_work_tree_or_git_directory(repo, read, where: str) -> None:
    repo.commit({"a": "one"})
    assert read(repo.path / where, Scope.HEAD).contents == {b"one"}


def test_a_relative_path(repo, read, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "one"})
    monkeypatch.chdir(repo.path.parent)
    assert read(repo.path.relative_to(repo.path.parent)).contents == {b"one"}


@pytest.mark.parametrize("name", ["with space", 'quo"te', "colon:x", "new\nline", "back\\slash", "ümläut", "\udcff"])
def test_odd_paths_of_repositories(make_repo, read, name: str) -> None:
    repo = make_repo(name)
    repo.commit({"a": "one"})
    assert read(repo.path).contents == {b"one"}


def test_a_bare_repository_without_config(repo, read) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "config").unlink()
    assert read(repo.git_dir, Scope.HEAD).contents == {b"one"}


def test_the_target_is_not_changed(repo, read, locate) -> None:
    repo.commit({"a": "one"})
    repo.git("update-index", "--refresh")
    before = _fingerprint(repo.path)
    found = read(repo.path)
    read(repo.path, Scope.HEAD)
    locate(repo.path, list(found.blobs))
    assert _fingerprint(repo.path) == before


def test_temporary_files_are_removed(repo, tmp_path: Path) -> None:
    repo.commit({"a": "one"})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with GitSource(repo.path, scratch_dir=scratch) as source:
        assert list(read_all(source, Limits()))
        assert len(list(scratch.iterdir())) == 1
    assert list(scratch.iterdir()) == []


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(InvalidTarget, match=r"is not a git repository\."):
        GitSource(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("extensions.objectFormat", "md5"), ("extensions.refStorage", "sqlite"), ("extensions.refStorage", "")],
)
def test_unknown_formats_are_refused(repo, read, key: str, value: str) -> None:
    repo.commit({"a": "one"})
    repo.git("config", key, value)
    with pytest.raises(SourceError, match=r"in '.*config' names a format that this version of BECA does not know"):
        read(repo.path)


def test_a_malformed_configuration_is_refused(repo, read) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "config").write_text("[core]\n[Extensions\n")
    with pytest.raises(SourceError, match=r"configuration '.*config' is malformed"):
        read(repo.path)


def test_a_malformed_configuration_without_a_format_is_ignored(repo, read) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "config").write_text("[core\n")
    assert read(repo.path).contents == {b"one"}


def test_a_repository_whose_objects_were_removed(repo, read) -> None:
    repo.commit({"a": "one"})
    shutil.rmtree(repo.git_dir / "objects")
    (repo.git_dir / "objects").mkdir()
    assert read(repo.path).reasons == ["missing"]


def _fingerprint(root: Path) -> dict[str, tuple[int, int, bytes]]:
    files = [root, *root.rglob("*")]
    return {
        os.fspath(file): (
            file.lstat().st_mtime_ns,
            file.lstat().st_mode,
            file.read_bytes() if file.is_file() else b"",
        )
        for file in files
    }


def test_what_git_has_to_read_is_counted(repo) -> None:
    repo.commit({"a": "one", "b": "two"}, "message")
    repo.git("repack", "-adq")
    assert beca_core.scan(repo.path).coverage.unwalked == 0
    (pack,) = (repo.git_dir / "objects" / "pack").glob("*.pack")
    for file in pack.parent.glob("*.idx"):
        file.chmod(0o644)
    repo.git("index-pack", "--index-version=1", str(pack))
    coverage = beca_core.scan(repo.path).coverage
    assert coverage.complete
    assert (coverage.unwalked, coverage.commits, coverage.blobs) == (3, 1, 2)
    assert coverage.to_dict()["unwalked"] == 3
    assert beca_core.scan(repo.path, scope="head").coverage.unwalked == 0
