"""Generated histories, written with `git fast-import`: edits, merges, renames, deletions and tags."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.core.sources.git.stores import git

if TYPE_CHECKING:
    from pathlib import Path

PATHS = [b"a", b"b.txt", b"dir/c", b"dir/deep/d", b"e f", b"\xff", b"new\nline"]
_LINES = [b"line %d of a text that has many versions\n" % number for number in range(300)]


@dataclass(frozen=True)
class Edit:
    """A change of one file.

    Args:
        path: Of the file.
        kind: What it becomes: a kind of content, or `delete` or `rename`.
        number: Varies the content.
    """

    path: bytes
    kind: str
    number: int


@dataclass(frozen=True)
class TreeChange:
    """A commit.

    Args:
        edits: Its changes.
        parents: Numbers of earlier commits, modulo how many there are; the first may be left out as a new root.
        tag: Whether an annotated tag names it.
        branch: Whether a branch does.
    """

    edits: tuple[Edit, ...]
    parents: tuple[int, ...]
    tag: bool
    branch: bool


def content_of(edit: Edit) -> bytes:
    """The content that an edit gives to a file; its number makes one of many versions."""
    number = edit.number
    if edit.kind == "text":
        return b"".join([*(b"%d changed\n" % line for line in range(number * 7)), *_LINES[number * 7 :]])
    if edit.kind == "binary":
        return random.Random(number).randbytes(number * 300)
    if edit.kind == "repetitive":
        return b"same again\n" * 20_000 + b"%d\n" % number
    return b"" if edit.kind == "empty" else b"small %d\r\n" % number


_KINDS = ["text", "text", "text", "small", "binary", "repetitive", "empty", "delete", "rename"]
edits = st.builds(Edit, st.sampled_from(PATHS), st.sampled_from(_KINDS), st.integers(0, 40))
changes = st.builds(
    TreeChange,
    st.lists(edits, min_size=1, max_size=3).map(tuple),
    st.lists(st.integers(0, 30), max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
)
histories = st.lists(changes, min_size=1, max_size=20)


def write_history(repository: Path, history: list[TreeChange]) -> None:
    """Write a history to a bare repository; all of it stands in one pack."""
    stream = bytearray()
    states: list[set[bytes]] = []
    for number, change in enumerate(history):
        parents = list(dict.fromkeys(parent % number for parent in change.parents)) if number else []
        files = set(states[parents[0]]) if parents else set()
        stream += _commit(number, change, parents)
        for edit in change.edits:
            stream += _edit(edit, files)
        states.append(files)
        stream += _names(number, change)
    stream += b"reset refs/heads/main\nfrom :%d\n" % len(history)
    git(repository, "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force", data=bytes(stream))


def _commit(number: int, change: TreeChange, parents: list[int]) -> bytes:
    message = b"commit %d\n" % number * (1 + number % 3)
    lines = [
        b"reset refs/made/%d\n" % number,
        b"commit refs/made/%d\nmark :%d\n" % (number, number + 1),
        b"committer Cy <cy@example.org> %d +0000\n" % (1_700_000_000 + 60 * number),
        b"data %d\n%s\n" % (len(message), message),
    ]
    lines += [b"%s :%d\n" % (b"merge" if position else b"from", p + 1) for position, p in enumerate(parents)]
    return b"".join(lines)


def _edit(edit: Edit, files: set[bytes]) -> bytes:
    """The command for an edit, which also keeps track of the files that there are."""
    if edit.kind == "delete":
        files.discard(edit.path)
        return b"D %s\n" % _quoted(edit.path)
    if edit.kind == "rename":
        target = b"renamed/%d" % edit.number
        if edit.path not in files or target in files:
            return b""
        files.remove(edit.path)
        files.add(target)
        return b"R %s %s\n" % (_quoted(edit.path), _quoted(target))
    files.add(edit.path)
    content = content_of(edit)
    return b"M 100644 inline %s\ndata %d\n%s\n" % (_quoted(edit.path), len(content), content)


def _names(number: int, change: TreeChange) -> bytes:
    names = b"reset refs/heads/branch%d\nfrom :%d\n\n" % (number, number + 1) if change.branch else b""
    if change.tag:
        message = b"the tag %d\n" % number
        names += b"tag v%d\nfrom :%d\ntagger Cy <cy@example.org> 1700000000 +0000\n" % (number, number + 1)
        names += b"data %d\n%s\n" % (len(message), message)
    return names


def _quoted(path: bytes) -> bytes:
    return b'"' + b"".join(b"\\%03o" % c for c in path) + b'"'
