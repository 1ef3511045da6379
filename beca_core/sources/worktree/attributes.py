"""Attributes with which a file on disk differs from its blob although git calls it unchanged; see gitattributes(5).

They are only looked for. No filter is run, and which paths a pattern matches is not decided: files are then compared
with their blobs, however many they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from beca_core.system.regular_files import NotRegular, read_regular

if TYPE_CHECKING:
    from pathlib import Path

ATTRIBUTES: Final = b".gitattributes"
_MAX_BYTES: Final = 1024 * 1024
_FILTER: Final = rb"[ \t](?:filter=(?!lfs(?:\s|$))|working-tree-encoding=|ident(?:\s|$))"
_ELSEWHERE: Final = b"attributesfile"
"""A setting, in lower case, that names another file with attributes."""


def names_filters(file: Path | bytes) -> bool:
    """Whether a file with attributes names a filter other than that of Git LFS, an encoding, or `ident`.

    A file that cannot be read, or is too large, may name one. One that does not exist, or is not regular, does not.
    """
    try:
        content = read_regular(file, _MAX_BYTES)
    except (FileNotFoundError, NotRegular):
        return False
    except OSError:
        return True
    return content is None or re.search(_FILTER, content) is not None


def are_filters_configured(*git_dirs: Path) -> bool:
    """Whether attributes outside of a work tree apply to all of it and name a filter, or are in a file of their own."""
    return any(
        (git_dir / "info" / "attributes").is_symlink()  # git follows this one
        or names_filters(git_dir / "info" / "attributes")
        or _mentions(git_dir / "config")
        or _mentions(git_dir / "config.worktree")
        for git_dir in dict.fromkeys(git_dirs)
    )


def _mentions(config: Path) -> bool:
    try:
        content = read_regular(config, _MAX_BYTES)
    except OSError:
        return False
    return content is None or _ELSEWHERE in content.lower()
