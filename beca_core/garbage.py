"""Collecting garbage of a process that reads."""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLD: Final = 50_000
"""Reading makes many objects and hardly any circles of them."""


def settle() -> None:
    """Look for garbage now and then only, and leave out all that is there by now: it is needed to the end."""
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
