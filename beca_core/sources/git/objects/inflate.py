"""`inflate`: inflating zlib data whose exact size is known beforehand, and never more than that."""

from __future__ import annotations

from typing import Final, cast

from isal import igzip_lib, isal_zlib

InflateError: Final = cast("type[Exception]", igzip_lib.IsalError)
"""Raised when the data is not a zlib stream, or its checksum is wrong."""

_WINDOW_BITS: Final = 15
_SMALL_BYTES: Final = 16 * 1024


class WrongSize(Exception):
    """Raised when the data inflates to more or less than expected, or is incomplete."""


def inflate(data: bytes | memoryview, size: int) -> bytes:
    """Inflate a zlib stream.

    Args:
        data: The stream; bytes after its end are ignored.
        size: Length of the result, in bytes.

    Raises:
        WrongSize: If the result has another length.
        InflateError: If the stream is damaged.
    """
    if len(data) < _SMALL_BYTES:  # faster, and even inflated a thousandfold it does no harm
        inflated = isal_zlib.decompress(data, _WINDOW_BITS, size + 1)
        is_whole = True
    else:
        inflater = isal_zlib.decompressobj()
        inflated = inflater.decompress(data, size + 1)
        is_whole = inflater.eof
    if len(inflated) != size or not is_whole:
        raise WrongSize
    return inflated
