"""Sizes and times as people write them, in options and in settings."""

from __future__ import annotations

import re
from typing import Final

from beca_core.system.lazy_regexp import lazy

_SIZE: Final = lazy(r"(\d{1,19})([KMG]?)(?:i?B)?", re.IGNORECASE | re.ASCII)
_UNITS: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_LARGEST: Final = 2**62
_TIME: Final = lazy(r"(\d{1,9}(?:\.\d{1,9})?)([smhd]?)", re.IGNORECASE | re.ASCII)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 24 * 3600}


def parse_size(text: str) -> int:
    """Return the bytes that a text such as `1000`, `512K`, `20MiB` or `1G` means; 1K is 1,024 bytes.

    Raises:
        ValueError: If it is not a size from 1 to 2^62 bytes; the message says how to write one.
    """
    found = _SIZE.fullmatch(text.strip())
    size = int(found[1]) * _UNITS[found[2].upper()] if found else 0
    if not 0 < size <= _LARGEST:
        raise ValueError("Write it as a number of bytes, or as 512K, 20M or 1G.")
    return size


def parse_seconds(text: str) -> float:
    """Return the seconds that a text such as `90`, `1.5h`, `10m` or `2d` means.

    Raises:
        ValueError: If it is not a time above zero; the message says how to write one.
    """
    found = _TIME.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS[found[2].lower()] if found else 0.0
    if not seconds:
        raise ValueError("Write it as a number of seconds, or as 90s, 10m or 2h.")
    return seconds
