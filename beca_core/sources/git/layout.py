"""The layout of a local repository: work tree, bare repository, linked work tree or submodule."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from beca_core.errors import SourceError, quoted_path
from beca_core.system.regular_files import read_regular

_POINTER_BYTES: Final = 64 * 1024


class RepositoryLayout(NamedTuple):
    """The directories of a repository.

    Args:
        git_dir: Has HEAD.
        common_dir: Has objects, refs and config; the same as `git_dir`, except in linked work trees.
    """

    git_dir: Path
    common_dir: Path


def find_repository(path: Path) -> RepositoryLayout | None:
    """Return the layout of the repository at a path, or None if there is none.

    Args:
        path: Root of a work tree, a bare repository, or a `.git` directory. Parent directories are not searched.

    Raises:
        SourceError: If there is a `.git` file that does not name a repository.
    """
    dot_git = path / ".git"
    if dot_git.is_file():
        return _follow_pointer(dot_git)
    if dot_git.is_dir() and (layout := _layout(dot_git)) is not None:
        return layout
    return _layout(path) if path.is_dir() else None


def enclosing_repository(path: Path) -> Path | None:
    """Return the root of the work tree in which a path is, below its root; None: it is in no work tree."""
    return next((parent for parent in path.parents if os.path.lexists(parent / ".git")), None)


def _layout(git_dir: Path) -> RepositoryLayout | None:
    common = _pointer(git_dir / "commondir", b"")
    layout = RepositoryLayout(git_dir, git_dir if common is None else git_dir / common)
    return layout if _is_repository(layout) else None


def _is_repository(layout: RepositoryLayout) -> bool:
    """Whether there are objects and refs; HEAD may be missing if there is a directory for packs."""
    common = layout.common_dir
    objects = common / "objects"
    has_refs = (common / "refs").is_dir() or (common / "packed-refs").is_file()
    has_head_or_packs = os.path.lexists(layout.git_dir / "HEAD") or (objects / "pack").is_dir()
    return objects.is_dir() and has_refs and has_head_or_packs


def _follow_pointer(dot_git: Path) -> RepositoryLayout:
    target = _pointer(dot_git, b"gitdir: ")
    layout = None if target is None else _layout(dot_git.parent / target)
    if layout is None:
        raise SourceError(
            f"The file {quoted_path(dot_git)} does not name a repository.",
            hint="Give the path of the repository itself, or scan the files only with --scope files.",
        )
    return layout


def _pointer(file: Path, prefix: bytes) -> Path | None:
    """Return the path that a small file holds after a prefix."""
    try:
        content = read_regular(file, _POINTER_BYTES)
    except OSError:
        return None
    if not content or not content.startswith(prefix) or b"\0" in content:
        return None
    return Path(os.fsdecode(content.removeprefix(prefix).rstrip(b"\r\n")))
