"""`--respect-gitignore` leaves out what git ignores, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core.errors import SourceError
from beca_core.report import Skipped
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.files.ignored import IgnoredPaths
from beca_core.sources.limits import Limits
from tests.core.sources.reading import read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

GIT_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def git(path: Path, *arguments: str, data: bytes | None = None) -> bytes:
    done = subprocess.run(
        ["git", *arguments], cwd=path, env=GIT_ENVIRONMENT, input=data, capture_output=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def ignored_by_git(path: Path, names: Iterable[str]) -> set[str]:
    """Return which files git ignores. Tracked files are never among them."""
    asked = b"\0".join(map(os.fsencode, names))
    return {os.fsdecode(name) for name in git(path, "check-ignore", "-z", "--stdin", data=asked).split(b"\0") if name}


def kept(path: Path) -> set[str]:
    """Return which files are read."""
    items = list(read_all(DirectorySource(path, respect_gitignore=True), Limits()))
    assert not [item for item in items if isinstance(item, Skipped)]
    return {item.id for item in items}


def write(root: Path, files: Mapping[str, str | bytes] | Iterable[str]) -> None:
    contents = files if hasattr(files, "items") else dict.fromkeys(files, "x")
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)


def empty(work_tree: Path) -> None:
    """Remove all files and the index."""
    for entry in work_tree.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    (work_tree / ".git/index").unlink(missing_ok=True)


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    """An empty work tree."""
    root = tmp_path / "tree"
    root.mkdir()
    git(root, "init", "--quiet", "--template=")
    return root


NAMES = st.sampled_from(
    ["a", "b", "ab", "abc", "a.b", "b ", "-a", "[a]", "a]", "\\", "!a", "#a", "A", "é", "x*", "\udcff"]
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PIECES = st.sampled_from(
    [
        *("a", "b", "c", "ab", "abc", ".", "é", "\udcff", "-", "A", "x", "]", "!", "#"),
        *(
            "*",
            "**",
            "***",
            "?",
            "/",
            "/",
            "**/",
            "/**",
            "/**/",
            "*/",
            " ",
            "\\ ",
            "\\",
            "\\a",
            "\\*",
            "\\/",
            "\\[",
            "\\]",
        ),
        *(
            "[ab]",
            "[!a]",
            "[^b]",
            "[a-c]",
            "[]a]",
            "[a",
            "[[:alpha:]]",
            "[[:punct:]]",
            "[[:no:]]",
            "[[:x]",
            "[\\]]",
            "[-a]",
        ),
        *("[a-]", "[c-a]", "[!/]", "[/]", "[.-/]", "[\\a-c]", "[a-\\c]", "[[]", "[]", "[!]", "[]-a]"),
    ]
)
LINES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "", "!", "/", "#", "\\"]),
        st.lists(PIECES, min_size=0, max_size=5).map("".join),
        st.sampled_from(["", "", "", "/", " ", "  ", "\r", "\t", "\0a"]),
    ),
)
PATTERN_FILES = st.builds(
    lambda lines, begin, end: begin + os.fsencode("\n".join(lines)) + end,
    st.lists(LINES, max_size=6),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
    st.sampled_from([b"", b"\n"]),
)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(PATHS, min_size=1, max_size=15, unique=True),
    patterns=st.dictionaries(st.one_of(st.just(""), PATHS), PATTERN_FILES, max_size=4),
    exclude=PATTERN_FILES,
    data=st.data(),
)
def test_the_same_files_as_git(
    files: list[str], patterns: dict[str, bytes], exclude: bytes, data: st.DataObject, work_tree: Path
) -> None:
    empty(work_tree)
    (work_tree / ".git/info").mkdir(exist_ok=True)
    (work_tree / ".git/info/exclude").write_bytes(exclude)
    paths = sorted(files)
    paths = [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]
    write(work_tree, paths)
    for directory, content in patterns.items():
        if not directory or (work_tree / directory).is_dir():
            file = work_tree / directory / ".gitignore"
            file.write_bytes(content)
            paths.append(str(file.relative_to(work_tree)))
    if tracked := data.draw(st.lists(st.sampled_from(paths), max_size=3)):
        git(work_tree, "update-index", "--add", "-z", "--stdin", data=b"\0".join(map(os.fsencode, tracked)))
    assert kept(work_tree) == set(paths) - ignored_by_git(work_tree, paths)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(PATHS, min_size=1, max_size=15, unique=True),
    patterns=PATTERN_FILES,
    data=st.data(),
)
def test_tracked_files_are_kept_and_links_are_not_followed(
    files: list[str], patterns: bytes, data: st.DataObject, work_tree: Path
) -> None:
    empty(work_tree)
    paths = [path for path in sorted(files) if not any(other.startswith(f"{path}/") for other in files)]
    write(work_tree, paths)
    tracked = data.draw(st.lists(st.sampled_from(paths), min_size=1, unique=True))
    git(work_tree, "update-index", "--add", "-z", "--stdin", data=b"\0".join(map(os.fsencode, tracked)))
    if linked := data.draw(st.sampled_from(["", *sorted({path.split("/")[0] for path in paths if "/" in path})])):
        (work_tree / linked).rename(work_tree.parent / f"outside-{len(list(work_tree.parent.iterdir()))}")
        (work_tree / linked).symlink_to("..")
    (work_tree / ".gitignore").write_bytes(patterns)
    read = [item.id for item in read_all(DirectorySource(work_tree, respect_gitignore=True), Limits())]
    everything = [item.id for item in read_all(DirectorySource(work_tree), Limits())]
    assert read == [item for item in everything if item in set(read)]
    assert {path for path in tracked if not linked or path.split("/")[0] != linked} <= set(read)
    assert not [path for path in read if linked and path.startswith(f"{linked}/")]


def test_nothing_is_left_out_without_the_option(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "*", "a": "x"})
    assert {item.id for item in read_all(DirectorySource(work_tree), Limits())} == {".gitignore", "a"}


def test_patterns_apply_outside_a_repository_too(tmp_path: Path) -> None:
    write(
        tmp_path, {".gitignore": "*.log\nbuild/\n!keep.log", "a.log": "", "keep.log": "", "build/x": "", "d/b.log": ""}
    )
    write(tmp_path, {"d/.gitignore": "!b.log\n/c\n", "d/c": "", "d/e/c": ""})
    assert kept(tmp_path) == {".gitignore", "keep.log", "d/.gitignore", "d/b.log", "d/e/c"}


def test_patterns_of_directories_above_apply_too(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "*.log\n/a/b/x\n/a/b/d/\n", "a/.gitignore": "y\n/b/z", "a/b/.gitignore": "!b.log"})
    write(work_tree, ["a/b/x", "a/b/y", "a/b/z", "a/b/a.log", "a/b/b.log", "a/b/c", "a/b/d/e"])
    git(work_tree, "add", "--force", "a/b/z")
    assert kept(work_tree / "a/b") == {".gitignore", "b.log", "c", "z"}


def test_a_directory_that_is_ignored_itself_is_read_when_asked_for(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "build/", "build/a": "x"})
    assert kept(work_tree / "build") == {"a"}


def test_one_file_is_read_when_asked_for(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "*", "a": "x"})
    assert kept(work_tree / "a") == {"a"}


def test_a_nested_repository_has_its_own_patterns_and_index(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "*.log\nout/", "in/a.log": "", "in/b": "", "in/d/c": "", "out/a": "", "a.log": ""})
    for name in ("in", "out"):
        git(work_tree / name, "init", "--quiet", "--template=")
    write(work_tree, {"in/.gitignore": "/b\n/t", "in/t": "", "in/.git/info/exclude": "/d/c\n/t\n"})
    git(work_tree / "in", "add", "--force", "t")
    assert kept(work_tree) == {".gitignore", "in/.gitignore", "in/a.log", "in/t"}


def test_a_linked_work_tree(work_tree: Path, tmp_path: Path) -> None:
    write(work_tree, {".gitignore": "*.log\n", "a.log": ""})
    git(work_tree, "add", "--force", ".")
    git(work_tree, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=a")
    git(work_tree, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    write(work_tree, {".git/info/exclude": "/b\n"})
    write(tmp_path / "linked", ["b", "b.log"])
    assert kept(tmp_path / "linked") == {".git", ".gitignore", "a.log"}


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_tracked_files_are_never_left_out(tmp_path: Path, version: str, hash_name: str) -> None:
    git(tmp_path, "init", "--quiet", "--template=", f"--object-format={hash_name}")
    tracked = [f"{directory}{name}" for directory in ("", "d/", "d/e/") for name in ("a", "ab", "abcdefgh" * 25)]
    write(tmp_path, {".gitignore": "*", "d/f": "", "d/e/g": "", "h/i": "", "new": "", **dict.fromkeys(tracked, "x")})
    git(tmp_path, "add", "--force", *tracked)
    if version == "3":
        git(tmp_path, "add", "--force", "--intent-to-add", "new")
        tracked.append("new")
    else:
        git(tmp_path, "update-index", "--index-version", version)
    assert (tmp_path / ".git/index").read_bytes()[7] == int(version)
    assert kept(tmp_path) == set(tracked)


def test_a_submodule_in_an_ignored_directory(work_tree: Path) -> None:
    git(work_tree, "init", "--quiet", "--template=", "m/sub")
    write(work_tree, {".gitignore": "m/", "m/sub/.gitignore": "b", "m/sub/a": "", "m/sub/b": "", "m/c": ""})
    git(work_tree, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},m/sub")
    assert kept(work_tree) == {".gitignore", "m/sub/.gitignore", "m/sub/a"}


def test_with_a_split_index_nothing_is_left_out(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "*", "a": "x", "b": "x"})
    git(work_tree, "add", "--force", "a")
    assert kept(work_tree) == {"a"}
    git(work_tree, "update-index", "--split-index")
    assert kept(work_tree) == {".gitignore", "a", "b"}


def index_of(work_tree: Path) -> bytes:
    write(work_tree, {".gitignore": "*", "a": "x", "d/ab": "x", "b": "x"})
    git(work_tree, "add", "--force", "a", "d/ab")
    return (work_tree / ".git/index").read_bytes()


@pytest.mark.parametrize("size", [0, 3, 11, 12, 50, 73, 80, 140])
def test_with_a_truncated_index_nothing_is_left_out(work_tree: Path, size: int) -> None:
    (work_tree / ".git/index").write_bytes(index_of(work_tree)[:size])
    assert kept(work_tree) == {".gitignore", "a", "b", "d/ab"}


def test_with_an_index_that_cannot_be_opened_nothing_is_left_out(work_tree: Path) -> None:
    index_of(work_tree)
    (work_tree / ".git/index").unlink()
    os.mkfifo(work_tree / ".git/index")
    assert kept(work_tree) == {".gitignore", "a", "b", "d/ab"}


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 300), byte=st.integers(0, 255), version=st.sampled_from([2, 4]))
def test_with_a_damaged_index_nothing_is_left_out(work_tree: Path, at: int, byte: int, version: int) -> None:
    (work_tree / ".git/index").unlink(missing_ok=True)
    index_of(work_tree)
    git(work_tree, "update-index", "--index-version", str(version))
    index = (work_tree / ".git/index").read_bytes()
    damaged = bytearray(index)
    damaged[at % len(damaged)] = byte
    (work_tree / ".git/index").write_bytes(damaged)
    assert kept(work_tree) == {"a", "d/ab"} | ({".gitignore", "b"} if damaged != index else set())


def test_with_a_git_file_that_names_no_repository_nothing_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {".git": "gitdir: /nonexistent", ".gitignore": "*", "a": "x"})
    assert kept(tmp_path) == {".git", ".gitignore", "a"}


def test_an_index_without_a_hash_is_read(work_tree: Path) -> None:
    index = index_of(work_tree)
    (work_tree / ".git/index").write_bytes(index[:-20] + bytes(20))  # what `index.skipHash` writes
    assert kept(work_tree) == {"a", "d/ab"}


def test_a_deleted_file_is_not_listed(work_tree: Path) -> None:
    index_of(work_tree)
    (work_tree / "a").unlink()
    assert kept(work_tree) == {"d/ab"}


def test_a_tracked_directory_that_became_a_link_is_not_followed(work_tree: Path, tmp_path: Path) -> None:
    index_of(work_tree)
    (work_tree / "d").rename(tmp_path / "moved")
    (work_tree / "d").symlink_to("../moved")
    assert kept(work_tree) == {"a"}
    (work_tree / ".gitignore").write_bytes(b"d/")  # a pattern for directories, and a link is not one
    assert kept(work_tree) == {".gitignore", "a", "b", "d"}


def test_the_configuration_of_the_scanned_tree_is_not_obeyed(work_tree: Path) -> None:
    write(work_tree, {"patterns": "a", "a": "x", "b": "x", "A": "x", ".gitignore": "b"})
    program = f"touch {work_tree}/executed; false"
    for key, value in {
        "core.fsmonitor": program,
        "core.pager": program,
        "alias.ls-files": f"!{program}",
        "core.excludesFile": str(work_tree / "patterns"),
        "core.ignoreCase": "true",
        "core.worktree": "/",
    }.items():
        git(work_tree, "config", key, value)
    assert kept(work_tree) == {"patterns", "a", "A", ".gitignore"}


def test_the_environment_and_the_users_patterns_are_not_obeyed(
    work_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path, {"home/.config/git/ignore": "a", "home/.gitconfig": "[core]\n\texcludesFile = ~/.config/git/ignore\n"}
    )
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home" / (".config" if name != "HOME" else "")))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    write(work_tree, {".gitignore": "b", "a": "x", "b": "x"})
    assert kept(work_tree) == {".gitignore", "a"}


def test_an_ignored_directory_is_not_opened_and_any_other_is_reported(
    work_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(work_tree, {".gitignore": "out/", "out/a": "x", "d/b": "x"})
    scandir = os.scandir

    def refuse(path: bytes | int) -> object:
        if isinstance(path, bytes) and path.endswith((b"/out", b"/d")):
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = list(read_all(DirectorySource(work_tree, respect_gitignore=True), Limits()))
    assert [item for item in found if isinstance(item, Skipped)] == [Skipped("d", "unreadable")]


@pytest.mark.parametrize("name", ["*", "[a]", "a b ", "!n", "#n", "\\", "new\nline", "\udcff"])
def test_a_directory_of_any_name_is_read_when_asked_for(work_tree: Path, name: str) -> None:
    write(work_tree, {".gitignore": "*.log", f"{name}/.gitignore": "*", f"{name}/in/a": "x", f"{name}/in/a.log": "x"})
    assert kept(work_tree / name / "in") == set()
    write(work_tree, {f"{name}/.gitignore": "/in/"})
    assert kept(work_tree / name / "in") == {"a"}


def test_without_git_the_error_names_it(work_tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SourceError, match="git is not installed"):
        DirectorySource(work_tree, respect_gitignore=True).start(Limits())


@pytest.fixture
def _two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make git give up early."""
    monkeypatch.setattr("beca_core.sources.files.ignored.MAX_SECONDS", 2.0)


