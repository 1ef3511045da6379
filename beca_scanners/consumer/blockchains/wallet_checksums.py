"""Checksums of the private keys of wallets, which `beca_core.checks` does not have, and how such keys are written.

Sources: BIP-173 for Bech32; SEP-23 for the keys of Stellar, https://stellar.org/protocol/sep-23; for the XRP Ledger
https://xrpl.org/docs/references/protocol/data-types/base58-encodings; https://en.bitcoin.it/wiki/Base58Check_encoding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from beca_core import Candidate, Dropped

BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE58: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
"""The same digits in the order of the XRP Ledger."""
BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
STELLAR_SEED: Final = 18 << 3
"""The first byte of a secret seed of Stellar; its text begins with `S`."""
RIPPLE_SEED: Final = 0x21
"""The first byte of a seed of the XRP Ledger; its text begins with `s`."""

_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CHECKSUM: Final = 6
_CHECKSUM: Final = 4


def check_bech32(candidate: Candidate) -> Candidate | Dropped:
    """Keep a text of which the checksum of Bech32 is right.

    Args:
        candidate: Its secret is a prefix, `1`, and digits of Bech32 in lower case.
    """
    prefix, _, digits = candidate.secret.decode("ascii").rpartition("1")
    is_right = _remainder(_spread(prefix) + [BECH32.index(digit) for digit in digits]) == 1
    return candidate if is_right else Dropped("its checksum is wrong (Bech32)")


def check_stellar(candidate: Candidate) -> Candidate | Dropped:
    """Keep a key of Stellar of which the checksum is right: CRC-16, its lower byte first.

    Args:
        candidate: Its secret is 56 digits of base 32.
    """
    data = base64.b32decode(candidate.secret)
    is_right = _crc16(data[:-2]) == data[-2:]
    return candidate if is_right else Dropped("its checksum is wrong (CRC-16)")


def check_ripple(candidate: Candidate) -> Candidate | Dropped:
    """Keep a seed of the XRP Ledger of which the checksum is right: Base58Check with another order of the digits.

    Args:
        candidate: Its secret is digits of base 58.
    """
    number = 0
    for digit in candidate.secret.decode("ascii"):
        number = number * len(RIPPLE58) + RIPPLE58.index(digit)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    is_right = _hash(data[:-_CHECKSUM]) == data[-_CHECKSUM:]
    return candidate if is_right else Dropped("its checksum is wrong (Base58Check)")


def in_bech32(prefix: str, digits: str) -> str:
    """Return a text in Bech32 with its checksum.

    Args:
        prefix: The part that people read.
        digits: What is encoded, in the digits of Bech32.
    """
    values = _spread(prefix) + [BECH32.index(digit) for digit in digits] + [0] * _BECH32_CHECKSUM
    remainder = _remainder(values) ^ 1
    places = range(5 * (_BECH32_CHECKSUM - 1), -1, -5)
    return f"{prefix}1{digits}" + "".join(BECH32[remainder >> place & 31] for place in places)


def in_base58check(data: bytes, digits: str = BASE58) -> str:
    """Return bytes and their checksum in base 58.

    Args:
        data: The bytes, of which the first is not zero.
        digits: The digits in the order of their values.
    """
    number = int.from_bytes(data + _hash(data), "big")
    text = ""
    while number:
        number, digit = divmod(number, len(digits))
        text = digits[digit] + text
    return text


def as_stellar_seed(data: bytes) -> str:
    """Return 32 bytes as a secret seed of Stellar."""
    versioned = bytes([STELLAR_SEED]) + data
    return base64.b32encode(versioned + _crc16(versioned)).decode("ascii")


def _remainder(values: list[int]) -> int:
    """Return the remainder of the polynomial division on which Bech32 rests."""
    remainder = 1
    for value in values:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            remainder ^= generator * (top >> place & 1)
    return remainder


def _spread(prefix: str) -> list[int]:
    return [*(ord(character) >> 5 for character in prefix), 0, *(ord(character) & 31 for character in prefix)]


def _crc16(data: bytes) -> bytes:
    return binascii.crc_hqx(data, 0).to_bytes(2, "little")


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[:_CHECKSUM]
