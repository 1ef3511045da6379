"""Keeping a mirror up to date, so that it is always equal to a fresh fetch.

A mirror that is only fetched into accumulates what the remote no longer has: after a force-push it still has the old
commits, with everything that the push was meant to remove. Whether a scan reports them must not depend on the age of
the mirror. So git repacks the mirror without them whenever objects have become unreachable. It also repacks when there
are many packs, since each fetch adds one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING, Final

from beca_core.sources.git.store_layout import find_packs
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from beca_core.sources.git.remote.fetch import RemoteRepository

MAX_PACKS: Final = 50
"""With more packs than this, all are repacked into one."""

_HEAD_BYTES: Final = 4096
_REPACK: Final = ("repack", "-a", "-d", "-n", "--quiet", "--no-write-bitmap-index", "--window=0")
"""Leaves out unreachable objects, and keeps existing deltas: a window of 0 looks for no new ones."""


def make_mirror(remote: RemoteRepository, mirror: Path) -> None:
    """Fetch everything into a new bare repository.

    Args:
        remote: What to fetch.
        mirror: Where the repository is made; must not exist.

    Raises:
        FetchFailed: If it cannot be fetched, or is too large.
        DeadlineExceeded: If the time runs out.
    """
    remote.fetch(mirror)
    _pack_refs(remote, mirror)


def is_current(remote: RemoteRepository, mirror: Path) -> bool:
    """Whether a mirror has the same refs as the remote, so that there is nothing to fetch.

    Raises:
        FetchFailed: If git cannot read the mirror.
        DeadlineExceeded: If the time runs out.
    """
    if remote.advertised.is_empty or remote.advertised.detached_head:
        return False
    return _head(mirror) == remote.advertised.head_branch and _refs(remote, mirror) == remote.advertised.refs


def is_shallow(mirror: Path) -> bool:
    """Whether a mirror lacks older history because the remote did; fetching into it does not add what it lacks."""
    return os.path.lexists(mirror / "shallow")


def update_mirror(remote: RemoteRepository, mirror: Path) -> None:
    """Fetch what is new, and remove what the remote no longer has; if this fails, the mirror must not be used again.

    Args:
        remote: What to fetch; not empty.
        mirror: A mirror of the same remote, made by `make_mirror`.

    Raises:
        FetchFailed: If it cannot be fetched, the mirror becomes too large, or git cannot read it.
        DeadlineExceeded: If the time runs out.
    """
    before = set(_refs(remote, mirror).values())
    remote.receive(mirror, "--prune")
    removed = before.difference(_refs(remote, mirror).values())
    if len(find_packs(mirror / "objects")) > MAX_PACKS or (removed and _reach_unreachable(remote, mirror, removed)):
        with remote.git(mirror, *_REPACK) as process:
            remote.finish(process)
        remote.check_size(mirror)
    _pack_refs(remote, mirror)


def _pack_refs(remote: RemoteRepository, mirror: Path) -> None:
    """Put all refs into one file; a repository can have more pull requests than files."""
    remote.output(mirror, "pack-refs", "--all", "--prune")


def _head(mirror: Path) -> str | None:
    """Return the branch that HEAD names."""
    with contextlib.suppress(OSError):
        content = (read_regular(mirror / "HEAD", _HEAD_BYTES) or b"").decode("utf-8", "replace")
        return content.removeprefix("ref: ").rstrip("\n") if content.startswith("ref: ") else None
    return None


def _refs(remote: RemoteRepository, mirror: Path) -> dict[str, str]:
    """Return the object that each ref names, by the ref's full name."""
    lines = remote.output(mirror, "for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    return {name: value for value, _, name in (line.partition(" ") for line in lines)}


def _reach_unreachable(remote: RemoteRepository, mirror: Path, tips: Collection[str]) -> bool:
    """Whether any object that is reachable from former tips is no longer reachable from a ref."""
    with tempfile.TemporaryFile() as starts:
        starts.write("".join(f"{object_id}\n" for object_id in tips).encode())
        starts.seek(0)
        command = ("rev-list", "--objects", "--no-object-names", "--stdin", "--not", "--all")
        with remote.git(mirror, *command, stdin=starts) as process:
            if process.stdout.readline():
                return True
            remote.finish(process)
    return False
