"""Repositories of this machine that are fetched by their `file` URL: they must not lend from others.

Git serves the objects of alternates as if they were the repository's own. Whoever can write into one repository, and
register its URL, could read another one that only the server can read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from beca_core.errors import ForbiddenUrl, quoted_path
from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.store_layout import with_alternates

_SUFFIXES: Final = ("", ".git")
"""What git tries to append to a path, besides `/.git`; see gitrepository-layout(5)."""


def refuse_borrowed_objects(path: str) -> None:
    """Refuse a repository whose objects are outside of it, if there is one at a path.

    Args:
        path: The path of the URL, percent-encoded.

    Raises:
        ForbiddenUrl: If an alternate, or the object store itself, leads out of the repository.
        SourceError: If it has a `.git` file that names no repository.
    """
    for suffix in _SUFFIXES:
        layout = find_repository(Path(unquote(path) + suffix))
        if layout is None:
            continue
        home = Path(os.path.realpath(layout.common_dir))
        for store in with_alternates(layout.common_dir / "objects"):
            if not store.is_relative_to(home):
                raise ForbiddenUrl(
                    f"The repository {quoted_path(layout.common_dir)} has objects of another directory.",
                    hint="Run `git repack -a -d` in it, then remove objects/info/alternates.",
                )
