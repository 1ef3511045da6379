"""Files that hold one compressed content: gz, bz2, xz and zst, and tars in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from isal import isal_zlib

from beca_core.sources.archives import codecs, tar
from beca_core.sources.archives.content import (
    DamagedArchive,
    Entry,
    NotAnArchive,
    PeekedContent,
    Truncated,
    read_exactly,
    skip_by_reading,
)
from beca_core.sources.archives.streams import Inflated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.archives.codecs import Codec
    from beca_core.sources.archives.content import Allowance, FileWindow

UNKNOWN_NAME: Final = b"data"
_STREAM_COST: Final = 4096
_PADDING_STEP: Final = 512
_NAME_BYTES: Final = 64 * 1024
_GZ_FLAG_CRC, _GZ_FLAG_EXTRA, _GZ_FLAG_NAME, _GZ_FLAG_COMMENT = 2, 4, 8, 16
_GZ_FLAGS_RESERVED: Final = 0xE0
_GZ_TRAILER: Final = 8
_XZ_HEADER: Final = 12


class CompressionFormat(NamedTuple):
    """A file format that holds compressed streams, one after the other.

    Args:
        suffix: What its tools append to a file's name.
        magic: The bytes with which a stream may begin.
        codec: How the streams are compressed.
        proof: How many decompressed bytes prove the format, so that an error after them is damage.
    """

    suffix: bytes
    magic: tuple[bytes, ...]
    codec: Codec
    proof: int = 0


_GZ: Final = CompressionFormat(b".gz", (b"\x1f\x8b\x08",), codecs.DEFLATE, proof=64)
_XZ: Final = CompressionFormat(b".xz", (b"\xfd7zXZ\0",), codecs.XZ)
_BZ2: Final = CompressionFormat(
    b".bz2",
    tuple(b"BZh%d%s" % (level, block) for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")),
    codecs.BZ2,
)
_ZST_FRAME: Final = b"\x28\xb5\x2f\xfd"
_ZST_SKIPPABLE: Final = tuple(b"%c\x2a\x4d\x18" % kind for kind in range(0x50, 0x60))
_ZST: Final = CompressionFormat(b".zst", (_ZST_FRAME, *_ZST_SKIPPABLE), codecs.ZST, proof=1)
_FORMATS: Final = (_GZ, _XZ, _BZ2, _ZST)


class Streams:
    """The joined content of all streams in a compressed file.

    Args:
        source: The compressed bytes.
        format: Their format.
        allowance: Charged for the decompressed bytes, and a fixed cost for each stream.

    Raises:
        NotAnArchive: If the first header is not sound.
    """

    def __init__(self, source: FileWindow, format: CompressionFormat, allowance: Allowance) -> None:  # noqa: A002
        self._source = source
        self._format = format
        self._allowance = allowance
        self.name = b""
        self.opened = self._crc = 0
        self._at_end = False
        if format is _ZST:
            _skip_frames(source, allowance)
        self._stream = self._open()

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end."""
        while not self._at_end:
            if data := self._stream.read(size):
                if self._format is _GZ:
                    self._crc = isal_zlib.crc32(data, self._crc)
                return data
            self._at_end = not self._has_another()
            if not self._at_end:
                self._stream = self._open()
        return b""

    def skip(self, size: int) -> None:
        """Skip so many bytes by reading them."""
        skip_by_reading(self, size)

    def is_proven(self, decompressed: int) -> bool:
        """Return whether so many decompressed bytes prove that the file has this format."""
        return self.opened > 1 or decompressed >= self._format.proof

    def _has_another(self) -> bool:
        if self._format is _GZ:
            trailer = read_exactly(self._source, _GZ_TRAILER)
            if int.from_bytes(trailer[:4], "little") != self._crc:
                raise DamagedArchive
        head = b""
        while not head:  # zeros that pad to a block of a disk or a tape
            begin = self._source.position
            data = self._source.read(_PADDING_STEP)
            head = data.lstrip(b"\0")
            if not data:
                return False
        self._source.position = begin + len(data) - len(head)
        return head.startswith(self._format.magic)

    def _open(self) -> Inflated:
        self._allowance.take(_STREAM_COST)
        self.opened += 1
        self._crc = 0
        if self._format is _GZ:
            self.name = self.name or _gz_header(self._source)
        elif self._format is _XZ:
            _check_xz_header(self._source)
        return Inflated(self._source, self._format.codec, self._allowance)