@pytest.mark.usefixtures("_two_seconds")
@pytest.mark.parametrize("kind", ["link", "fifo", "directory"])
def test_pattern_files_are_regular_files(work_tree: Path, kind: str) -> None:
    write(work_tree, {"all": "*", "a": "x"})
    file = work_tree / ".gitignore"
    make: Callable[[], None] = {"link": lambda: file.symlink_to("all"), "fifo": lambda: os.mkfifo(file)}.get(
        kind, file.mkdir
    )
    make()
    assert {"all", "a"} <= kept(work_tree)


def write_long_paths(root: Path) -> None:
    """Make 100 files whose paths have more than 2,000 bytes."""
    long = "/".join(["a" * 250] * 8)
    write(root, [f"{long}{number}" for number in range(100)])


@pytest.mark.parametrize(
    "content",
    [
        b"/a\n" + b"#" * 1024 * 1024,
        b"\n".join(b"n%d" % number for number in range(100_000)) + b"\n/a",
        b"[a]\n" + b"*" * 8000 + b"z",
        b"[a]\n" + b"*a" * 4000 + b"z",
        b"[a]\n" + b"?*[b-z]*" * 1000 + b"z",
        b"x*\n!x*\n" * 1000 + b"[a]\n",
        b"[a]\n/" + b"**/*a*/" * 250 + b"z",
    ],
)
def test_large_pattern_files_are_obeyed(tmp_path: Path, content: bytes) -> None:
    write_long_paths(tmp_path)
    write(tmp_path, {".gitignore": content, "a": "x"})
    assert "a" not in kept(tmp_path)


