"""Compressed streams, decompressed piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from isal import isal_zlib

from beca_core.sources.archives.content import (
    STEP_BYTES,
    DamagedArchive,
    NeedsTooMuchMemory,
    Truncated,
    skip_by_reading,
)

if TYPE_CHECKING:
    from beca_core.sources.archives.codecs import Codec, Decompressor
    from beca_core.sources.archives.content import Allowance, Content, FileWindow

_CAREFUL_BYTES: Final = 64
_FIRST_BYTES: Final = 1024


class Checked:
    """A content with a checksum: if it is wrong, the end of the content raises `DamagedArchive`.

    Args:
        content: The content.
        crc: The CRC-32 that it should have.
    """

    def __init__(self, content: Content, crc: int) -> None:
        self._content = content
        self._expected = crc
        self._crc = 0

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end."""
        data = self._content.read(size)
        self._crc = isal_zlib.crc32(data, self._crc)
        if not data and self._crc != self._expected:
            raise DamagedArchive
        return data


class Inflated:
    """The content of one compressed stream.

    A decompressor that fails does not return what it made of its last input. The stream is then read again up to that
    input, and from there in small pieces.

    Args:
        source: The compressed bytes. At the end of the content its position is the end of the stream.
        codec: How they are compressed.
        allowance: Charged for the decompressed bytes.
    """

    def __init__(self, source: FileWindow, codec: Codec, allowance: Allowance) -> None:
        self._source = source
        self._codec = codec
        self._allowance = allowance
        self._begin = source.position
        self._returned = 0
        self._step = STEP_BYTES
        self._input = _FIRST_BYTES  # there may be millions of short streams
        self._careful = False
        self._failure: DamagedArchive | None = None
        self._decompressor: Decompressor = codec.start()

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end."""
        if self._failure is not None:
            raise self._failure
        while not self._decompressor.eof:
            data = self._decompress(min(size, self._step))
            self._allowance.take(len(data))
            self._returned += len(data)
            if data:
                return data
        self._source.position -= len(self._decompressor.unused_data)
        self._decompressor = _END_OF_STREAM
        return b""

    def skip(self, size: int) -> None:
        """Skip so many bytes by reading them."""
        skip_by_reading(self, size)

    def _decompress(self, size: int) -> bytes:
        source = self._read_input() if self._decompressor.needs_input else b""
        try:
            return self._decompressor.decompress(source, size)
        except Exception as error:
            if self._careful:
                self._failure = (NeedsTooMuchMemory if "memory" in str(error).lower() else DamagedArchive)()
                raise self._failure from error
        self._restart()
        return b""

    def _read_input(self) -> bytes:
        source = self._source.read(self._input)
        self._input = min(2 * self._input, STEP_BYTES)
        if not source:
            raise Truncated
        return source

    def _restart(self) -> None:
        self._careful = True
        self._source.position = self._begin
        self._decompressor = self._codec.careful()
        returned, self._returned = self._returned, 0
        while self._returned < returned:
            data = self._decompress(min(STEP_BYTES, returned - self._returned))
            self._allowance.take(0)
            self._returned += len(data)
        self._step = _CAREFUL_BYTES


class _EndOfStream:
    """The decompressor of a stream that has ended."""

    eof = True
    needs_input = False
    unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:  # noqa: ARG002
        return b""


_END_OF_STREAM: Final = _EndOfStream()