def streams_of(source: FileWindow, codec: Codec, allowance: Allowance) -> Streams:
    """Read a content that is known to be compressed by a codec."""
    (known,) = (known for known in _FORMATS if known.codec is codec)
    return Streams(source, known, allowance)


def is_compressed(head: bytes) -> bool:
    """Return whether a content begins with the magic of a compressed file."""
    return any(head.startswith(known.magic) for known in _FORMATS)


def entries(source: FileWindow, head: bytes, outer: bytes, allowance: Allowance) -> Iterator[Entry]:
    """Yield the one entry of a compressed file, or those of the tar in it.

    Args:
        source: The file.
        head: Its first bytes.
        outer: Its name, empty if it is not known.
        allowance: Bounds what is read.

    Raises:
        NotAnArchive: If it is not such a file.
        DamagedArchive: If a tar in it cannot be read further.
    """
    format = next(format for format in _FORMATS if head.startswith(format.magic))  # noqa: A001
    streams = Streams(source, format, allowance)
    begin = _first_block(streams)
    if tar.is_header(begin):
        yield from tar.entries(streams, begin, allowance)
    else:
        yield Entry(streams.name or _shortened(outer, format.suffix), PeekedContent(begin, streams))


def _first_block(streams: Streams) -> bytes:
    begin = b""
    try:
        while len(begin) < tar.BLOCK_BYTES and (data := streams.read(tar.BLOCK_BYTES - len(begin))):
            begin += data
    except Truncated:
        pass
    except DamagedArchive as error:
        if not streams.is_proven(len(begin)) and error.reason == DamagedArchive.reason:
            raise NotAnArchive from error
    return begin


def _shortened(outer: bytes, suffix: bytes) -> bytes:
    name = outer.rpartition(b"/")[2]
    return (name[: -len(suffix)] if name.lower().endswith(suffix) else b"") or UNKNOWN_NAME


def _gz_header(source: FileWindow) -> bytes:
    """Read a member header (RFC 1952, 2.3) and return the file name in it; empty: it has none."""
    header = source.read(10)
    if len(header) < 10 or header[3] & _GZ_FLAGS_RESERVED:
        raise NotAnArchive
    if header[3] & _GZ_FLAG_EXTRA:
        source.skip(int.from_bytes(source.read(2), "little"))
    name = _zero_terminated(source) if header[3] & _GZ_FLAG_NAME else b""
    if header[3] & _GZ_FLAG_COMMENT:
        _zero_terminated(source)
    if header[3] & _GZ_FLAG_CRC:
        source.skip(2)
    return name


def _zero_terminated(source: FileWindow) -> bytes:
    begin = source.position
    text, zero, _ = source.read(_NAME_BYTES).partition(b"\0")
    if not zero:
        raise NotAnArchive
    source.position = begin + len(text) + 1
    return text


def _check_xz_header(source: FileWindow) -> None:
    """Check a stream header (The .xz File Format, 2.1.1) without consuming it."""
    header = source.read(_XZ_HEADER)
    source.position -= len(header)
    if len(header) < _XZ_HEADER or isal_zlib.crc32(header[6:8]) != int.from_bytes(header[8:], "little"):
        raise NotAnArchive


def _skip_frames(source: FileWindow, allowance: Allowance) -> None:
    """Skip frames without content (RFC 8878, 3.1.2), up to the first frame that has content."""
    while (head := source.read(8)).startswith(_ZST_SKIPPABLE):
        allowance.take(_STREAM_COST)
        try:
            source.skip(int.from_bytes(head[4:], "little"))
        except Truncated as error:
            raise NotAnArchive from error
    if not head.startswith(_ZST_FRAME):
        raise NotAnArchive
    source.position -= len(head)
