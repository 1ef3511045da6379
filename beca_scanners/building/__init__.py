"""How the built-in rules are written: a provider, the shape of its token, and the pattern and the examples follow."""

from __future__ import annotations

from beca_scanners.building.provider import Provider
from beca_scanners.building.shape import (
    TokenChoice,
    TokenRun,
    TokenShape,
    base32,
    base36,
    base62,
    base64,
    base64url,
    digits,
    either,
    hexadecimal,
    run,
    upper36,
    uuid,
)

__all__ = [
    "Provider",
    "TokenChoice",
    "TokenRun",
    "TokenShape",
    "base32",
    "base36",
    "base62",
    "base64",
    "base64url",
    "digits",
    "either",
    "hexadecimal",
    "run",
    "upper36",
    "uuid",
]
