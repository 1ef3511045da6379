"""Copies of a repository's refs: regular files only, each checked or left to git's own parser."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.git.config import Format
    from beca_core.sources.git.layout import Layout

_REF_BYTES: Final = 4096
_TABLE_BYTES: Final = 256 * 1024 * 1024
_SHALLOW_BYTES: Final = 64 * 1024 * 1024
_HEAD: Final = re.compile(rb"(ref:[ \t]*refs/[^\0-\x20\x7f]+|[0-9a-f]{40}|[0-9a-f]{64})\s*")
_NO_HEAD: Final = b"ref: refs/heads/.invalid\n"
"""Names a branch that cannot exist, as git itself writes it where HEAD is kept elsewhere."""


def copy_head(git_dir: Path, target: Path) -> bool:
    """Copy HEAD, which may be missing, and return whether it could be understood."""
    try:
        content = _head_content(git_dir / "HEAD")
    except FileNotFoundError:
        content = _NO_HEAD
    except OSError:
        content = b""
    is_sound = _HEAD.fullmatch(content) is not None
    (target / "HEAD").write_bytes(content if is_sound else _NO_HEAD)
    return is_sound


def copy_shallow(common_dir: Path, target: Path, id_length: int) -> list[str]:
    """Copy the list of commits at which a shallow clone ends, and return it.

    Raises:
        SourceError: If there is a list, but it cannot be read.
    """
    try:
        content = read_regular(common_dir / "shallow", _SHALLOW_BYTES)
    except FileNotFoundError:
        return []
    except OSError:
        content = None
    if content is None:
        raise SourceError("The repository's list of shallow commits cannot be read.")
    commits = [line.decode() for line in content.split() if _is_id(line, id_length)]
    (target / "shallow").write_text("".join(f"{commit}\n" for commit in commits))
    return commits


def copy_refs(layout: Layout, target: Path, repository_format: Format) -> None:
    """Copy all refs.

    Raises:
        SourceError: If this is a linked work tree of a repository in the reftable format, or its refs are too large.
    """
    if repository_format.has_reftable:
        if layout.git_dir != layout.common_dir:
            raise SourceError(
                "Linked work trees of repositories in the reftable format cannot be read.",
                hint="Give the path of the main work tree.",
            )
        _copy_tree(layout.common_dir / "reftable", target / "reftable", _TABLE_BYTES)
        return
    if not _copy_file(layout.common_dir / "packed-refs", target / "packed-refs", _TABLE_BYTES):
        raise SourceError(f"The repository's packed refs take more than {_TABLE_BYTES:,} bytes.")
    for source in dict.fromkeys((layout.common_dir, layout.git_dir)):
        _copy_tree(source / "refs", target / "refs", _REF_BYTES)


def detached_heads(layout: Layout, id_length: int) -> Iterator[bytes]:
    """Yield the object ids in the HEADs of linked work trees that are on no branch."""
    for head in sorted((layout.common_dir / "worktrees").glob("*/HEAD")):
        with contextlib.suppress(OSError):
            content = (read_regular(head, _REF_BYTES) or b"").strip()
            if _is_id(content, id_length):
                yield content


def _head_content(head: Path) -> bytes:
    """The content of HEAD; git once wrote it as a symbolic link to a branch."""
    if head.is_symlink():
        return b"ref: " + os.fsencode(head.readlink())
    return read_regular(head, _REF_BYTES) or b""


def _is_id(text: bytes, length: int) -> bool:
    return len(text) == length and re.fullmatch(rb"[0-9a-f]+", text) is not None


def _copy_tree(source: Path, target: Path, limit: int) -> None:
    """Copy regular files; whatever cannot be read, or is too large, is left out, as git ignores broken refs."""
    waiting = [(os.fspath(source), os.fspath(target))]
    while waiting:
        here, there = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(here) as entries:
            os.makedirs(there, exist_ok=True)  # noqa: PTH103 - many small calls
            for entry in entries:
                copy = os.path.join(there, entry.name)  # noqa: PTH118
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, copy))
                else:
                    _copy_file(entry.path, copy, limit)


def _copy_file(source: str | Path, target: str | Path, limit: int) -> bool:
    """Copy a regular file if it can be read, and return whether it is not too large for that."""
    with contextlib.suppress(OSError):
        content = read_regular(source, limit)
        if content is None:
            return False
        Path(target).write_bytes(content)
    return True
