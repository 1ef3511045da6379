"""Archives: their members are scanned as if they were files beside the archive.

`is_archive` looks at the first and the last bytes only, and may be wrong. `walk.members` looks closer, and
distinguishes three cases:

*Not an archive*: nothing is yielded, since the bytes themselves are scanned anyway. A content is an archive if it is

- a zip with a central directory, or at least with a sound first local header;
- a tar whose first header has the right checksum;
- a gz, bz2, xz or zst whose header is sound and whose first bytes can be decompressed (64 of a gz, one of a zst);
- an ar whose first header is sound;
- a script that is followed by such a gz, bz2, xz or zst;
- anything else, a program for example, that is followed by a zip with a central directory.

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

from beca_core.sources.archives.unopened import BEGINNINGS

HEAD_BYTES: Final = 512
TAIL_BYTES: Final = 22 + 65535
"""Size of a zip's end record with the longest comment (PKWARE's APPNOTE.TXT 6.3.10, 4.3.16)."""
SCRIPT: Final = b"#!"
"""How a script begins."""
_MAGIC: Final = frozenset(
    {b"PK\3\4", b"\xfd7zX", b"\x28\xb5\x2f\xfd", b"!<ar"}
    | {b"\x1f\x8b\x08%c" % flags for flags in range(32)}
    | {b"BZh%d" % level for level in range(1, 10)}
    | {b"%c\x2a\x4d\x18" % kind for kind in range(0x50, 0x60)}
)
_ZIP_END: Final = b"PK\5\6"
_PROGRAMS: Final = frozenset((SCRIPT, b"MZ", b"\x7fE"))
_PAYLOADS: Final = (b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"1AY&SY")
_BEGINNINGS: Final = (
    BEGINNINGS
    | {magic[:3] for magic in _MAGIC}
    | {b"%s%c" % (program, third) for program in _PROGRAMS for third in range(256)}
)


def may_be_container(data: bytes) -> bool:
    """Return False for most contents for which both `is_archive` and `is_unopened` do; it costs next to nothing.

    Args:
        data: The whole content.
    """
    return data[:3] in _BEGINNINGS or data[-22:-18] == _ZIP_END or data[154:156] == b"\0 " or data[257:262] == b"ustar"


def is_archive(data: bytes) -> bool:
    """Return whether a content begins or ends like an archive: zip, tar, gz, bz2, xz, zst or ar.

    Only programs and scripts are searched for what follows them; all others cost next to nothing.

    Args:
        data: The whole content; or its first `HEAD_BYTES` bytes or more, and its last `TAIL_BYTES` bytes.
    """
    return data[-22:-18] == _ZIP_END or data[154:156] == b"\0 " or is_archive_without_nul(data)


def is_archive_without_nul(data: bytes) -> bool:
    """Return the same for a whole content of less than 16 MiB in which there is no NUL.

    Such a content does not end with a zip: the end record of a zip has offset and size of its directory in four bytes.
    """
    return data[257:262] == b"ustar" or (data[:3] in _BEGINNINGS and _is_archive_or_program(data))


def _is_archive_or_program(data: bytes) -> bool:
    if data[:2] not in _PROGRAMS:
        return data[:4] in _MAGIC
    if b"\0" in data and data.find(_ZIP_END, -TAIL_BYTES) >= 0:  # most scripts have none, and that is quick to see
        return True
    return data.startswith(SCRIPT) and has_payload(data)


def has_payload(data: bytes) -> bool:
    """Return whether a gz, bz2, xz or zst may begin in a script, or in a part of one."""
    return not data.isascii() and any(payload in data for payload in _PAYLOADS)
