"""Make archives with their own libraries, and hostile ones by hand."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import sys
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from beca_core.report import Skipped
from beca_core.sources.archives.walk import members
from beca_core.sources.limits import Limits, Stop

if sys.version_info >= (3, 14):
    from compression import zstd as zstd
else:
    from backports import zstd as zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

STORED, DEFLATED, BZ2, LZMA, ZST, XZ, DEFLATE64, AES = 0, 8, 12, 14, 93, 95, 9, 99


@dataclass(frozen=True)
class Opened:
    """The members of an archive, and what was skipped."""

    contents: dict[bytes, bytes]
    skipped: list[tuple[str, str]]


def opened(archive: bytes | BinaryIO, limits: Limits | None = None, stop: Stop | None = None) -> Opened:
    """Open an archive whose blob has the id `id`. Each member may occur only once."""
    contents: dict[bytes, bytes] = {}
    skipped = []
    file = io.BytesIO(archive) if isinstance(archive, bytes) else archive
    for item in members(file, limits or Limits(), stop or Stop(600), "id"):
        if isinstance(item, Skipped):
            skipped.append((item.id, item.reason))
        else:
            assert item.id == "id"
            assert item.member not in contents
            contents[item.member] = item.data
    return Opened(contents, skipped)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def streamed_zip(files: Mapping[str, bytes]) -> bytes:
    """Make a zip as for a pipe: sizes come after the members, and local headers lack them."""

    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return pipe.written


@dataclass(frozen=True)
class Member:
    """A member of a zip; every field can be false. Without `crc`, its checksum is that of its bytes in the zip."""

    name: bytes
    packed: bytes
    method: int = STORED
    size: int = 0
    flags: int = 0
    offset: int | None = None
    crc: int | None = None
    is_large: bool = False


def raw_zip(parts: Iterable[Member], *, comment: bytes = b"", zip64: bool = False) -> bytes:
    """Make a zip by hand. A part with an offset is only listed in the directory, at that offset."""
    body, directory, count = b"", b"", 0
    for part in parts:
        offset = len(body) if part.offset is None else part.offset
        packed, size, extra, version = len(part.packed), part.size, b"", 20
        if part.is_large:
            extra = struct.pack("<2H2Q", 1, 16, size, packed)
            packed = size = 0xFFFFFFFF
        crc = zlib.crc32(part.packed) if part.crc is None else part.crc
        common = (version, part.flags, part.method, 0, 0, crc, packed, size, len(part.name), len(extra))
        if part.offset is None:
            body += struct.pack("<4s5H3L2H", b"PK\3\4", *common) + part.name + extra + part.packed
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *common, 0, 0, 0, 0, offset) + part.name + extra
        count += 1
    end = b""
    place = count, count, len(directory), len(body)
    if zip64:
        end += struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *place)
        end += struct.pack("<4sLQL", b"PK\6\7", 0, len(body) + len(directory), 1)
        place = 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *place, len(comment))
    return body + directory + end + comment


def deflated(data: bytes) -> bytes:
    """Compress as in a zip."""
    return zlib.compress(data, 9)[2:-4]


def deflated_zeros(size: int) -> bytes:
    """Compress so many zeros, a multiple of 1 MiB, without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(1024 * 1024)
    return b"".join([*(packer.compress(zeros) for _ in range(size // len(zeros))), packer.flush()])


def gz(data: bytes, name: bytes = b"") -> bytes:
    """Make a gz, with a file name in its header if there is one."""
    packed = gzip.compress(data, mtime=0)
    return packed[:3] + b"\x08" + packed[4:10] + name + b"\0" + packed[10:] if name else packed


def lzma_in_zip(data: bytes) -> bytes:
    """Compress as in a zip that has the sizes of its members."""
    packed = zipped({"x": data}, zipfile.ZIP_LZMA)
    return packed[31 : packed.index(b"PK\1\2")]


def tarred(files: Mapping[str, bytes], format: int = tarfile.GNU_FORMAT) -> bytes:  # noqa: A002
    """Make a tar."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def tar_header(name: bytes, size: int = 0, kind: bytes = b"0", sparse: int = 0) -> bytes:
    """Make a GNU header by hand."""
    block = bytearray(512)
    block[: len(name)] = name
    block[124:136] = b"%011o\0" % size if 0 <= size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    block[156:157] = kind
    block[257:265] = b"ustar  \0"
    block[482] = sparse
    return with_checksum(block)


def with_checksum(block: bytearray) -> bytes:
    """Put the right checksum into a header."""
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    """Fill up to whole blocks of a tar."""
    return data + bytes(-len(data) % 512)


def _compressed(pack: Callable[[bytes], bytes]) -> Callable[[Mapping[str, bytes]], bytes]:
    return lambda files: pack(tarred(files))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gz,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
}
"""Functions that compress one content, by suffix."""

CONTAINERS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "zip": zipped,
    "tar": tarred,
    **{f"tar.{suffix}": _compressed(pack) for suffix, pack in PACKERS.items()},
}
"""Functions that make an archive of many members, by suffix."""
