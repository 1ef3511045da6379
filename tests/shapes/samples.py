"""Texts for the examples of made-up rules: random, always the same, and written down nowhere."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from typing import Final

from beca_core import random_text

_RANGE: Final = re.compile(r"([0-9A-Za-z])-([0-9A-Za-z])|(.)")
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def sample(alphabet: str, length: int, seed: str) -> str:
    """Return random text, as `{{random ALPHABET LENGTH SEED}}` does in a rule file.

    Args:
        alphabet: The inside of a character class, such as `0-9a-f`.
        length: Number of characters.
        seed: Different seeds give different texts.
    """
    characters: list[str] = []
    for first, last, single in _RANGE.findall(alphabet):
        characters += [single] if single else map(chr, range(ord(first), ord(last) + 1))
    return random_text("".join(characters), length, seed)


def base64_of(text: str | bytes) -> str:
    """Return some text in base64."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def key_in_base64(seed: str) -> str:
    """Return 32 random bytes in base64: the last character before the padding encodes four bits."""
    return sample("A-Za-z0-9+/", 42, seed) + sample("AEIMQUYcgkosw048", 1, seed) + "="


def bytes_of(size: int, seed: str) -> bytes:
    """Return random bytes, as `{{decimal-bytes SIZE SEED}}` writes them in a rule file."""
    return bytes.fromhex(sample("0-9a-f", 2 * size, seed))


def jwt(seed: str) -> str:
    """Return a JSON Web Token that nobody has signed, as `{{jwt SEED}}` does in a rule file."""
    claims = {"sub": sample("0-9", 10, seed), "iat": 1_700_000_000}
    objects = [json.dumps(each, separators=(",", ":")).encode() for each in ({"alg": "HS256", "typ": "JWT"}, claims)]
    parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*objects, bytes_of(32, seed))]
    return ".".join(parts)


def base58check(version: int, size: int, seed: str) -> str:
    """Return random bytes in base58 with a checksum.

    Args:
        version: The first byte.
        size: How many bytes follow it, without the checksum.
        seed: Different seeds give different texts.
    """
    data = bytes([version]) + bytes.fromhex(sample("0-9a-f", 2 * size, seed))
    number = int.from_bytes(data + sha256(sha256(data).digest()).digest()[:4])
    text = ""
    while number:
        number, digit = divmod(number, len(_BASE58))
        text = _BASE58[digit] + text
    return text


def with_luhn_digit(digits: str) -> str:
    """Return some digits and their check digit."""
    doubled = [int(digit) * (2 if number % 2 == 0 else 1) for number, digit in enumerate(reversed(digits))]
    return digits + str(-sum(each // 10 + each % 10 for each in doubled) % 10)


def armoured(label: str, lines: int, seed: str) -> str:
    """Return lines of base64 between BEGIN and END."""
    body = "\n".join(sample("A-Za-z0-9+/", 64, f"{seed}-{number}") for number in range(lines))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"
