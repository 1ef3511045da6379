"""Decompressors, all with the interface of those in `bz2` and `lzma`.

Their memory is bounded: the window of a deflate stream has 32 KiB, and a bz2 block has 900 kB. The windows of xz, lzma
and zst may have up to 128 MiB: twice as much as `xz -9` uses, and as much as `zstd` accepts by default.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from beca_core.sources.archives.content import DamagedArchive, NeedsTooMuchMemory

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW_LOG: Final = 27
_WINDOW_BYTES: Final = 1 << _WINDOW_LOG
_OVERHEAD_BYTES: Final = 8 * 1024 * 1024


class Decompressor(Protocol):
    """A decompressor of one stream."""

    @property
    def eof(self) -> bool:
        """Whether the stream's end has been reached."""

    @property
    def needs_input(self) -> bool:
        """Whether it can return nothing without more input."""

    @property
    def unused_data(self) -> bytes:
        """The input after the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take input, which is empty unless it is needed, and return at most `max_length` bytes.

        Raises:
            Exception: Of any kind, if the stream is damaged.
        """


class Codec(NamedTuple):
    """How streams of one kind are decompressed.

    Args:
        start: Makes a decompressor.
        careful: Makes one that returns every byte before the damage if it is asked for few at a time. It may be slower.
    """

    start: Callable[[], Decompressor]
    careful: Callable[[], Decompressor]


class _Zlib:
    """zlib with the interface of the others."""

    def __init__(self) -> None:
        import zlib

        self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        output = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = len(output) < max_length and not self._inner.unconsumed_tail
        return output


def _isal() -> Decompressor:
    from isal import igzip_lib

    return igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_DEFLATE)


def _bz2() -> Decompressor:
    import bz2

    return bz2.BZ2Decompressor()


def _xz() -> Decompressor:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_WINDOW_BYTES + _OVERHEAD_BYTES)


def _zst() -> Decompressor:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})


def lzma_of_zip(header: bytes) -> Codec:
    """Return the codec of an lzma member of a zip.

    Args:
        header: The 5 bytes of LZMA properties (see 4.4.4 and 5.8 of PKWARE's APPNOTE.TXT).

    Raises:
        DamagedArchive: If the properties are not valid.
        NeedsTooMuchMemory: If the window is larger than the others' may be.
    """
    packed, window = header[0], int.from_bytes(header[1:5], "little")
    if packed >= 9 * 5 * 5:
        raise DamagedArchive
    if window > _WINDOW_BYTES:
        raise NeedsTooMuchMemory

    def start() -> Decompressor:
        import lzma

        properties = {"lc": packed % 9, "lp": packed // 9 % 5, "pb": packed // 45, "dict_size": max(window, 4096)}
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, **properties}])

    return Codec(start, start)


DEFLATE: Final = Codec(_isal, _Zlib)
BZ2: Final = Codec(_bz2, _bz2)
XZ: Final = Codec(_xz, _xz)
ZST: Final = Codec(_zst, _zst)
