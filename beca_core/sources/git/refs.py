"""Copying a repository's refs: regular files only, each checked here or parsed by git later."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError, quoted_path
from beca_core.system.lazy_regexp import lazy
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from beca_core.sources.git.config import RepositoryFormat
    from beca_core.sources.git.layout import RepositoryLayout

_REF_BYTES: Final = 4096
_TABLE_BYTES: Final = 256 * 1024 * 1024
_SHALLOW_BYTES: Final = 64 * 1024 * 1024
_HEAD: Final = lazy(rb"(ref:[ \t]*refs/[^\0-\x20\x7f]+|[0-9a-f]{40}|[0-9a-f]{64})\s*")
_NAME: Final = rb"refs(?:/[0-9A-Za-z_](?:[0-9A-Za-z_+-]|\.(?!\.|/|lock/|lock\Z|\Z))*)+"
"""Matches only names that git accepts and that have one meaning."""
_PLAIN_NAME: Final = lazy(_NAME)
_PLAIN_LINK: Final = lazy(rb"ref: (%s)\n?" % _NAME)
_PACKED_HEAD: Final = b"# pack-refs with:"
_PACKED: Final = lazy(rb"([0-9a-f]+) (%s)" % _NAME)
_PEELED: Final = lazy(rb"\^[0-9a-f]+")
_NO_HEAD: Final = b"ref: refs/heads/.invalid\n"
"""Names a branch that cannot exist; git itself writes this where HEAD is not stored in a file."""


def copy_head(git_dir: Path, target: Path) -> bool:
    """Copy HEAD, which may be missing, and return whether it is valid."""
    try:
        content = _head_content(git_dir / "HEAD")
    except FileNotFoundError:
        content = _NO_HEAD
    except OSError:
        content = b""
    is_valid = _HEAD.fullmatch(content) is not None
    (target / "HEAD").write_bytes(content if is_valid else _NO_HEAD)
    return is_valid


def read_head(git_dir: Path) -> bytes:
    """Return the full name of the ref that a copy of HEAD names, or the object id in it."""
    return (git_dir / "HEAD").read_bytes().removeprefix(b"ref:").strip()


def copy_shallow(common_dir: Path, target: Path, id_length: int) -> tuple[str, ...]:
    """Copy the list of commits at which a shallow clone ends, and return it.

    Raises:
        SourceError: If there is a list, but it cannot be read.
    """
    try:
        content = read_regular(common_dir / "shallow", _SHALLOW_BYTES)
    except FileNotFoundError:
        return ()
    except OSError:
        content = None
    if content is None:
        raise SourceError(f"The list of shallow commits {quoted_path(common_dir / 'shallow')} cannot be read.")
    commits = tuple(line.decode() for line in content.split() if _is_id(line, id_length))
    (target / "shallow").write_text("".join(f"{commit}\n" for commit in commits))
    return commits


def copy_refs(layout: RepositoryLayout, target: Path, repository_format: RepositoryFormat) -> dict[bytes, bytes] | None:
    """Copy all refs. A ref that cannot be read, or is too large, is left out, as git ignores broken refs.

    Writing a file for each ref is slow, so refs with plain names that name objects are written to `packed-refs`.

    Returns:
        The object ids that they name, by their names, in the order of names; None: git has to list them.

    Raises:
        SourceError: If this is a linked work tree of a repository in the reftable format, or its refs are too large.
    """
    if repository_format.has_reftable:
        if layout.git_dir != layout.common_dir:
            raise SourceError(
                f"The linked work tree {quoted_path(layout.git_dir)} cannot be read: its refs are stored as reftable.",
                hint="Give the path of the main work tree.",
            )
        for name, content in _files(layout.common_dir, "reftable", _TABLE_BYTES):
            _store(target, name, content)
        return None
    loose: dict[bytes, bytes] = {}
    others: dict[bytes, bytes] = {}
    for name, content in _files(layout.common_dir, "refs", _REF_BYTES):
        if _PLAIN_NAME.fullmatch(name) and _is_id(content.rstrip(b"\n"), repository_format.id_length):
            loose[name] = content.rstrip(b"\n")
        else:
            others[name] = content
    if layout.git_dir != layout.common_dir:
        others.update(_files(layout.git_dir, "refs", _REF_BYTES))
    for name, content in others.items():
        _store(target, name, content)
    packed = _merged(_packed_refs(layout.common_dir), loose)
    (target / "packed-refs").write_bytes(packed)
    return _parsed(packed, others, repository_format.id_length)


def detached_heads(layout: RepositoryLayout, id_length: int) -> Iterator[bytes]:
    """Yield the object ids in the detached HEADs of linked work trees."""
    for head in sorted((layout.common_dir / "worktrees").glob("*/HEAD")):
        with contextlib.suppress(OSError):
            content = (read_regular(head, _REF_BYTES) or b"").strip()
            if _is_id(content, id_length):
                yield content


def _head_content(head: Path) -> bytes:
    """Return the content of HEAD; old versions of git made it a symbolic link to a branch."""
    if head.is_symlink():
        return b"ref: " + os.fsencode(head.readlink())
    return read_regular(head, _REF_BYTES) or b""


def _is_id(text: bytes, length: int) -> bool:
    return len(text) == length and re.fullmatch(rb"[0-9a-f]+", text) is not None


def _packed_refs(common_dir: Path) -> bytes:
    content: bytes | None = b""
    with contextlib.suppress(OSError):
        content = read_regular(common_dir / "packed-refs", _TABLE_BYTES)
    if content is None:
        path = quoted_path(common_dir / "packed-refs")
        raise SourceError(f"The packed refs {path} take more than {_TABLE_BYTES:,} bytes.")
    return content


def _merged(packed: bytes, loose: Mapping[bytes, bytes]) -> bytes:
    """Return packed refs and loose ones, which take precedence, in the format of git-pack-refs(1)."""
    if not loose:
        return packed
    kept, is_replaced = [], False
    for line in packed.split(b"\n"):
        if not line or line.startswith(b"#"):  # the header comment would promise sorted lines
            continue
        if not line.startswith(b"^"):  # such a line belongs to the ref before it
            is_replaced = line.partition(b" ")[2] in loose
        if not is_replaced:
            kept.append(line)
    kept += (b"%s %s" % (object_id, name) for name, object_id in loose.items())
    return b"\n".join([*kept, b""])


def _parsed(packed: bytes, others: Mapping[bytes, bytes], id_length: int) -> dict[bytes, bytes] | None:
    """Return what `git for-each-ref` would list, or None if anything is not written as git writes it."""
    lines = packed.split(b"\n")
    if lines.pop():  # the last line is incomplete
        return None
    if lines and lines[0].startswith(_PACKED_HEAD):
        del lines[0]
    found: dict[bytes, bytes] = {}
    for line in lines:
        if _PEELED.fullmatch(line):
            continue
        entry = _PACKED.fullmatch(line)
        if entry is None or len(entry[1]) != id_length or entry[2] in found:
            return None
        found[entry[2]] = entry[1]
    for name, content in others.items():
        link = _PLAIN_LINK.fullmatch(content)
        if link is None or link[1] in others or link[1] not in found or not _PLAIN_NAME.fullmatch(name):
            return None
        found[name] = found[link[1]]
    return dict(sorted(found.items()))


def _files(root: Path, directory: str, limit: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the path relative to the root, and the content, of each readable regular file under a directory."""
    waiting = [directory]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(root / parent) as entries:
            for entry in entries:
                name = f"{parent}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(name)
                else:
                    with contextlib.suppress(OSError):
                        content = read_regular(entry.path, limit)
                        if content is not None:
                            yield os.fsencode(name), content


def _store(target: Path, name: bytes, content: bytes) -> None:
    path = target / os.fsdecode(name)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
