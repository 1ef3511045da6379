"""Archives: their members are scanned as if they were files beside the archive.

`is_archive` looks at the first bytes only, and may be wrong. `members` looks closer, and distinguishes three cases:

*Not an archive*: nothing is yielded, since the bytes themselves are scanned anyway. A content is an archive if it is

- a zip with a central directory, or at least with a sound first local header;
- a tar whose first header has the right checksum;
- a gz, bz2, xz or zst whose header is sound and whose first bytes can be decompressed (64 of a gz, one of a zst).

*A damaged archive* cannot be read to its end, or is truncated. What can be read before the damage is yielded, then a
`Skipped` with the reason `unreadable`. A member with a wrong checksum is yielded in whole, then reported the same way.

*An archive* is read to its end, or to a limit.

The end of an archive is where tools see it: a tar may lack its last two empty blocks, and bytes after a compressed
stream that do not begin another stream are ignored. They are scanned as a part of the raw bytes.

Nothing is written to disk and no link is followed. Directories, links and devices have no content, so they are not
yielded; they count as members. Names are the bytes that the archive has, whatever they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.report import Skipped
    from beca_core.sources.contracts import Blob
    from beca_core.sources.limits import Limits, Stop

HEAD_BYTES: Final = 512
_MAGIC: Final = frozenset(
    {b"PK\3\4", b"\xfd7zX", b"\x28\xb5\x2f\xfd"}
    | {b"\x1f\x8b\x08%c" % flags for flags in range(32)}
    | {b"BZh%d" % level for level in range(1, 10)}
    | {b"%c\x2a\x4d\x18" % kind for kind in range(0x50, 0x60)}
)


def is_archive(head: bytes) -> bool:
    """Return whether a content begins like an archive: zip, tar, gz, bz2, xz or zst.

    Args:
        head: The first `HEAD_BYTES` bytes or more, or the whole content if it is shorter.
    """
    return head[:4] in _MAGIC or head[257:262] == b"ustar" or head[154:156] == b"\0 "


def members(file: BinaryIO, limits: Limits, stop: Stop, blob_id: str) -> Iterator[Blob | Skipped]:
    """Yield the members of an archive, and those of archives in it; nothing if it is not an archive after all.

    Each member is read into memory when it is asked for, one at a time. Of an archive in an archive, its own bytes are
    yielded first. The tar in a `tar.gz` and the like is not yielded: it need not fit into memory.

    Args:
        file: Seekable, read from its start, not closed. It may change or fail while it is read.
        limits: `max_blob_bytes` bounds each member. `archive_depth`, `archive_members` and `archive_bytes` bound the
            whole archive; what exceeds them is skipped as `archive-limit`. With a depth of 0 nothing is opened, and
            nothing counts as skipped.
        stop: Asked while reading. Once there is a reason, the current member is skipped for it, and nothing follows.
        blob_id: Id of the archive's blob. Each blob has it as `id` and the path within the archive as `member`. The id
            of a `Skipped` is `blob_id!member`, or names the archive whose remaining members are not known.
    """
    from beca_core.sources.archives.walk import Walk

    if limits.archive_depth > 0:
        yield from Walk(limits, stop, blob_id).open(file)
