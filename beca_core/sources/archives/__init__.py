"""Archives: their members are scanned as if they were files beside the archive.

`is_archive` looks at the first bytes only, and may be wrong. `walk.members` looks closer, and distinguishes three
cases:

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

from typing import Final

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
