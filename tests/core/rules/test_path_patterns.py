"""Patterns of paths match what git says that they match, in bounded time."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.rules.path_patterns import PathVerdict, applies, verdict

if TYPE_CHECKING:
    from pathlib import Path

PATHS = [b"a", b"b/a", b"src/tests/a.env", b"src/a.env", b"dist/app.zip"]


@pytest.mark.parametrize(
    ("patterns", "selected"),
    [
        ((), PATHS),
        (("a",), [b"a", b"b/a"]),
        (("/a",), [b"a"]),
        (("*.env",), [b"src/tests/a.env", b"src/a.env"]),
        (("tests/",), [b"src/tests/a.env"]),
        (("!tests/",), [b"a", b"b/a", b"src/a.env", b"dist/app.zip"]),
        (("src/", "!src/tests/"), [b"src/a.env"]),
        (("!*.env", "src/tests/"), [b"src/tests/a.env"]),
        (("src/**/a.env",), [b"src/tests/a.env", b"src/a.env"]),
        (("**/tests/**",), [b"src/tests/a.env"]),
        (("src/*",), [b"src/tests/a.env", b"src/a.env"]),
        (("s?c/[!b].env",), [b"src/a.env"]),
        (("A", "SRC/"), []),
        (("#a", "", "   ", "/", "[a", "a\\", "[[:nothing:]]"), []),
        (("#a", "a  "), [b"a", b"b/a"]),
    ],
)
def test_patterns_select_paths(patterns: tuple[str, ...], selected: list[bytes]) -> None:
    assert [path for path in PATHS if applies(patterns, path)] == selected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("\\!a", b"!a"),
        ("\\#a", b"#a"),
        ("a\\ ", b"a "),
        ("\\*", b"*"),
        ("[]a]", b"]"),
        ("[\\]]", b"]"),
        ("[a-]", b"-"),
        ("[[:digit:]x]", b"7"),
        ("[[:a]", b":"),
        ("ä?", "ä".encode() + b"x"),
        ("[\\a-c]", b"b"),
        ("a**/b", b"ax/b"),
        ("*", b"\xff\n"),
        ("***/b", b"x/y/b"),
    ],
)
def test_special_characters(pattern: str, path: bytes) -> None:
    assert applies((pattern,), path)
    assert not applies((f"!{pattern}",), path)


def test_stars_within_a_name_are_those_of_one_name() -> None:
    assert not applies(("a**/b",), b"ax/y/b")


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (("*.env",), True),
        (("*.zip",), True),
        (("inner.tar",), True),
        (("/x/*.env",), True),
        (("!dist/",), False),
        (("*.env", "!inner.tar"), False),
        (("*.txt",), False),
        (("dist/app.zip!inner.tar",), False),
    ],
)
def test_a_member_of_an_archive_has_the_paths_of_all_that_hold_it(patterns: tuple[str, ...], found: bool) -> None:
    assert applies(patterns, b"dist/app.zip", b"inner.tar!x/p.env") is found


def test_an_exclamation_mark_in_a_path_separates_nothing() -> None:
    assert not applies(("b.env",), b"a!b.env")
    assert applies(("a!b.env",), b"a!b.env")


def test_the_pattern_that_decides_is_named() -> None:
    assert verdict(("*.env", "!tests/"), b"tests/a.env") == PathVerdict(False, "!tests/")
    assert verdict(("*.env", "!tests/"), b"a.env") == PathVerdict(True, "*.env")
    assert verdict(("*.env",), b"a.txt") == PathVerdict(False, "")


NAMES = st.sampled_from(["a", "b", "ab", "b.c", "-", "]", "a b", "[", "A", "x!", "0"])
paths = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
pieces = st.sampled_from(
    ["a", "b", "c", ".", "*", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[]a]", "[[:alpha:]]", "[b-]", "[!-]", "\\*", "\\a",
     "[\\]a]", "[", "A", "[0-9.]", "]", "[a-c-z]", "[[:a]", " ", "!"]
)  # fmt: skip
names = st.lists(pieces, min_size=1, max_size=3).map("".join) | st.sampled_from(["**", "*", "**", "a", "b"])
patterns = st.builds(
    "{}{}{}".format, st.sampled_from(["", "", "/"]), st.lists(names, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "", "/"]),
).filter(lambda pattern: not pattern.startswith(("!", "#")) and pattern.strip() and pattern.strip("/"))  # fmt: skip


class Git:
    """What git ignores in an empty repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["git", "init", "--quiet", "--template=", str(path)], check=True)
        (path / ".git" / "info").mkdir()

    def ignored(self, pattern: str, asked: list[str]) -> set[str]:
        (self.path / ".git" / "info" / "exclude").write_bytes(pattern.encode() + b"\n")
        settings = ["-c", "core.ignoreCase=false", "-c", "core.excludesFile=/dev/null"]
        command = ["git", "-C", str(self.path), *settings, "check-ignore", "--no-index", "-z", "--stdin"]
        answer = subprocess.run(command, input="\0".join(asked).encode(), capture_output=True, check=False)
        assert answer.returncode in (0, 1), answer.stderr
        return set(answer.stdout.decode().split("\0")) - {""}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Git:
    return Git(tmp_path_factory.mktemp("ignoring"))


@given(pattern=patterns, asked=st.lists(paths, min_size=1, max_size=30, unique=True))
def test_one_pattern_selects_what_git_ignores(repository: Git, pattern: str, asked: list[str]) -> None:
    selected = {path for path in asked if applies((pattern,), path.encode())}
    assert selected == repository.ignored(pattern, asked)


@given(st.lists(st.tuples(st.booleans(), patterns), min_size=1, max_size=4), st.lists(paths, min_size=1, max_size=10))
def test_the_last_pattern_that_matches_decides(
    repository: Git, signed: list[tuple[bool, str]], asked: list[str]
) -> None:
    ignored = [repository.ignored(pattern, asked) for _, pattern in signed]
    given_patterns = tuple(f"{'' if selects else '!'}{pattern}" for selects, pattern in signed)
    for path in asked:
        matching = [selects for (selects, _), of_pattern in zip(signed, ignored, strict=True) if path in of_pattern]
        expected = matching[-1] if matching else not any(selects for selects, _ in signed)
        assert applies(given_patterns, path.encode()) is expected


@given(st.text(max_size=30), st.binary(max_size=60))
def test_anything_can_be_a_pattern(pattern: str, path: bytes) -> None:
    assert applies((pattern,), path) in (True, False)


@pytest.mark.parametrize("pattern", ["*a" * 500, "**/" * 300 + "b", "[!a]*" * 200, "?*" * 500, "[" * 1000])
def test_no_pattern_takes_long(pattern: str) -> None:
    began = time.process_time()
    assert not applies((pattern,), b"/".join([b"a" * 100] * 40) + b"c!")
    assert time.process_time() - began < 1
