"""Formats that are not opened, recognised by their first bytes. What is compressed in them is not read.

Formats whose content need not be compressed count too. The magics are those of the documents that define the formats:
"RAR 5.0 archive format", [MS-CAB], the Linux Standard Base, ISO 32000, gitformat-bundle(5), gitformat-pack(5), the
format descriptions of lz4, lzip, lzma, snappy and qcow2, the documentation of Linux on file systems, and the
specifications of Parquet, Avro, HDF5 and SWF; for the others, what their own tools write.
"""

from __future__ import annotations

from typing import Final

_LZMA_DICTIONARIES: Final = tuple((1 << bit).to_bytes(2, "little") for bit in range(16))
_MAGICS: Final = {
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "avro": (b"Obj\1",),
    "cab": (b"MSCF\0\0\0\0",),
    "chm": (b"ITSF\3\0\0\0",),
    "compress": tuple(b"\x1f\x9d%c" % (bits | blocks) for bits in range(9, 17) for blocks in (0, 0x80)),
    "cramfs": (b"\x45\x3d\xcd\x28",),
    "git bundle": (b"# v2 git bundle\n", b"# v3 git bundle\n"),
    "git pack": (b"PACK\0\0\0\2", b"PACK\0\0\0\3"),
    "hdf5": (b"\x89HDF\r\n\x1a\n",),
    "lrzip": (b"LRZI\0",),
    "lz4": (b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"),
    "lzip": (b"LZIP\0", b"LZIP\1"),
    "lzma": tuple(b"\x5d\0\0" + size for size in _LZMA_DICTIONARIES),
    "lzop": (b"\x89LZO\0\r\n\x1a\n",),
    "parquet": (b"PAR1\x15",),
    "pdf": (b"%PDF-",),
    "postgresql dump": (b"PGDMP\1",),
    "qcow2": (b"QFI\xfb",),
    "rar": (b"Rar!\x1a\x07",),
    "redis dump": (b"REDIS00",),
    "rpm": (b"\xed\xab\xee\xdb",),
    "snappy": (b"\xff\x06\0\0sNaPpY",),
    "squashfs": (b"hsqs", b"sqsh"),
    "swf": tuple(b"%cWS%c" % (kind, version) for kind in b"CZ" for version in range(6, 32)),
    "vmdk": (b"KDMV",),
    "wim": (b"MSWIM\0\0\0",),
    "xar": (b"xar!\0",),
}
_ALL: Final = tuple(magic for magics in _MAGICS.values() for magic in magics)
BEGINNINGS: Final = frozenset(magic[:3] for magic in _ALL)
"""The first three bytes of each."""


def is_unopened(head: bytes) -> bool:
    """Return whether a content has one of these formats.

    Args:
        head: Its first 16 bytes or more, or the whole content if it is shorter.
    """
    return head[:3] in BEGINNINGS and head.startswith(_ALL)
