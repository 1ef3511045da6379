"""Inflating what must become a given number of bytes, and never more."""

from __future__ import annotations

from typing import Final, cast

from isal import igzip_lib, isal_zlib

InflateError: Final = cast("type[Exception]", igzip_lib.IsalError)
"""Raised when something is not compressed data, or its checksum is wrong."""

_WINDOW_BITS: Final = 15
_SMALL_BYTES: Final = 16 * 1024


class WrongSize(Exception):
    """Raised when something inflates to more or less than it should, or does not end."""


def inflate(data: bytes | memoryview, size: int) -> bytes:
    """Inflate a zlib stream.

    Args:
        data: The stream; what stands behind its end is passed over.
        size: Length of the result, in bytes.

    Raises:
        WrongSize: If the result has another length.
        InflateError: If the stream is damaged.
    """
    if len(data) < _SMALL_BYTES:  # faster, and a thousand times so much does no harm
        inflated = isal_zlib.decompress(data, _WINDOW_BITS, size + 1)
        is_whole = True
    else:
        inflater = isal_zlib.decompressobj()
        inflated = inflater.decompress(data, size + 1)
        is_whole = inflater.eof
    if len(inflated) != size or not is_whole:
        raise WrongSize
    return inflated