@pytest.mark.usefixtures("_two_seconds")
def test_a_pattern_that_takes_git_too_long_ignores_nothing(tmp_path: Path) -> None:
    write_long_paths(tmp_path)
    write(tmp_path, {".gitignore": b"[a]\n" + b"**/" * 2000 + b"z", "a": "x"})
    assert "a" in kept(tmp_path)


@pytest.mark.usefixtures("_two_seconds")
def test_once_the_time_is_used_up_everything_is_read(work_tree: Path) -> None:
    os.mkfifo(work_tree / ".gitignore")  # git opens it, and waits for a writer
    write(work_tree, {"a": "x", "in/.gitignore": "b", "in/b": "x"})
    git(work_tree / "in", "init", "--quiet", "--template=")
    assert kept(work_tree) == {"a", "in/.gitignore", "in/b"}


def test_all_runs_of_git_share_their_time(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "b", "b": "x"})
    assert IgnoredPaths(os.fsencode(work_tree)).around() == {b"b"}
    assert IgnoredPaths(os.fsencode(work_tree), seconds=0.0).around() == frozenset()


def test_no_time_is_left_for_git_when_the_scan_has_none(work_tree: Path) -> None:
    write(work_tree, {".gitignore": "b", "b": "x"})
    source = DirectorySource(work_tree, respect_gitignore=True)
    assert [item.id for item in read_all(source, Limits(scan_seconds=0))] == ["."]
