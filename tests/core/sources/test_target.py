"""From the path or URL that a user gives to the right source, or to a clear refusal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core.errors import BecaError, DeadlineExceeded, FetchFailed, ForbiddenUrl, InvalidInput, InvalidTarget
from beca_core.sources.contracts import Blob
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.limits import Limits, Scope, UrlPolicy
from beca_core.sources.target import open_source
from beca_core.sources.worktree.repository_source import RepositorySource
from tests.core.sources.reading import omissions, read_all

FILES = UrlPolicy(frozenset({"file"}))


def contents(target: object, **options: object) -> set[bytes]:
    with open_source(target, **options) as source:
        items = list(read_all(source, Limits()))
    assert all(isinstance(item, Blob) for item in items)
    return {item.data for item in items if item.kind == "blob"}


@pytest.mark.parametrize("suffix", ["", ".git"])
def test_a_repository_is_read_with_its_history(repo, suffix: str) -> None:
    repo.commit({"a": "one"})
    repo.commit({"a": "two"})
    with open_source(repo.path / suffix) as source:
        assert isinstance(source, RepositorySource)
        assert source.scope is Scope.HISTORY
    assert contents(repo.path / suffix) == {b"one", b"two"}


@pytest.mark.parametrize("scope", ["head", Scope.HEAD])
def test_scopes_by_name_and_member(repo, scope: str) -> None:
    repo.commit({"a": "one"})
    repo.commit({"a": "two"})
    assert contents(str(repo.path), scope=scope) == {b"two"}
    assert contents(str(repo.path), scope="history") == {b"one", b"two"}


def test_the_files_of_a_work_tree(repo) -> None:
    repo.commit({"a": "one"})
    (repo.path / "a").write_text("not committed")
    with open_source(repo.path, scope="files") as source:
        assert isinstance(source, DirectorySource)
    assert contents(repo.path, scope="files") == {b"not committed"}


def test_a_directory_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    assert contents(tmp_path) == {b"one"}
    assert contents(str(tmp_path / "a")) == {b"one"}
    assert contents(tmp_path, scope="files") == {b"one"}


def test_ignored_files_are_left_out_on_request(repo) -> None:
    repo.commit({".gitignore": "a\n", "b": "two"})
    (repo.path / "a").write_text("one")
    assert contents(repo.path, scope="files") == {b"a\n", b"two", b"one"}
    assert contents(repo.path, scope="files", respect_gitignore=True) == {b"a\n", b"two"}


def test_binary_files_are_left_out_on_request(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0")
    (tmp_path / "b").write_bytes(b"b")
    assert contents(tmp_path, exclude_binary=True) == {b"b"}
    assert contents(tmp_path / "a", exclude_binary=True) == set()


@pytest.mark.parametrize("option", ["exclude_binary", "respect_gitignore"])
@pytest.mark.parametrize("scope", [None, "history", "head"])
def test_files_of_a_repository_cannot_be_left_out(repo, scope: str | None, option: str) -> None:
    repo.commit({"a": "one"})
    for target in (repo.path, "https://example.org/a"):
        refused = pytest.raises(InvalidInput, match=f"excluded in the scope {scope or 'history'}")
        with refused, open_source(target, scope=scope, **{option: True}):
            pass


def test_nothing_is_ignored_in_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / ".gitignore").write_text("a\n")
    refused = pytest.raises(InvalidInput, match="cannot be left out of a single file")
    with refused, open_source(tmp_path / "a", respect_gitignore=True):
        pass


class PathLike(os.PathLike[bytes]):
    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> bytes:
        return os.fsencode(self._path)


def test_any_path_like_object(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    assert contents(PathLike(tmp_path)) == {b"one"}


@pytest.mark.parametrize("name", ["a:b", "-a", "x::y", "user@host:path"])
def test_a_file_that_looks_like_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).write_text("one")
    monkeypatch.chdir(tmp_path)
    assert contents(name) == {b"one"}


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("", "no file or directory"),
        ("/no/such/place", "no file or directory '/no/such/place'"),
        ("no-such-place", "no file or directory 'no-such-place'"),
        ("nul\0byte", r"no file or directory 'nul\\x00byte'"),
        ("n" * 5000, r"no file or directory '\.\.\.n{75}'\."),
        ("--upload-pack=x", "begins with a dash"),
        ("ext::sh", "NAME::ADDRESS"),
        ("git@example.org:a/b", "ssh://USER@HOST/PATH"),
        ("user:password@example.org:a", "ssh://USER@HOST/PATH"),
        ("ftp://example.org/a", "scheme is unknown"),
        ("https://user:password@example.org/a", "user name or password"),
        ("https://127.0.0.1/a", "host is not public"),
        ("file:///etc", "scheme file"),
        ("/dev/null", "'/dev/null' is neither a file nor a directory"),
    ],
)
def test_refusals(target: str, words: str) -> None:
    with pytest.raises(InvalidTarget, match=words) as refusal, open_source(target):
        pass
    assert "password@" not in str(refusal.value)


@pytest.mark.parametrize("scope", ["history", "head"])
@pytest.mark.parametrize("kind", ["directory", "file", "below a work tree", "empty .git"])
def test_no_repository(tmp_path: Path, repo, scope: str, kind: str) -> None:
    target = tmp_path / "x"
    if kind == "file":
        target.write_text("x")
    elif kind == "below a work tree":
        repo.commit({"d/a": "one"})
        target = repo.path / "d"
    else:
        target.mkdir()
        if kind == "empty .git":
            (target / ".git").mkdir()
    with (
        pytest.raises(InvalidTarget, match=rf"{target.name}' is not a git repository, so it has no {scope}\."),
        open_source(target, scope=scope),
    ):
        pass


@pytest.mark.parametrize("scope", ["everything", "text", "", "HEAD"])
def test_no_such_scope(tmp_path: Path, scope: str) -> None:
    refused = pytest.raises(InvalidInput, match=f"no scope '{scope}'.*history, head or files")
    with refused, open_source(tmp_path, scope=scope):
        pass


@pytest.mark.parametrize("content", ["gitdir: ../nowhere\n", "gitdir: \n", "nonsense", "", "gitdir: a\0b"])
def test_a_git_file_that_names_no_repository(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    (tmp_path / "a").write_text("one")
    with pytest.raises(BecaError, match=r"\.git' does not name a repository.*--scope files"), open_source(tmp_path):
        pass
    with open_source(tmp_path, scope="files") as source:
        assert len(list(read_all(source, Limits()))) == 2


@pytest.mark.parametrize("scope", ["history", "head"])
def test_a_subdirectory_of_a_work_tree_has_no_history_of_its_own(repo, scope: str) -> None:
    repo.commit({"d/a": "one"})
    with pytest.raises(InvalidTarget, match="has no") as refused, open_source(repo.path / "d", scope=scope):
        pass
    assert str(repo.path) in refused.value.hint
    with open_source(repo.path / "d") as source:
        assert omissions(source, Limits()) == {("history", str(repo.path))}


@pytest.mark.parametrize("part", ["HEAD", "refs", "packed-refs", "config"])
def test_a_damaged_bare_repository_is_not_mistaken_for_a_directory(repo, tmp_path: Path, part: str) -> None:
    repo.commit({"a": "one"})
    repo.git("repack", "-a", "-d", "--quiet")
    repo.git("pack-refs", "--all")
    bare = (repo.git_dir).rename(tmp_path / "bare")
    target = bare / part
    if target.is_dir():
        target.rename(tmp_path / "away")
    else:
        target.unlink()
    with open_source(bare) as source:
        assert source.scope is Scope.HISTORY
        assert b"one" in {item.data for item in read_all(source, Limits()) if isinstance(item, Blob)}


@pytest.mark.slow
def test_a_url_is_fetched_and_removed_afterwards(repo, tmp_path: Path) -> None:
    repo.commit({"a": "one"})
    repo.commit({"a": "two"})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with open_source(f"file://{repo.path}", url_policy=FILES, scratch_dir=scratch) as source:
        assert source.scope is Scope.HISTORY
        assert len(list(scratch.iterdir())) == 1
        assert len(list(read_all(source, Limits()))) == 4
    assert list(scratch.iterdir()) == []
    assert contents(f"file://{repo.path}", url_policy=FILES, scope="head") == {b"two"}


def test_a_failed_fetch_leaves_no_files(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(FetchFailed), open_source(f"file://{tmp_path}/no", url_policy=FILES, scratch_dir=scratch):
        pass
    assert list(scratch.iterdir()) == []


def test_limits_bound_the_fetch(repo) -> None:
    repo.commit({"a": "one"})
    with (
        pytest.raises(DeadlineExceeded),
        open_source(f"file://{repo.path}", url_policy=FILES, limits=Limits(fetch_seconds=0)),
    ):
        pass


def test_a_url_has_no_files() -> None:
    with (
        pytest.raises(InvalidTarget, match="cannot be scanned in the scope files"),
        open_source("https://example.org/a", scope="files"),
    ):
        pass


def test_the_default_policy_allows_only_https() -> None:
    with pytest.raises(ForbiddenUrl), open_source("http://example.org/a"):
        pass


def test_an_error_in_the_block_removes_everything(repo, tmp_path: Path) -> None:
    repo.commit({"a": "one"})
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def read_and_fail() -> None:
        with open_source(repo.path, scratch_dir=scratch) as source:
            next(iter(read_all(source, Limits())))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_and_fail()
    assert list(scratch.iterdir()) == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30))
def test_arbitrary_text_raises_nothing_but_invalid_target(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    old = Path.cwd()
    os.chdir(tmp_path_factory.getbasetemp())
    try:
        with open_source(f"no/such/{text}"):
            pass
    except InvalidTarget:
        pass
    finally:
        os.chdir(old)
