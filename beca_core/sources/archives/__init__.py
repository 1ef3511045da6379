"""Archives: what lies in them is scanned as if it lay beside them.

`is_archive` looks at the first bytes only, and may be wrong. `members` looks closer, and tells three cases apart:

*Not an archive*: nothing is yielded, since the bytes themselves are scanned anyway. A zip is one if it has a central
directory, or at least a sound first local header; a tar if the checksum of its first header is right; a gz, bz2, xz or
zst if its header is sound and what follows can be decompressed: of a gz the first 64 bytes, of a zst the first byte.

*A damaged archive* is an archive that cannot be read to its end, or is cut off. What can be read before the damage is
yielded, then a `Skipped` with the reason `unreadable`. So is a content whose checksum is wrong, and yielded in whole.

*An archive*: one that is read to its end, or to a limit.

Ends of archives are taken as tools take them: a tar may lack its last two empty blocks, and what follows the end of a
compressed stream and begins no other stream is ignored; it is scanned as a part of the raw bytes.

Nothing is written to disk and no link is followed. Of directories, links and devices only the name is in an archive,
so they are not yielded; they count as members. Names are bytes as they stand there, whatever they say.
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
    """Whether something begins as an archive does: zip, tar, gz, bz2, xz or zst.

    Args:
        head: The first `HEAD_BYTES` bytes, or more, or all there are.
    """
    return head[:4] in _MAGIC or head[257:262] == b"ustar" or head[154:156] == b"\0 "


def members(file: BinaryIO, limits: Limits, stop: Stop, blob_id: str) -> Iterator[Blob | Skipped]:
    """Yield the members of an archive, and those of archives in it; nothing if it is no archive after all.

    Each is read into memory, one at a time; the next one is read when it is asked for. Of an archive in an archive
    first its own bytes are yielded. Of `tar.gz` and the like the tar itself is not: it need not fit into memory.

    Args:
        file: Seekable, read from its begin, not closed. It may change or fail meanwhile.
        limits: `max_blob_bytes` bounds each member. `archive_depth`, `archive_members` and `archive_bytes` bound the
            whole, with the reason `archive-limit`; a depth of 0 opens nothing, and nothing counts as skipped.
        stop: Asked all the while; when there is a reason, what was being read is skipped for it, and nothing follows.
        blob_id: Id of the archive's blob. Blobs have it as their `id` and say the path within as `member`; the id of
            `Skipped` is `blob_id!member`, or names the archive whose remaining members are not known.
    """
    from beca_core.sources.archives.walk import Walk

    if limits.archive_depth > 0:
        yield from Walk(limits, stop, blob_id).open(file)
