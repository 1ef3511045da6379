"""Keeping a fetched repository up to date, so that it always is what fetching it anew would make.

A mirror that is fetched into piles up what the remote has no more: after a force-push the old commits lie there still,
with all that was to be removed by it. Whether a scan reports them must not depend on how old the mirror is. So git
packs anew, without them, whenever a ref has left something behind; and also when there are many packs, one for
each fetch.
"""

from __future__ import annotations

import contextlib
import tempfile
from typing import TYPE_CHECKING, Final

from beca_core.sources.git.store_layout import find_packs
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from beca_core.sources.git.remote.fetch import Remote

MAX_PACKS: Final = 50
"""With more packs than this, all become one."""

_HEAD_BYTES: Final = 4096
_REPACK: Final = ("repack", "-a", "-d", "-n", "--quiet", "--no-write-bitmap-index", "--window=0")
"""Whatever no ref leads to is left out; deltas are kept as they are, and no new ones looked for."""


def make_mirror(remote: Remote, mirror: Path) -> None:
    """Fetch everything into a new bare repository.

    Args:
        remote: What to fetch.
        mirror: Where the repository is made; must not exist.

    Raises:
        FetchFailed: If it cannot be fetched, or is too large.
        DeadlineExceeded: If the time is over before the end.
    """
    remote.fetch(mirror)
    _pack_refs(remote, mirror)


def is_current(remote: Remote, mirror: Path) -> bool:
    """Whether a mirror has all refs of the remote as they are now, so that there is nothing to fetch.

    Raises:
        FetchFailed: If git refuses the mirror.
        DeadlineExceeded: If the time is over.
    """
    if remote.advertised.is_empty or remote.advertised.detached_head:
        return False
    return _head(mirror) == remote.advertised.head_branch and _refs(remote, mirror) == remote.advertised.refs


def update_mirror(remote: Remote, mirror: Path) -> None:
    """Fetch what is new, and remove what is gone; where this fails, the mirror is of no use any more.

    Args:
        remote: What to fetch; not empty.
        mirror: What `make_mirror` has made of the same remote.

    Raises:
        FetchFailed: If it cannot be fetched, the whole is too large, or git refuses the mirror.
        DeadlineExceeded: If the time is over before the end.
    """
    before = set(_refs(remote, mirror).values())
    remote.receive(mirror, "--prune")
    lost = before.difference(_refs(remote, mirror).values())
    if len(find_packs(mirror / "objects")) > MAX_PACKS or (lost and _have_left_something(remote, mirror, lost)):
        with remote.git(mirror, *_REPACK) as process:
            remote.finish(process)
        remote.check_size(mirror)
    _pack_refs(remote, mirror)


def _pack_refs(remote: Remote, mirror: Path) -> None:
    """Put all refs into one file; a repository can have more pull requests than files."""
    remote.output(mirror, "pack-refs", "--all", "--prune")


def _head(mirror: Path) -> str | None:
    """The branch that HEAD names."""
    with contextlib.suppress(OSError):
        content = (read_regular(mirror / "HEAD", _HEAD_BYTES) or b"").decode("utf-8", "replace")
        return content.removeprefix("ref: ").rstrip("\n") if content.startswith("ref: ") else None
    return None


def _refs(remote: Remote, mirror: Path) -> dict[str, str]:
    """The object that each ref names, by the ref's whole name."""
    lines = remote.output(mirror, "for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    return {name: value for value, _, name in (line.partition(" ") for line in lines)}


def _have_left_something(remote: Remote, mirror: Path, lost: Collection[str]) -> bool:
    """Whether objects that refs named have left behind something to which no ref leads any more."""
    with tempfile.TemporaryFile() as starts:
        starts.write("".join(f"{object_id}\n" for object_id in lost).encode())
        starts.seek(0)
        command = ("rev-list", "--objects", "--no-object-names", "--stdin", "--not", "--all")
        with remote.git(mirror, *command, stdin=starts) as process:
            if process.stdout.readline():
                return True
            remote.finish(process)
    return False
