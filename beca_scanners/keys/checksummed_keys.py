"""Keys whose last characters are a checksum: Bech32 (age, Nostr) and NATS's own form. A wrong one proves no key.

Bech32 is that of BIP 173: letters and digits without `1`, `b`, `i` and `o`, and six of them are a BCH code over the
rest and the readable prefix. A seed of NATS is base 32 of a prefix of two bytes, the 32 bytes of an Ed25519 seed, and
the CRC-16 (XMODEM) of both, the low byte first.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from beca_core import Candidate, Confidence, Example, Rule, Severity, random_text
from beca_scanners.building.provider import LESS_SPECIFIC

if TYPE_CHECKING:
    from collections.abc import Iterable

BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
"""The digits of Bech32, in the order of their values."""

_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_DIGITS: Final = 6
_KINDS_OF_NATS: Final = {"A": 0, "U": 20 << 3, "O": 14 << 3, "N": 13 << 3, "C": 2 << 3, "X": 23 << 3}
_SEED_PREFIX: Final = 18 << 3
_SEED_BYTES: Final = 32


def bech32(prefix: str, data: str) -> str:
    """Return digits with their checksum.

    Args:
        prefix: The readable part, in lower case.
        data: The digits, in lower case.
    """
    values = [*_expanded(prefix), *map(BECH32.index, data), *[0] * _CHECKSUM_DIGITS]
    code = _polymod(values) ^ 1
    checksum = [code >> 5 * (_CHECKSUM_DIGITS - 1 - number) & 31 for number in range(_CHECKSUM_DIGITS)]
    return f"{prefix}1{data}{''.join(BECH32[value] for value in checksum)}"


def is_bech32(text: str) -> bool:
    """Return whether a text in one letter case has the right checksum."""
    prefix, _, data = text.lower().rpartition("1")
    return bool(prefix) and set(data) <= set(BECH32) and _polymod([*_expanded(prefix), *map(BECH32.index, data)]) == 1


def bech32_checksum(candidate: Candidate) -> Candidate | None:
    """Keep what has the right checksum of Bech32."""
    return candidate if is_bech32(candidate.secret.decode("ascii")) else None


def nats_seed(kind: str, seed: bytes) -> str:
    """Return a seed of NATS.

    Args:
        kind: `A` account, `U` user, `O` operator, `N` server, `C` cluster, `X` curve.
        seed: 32 bytes.
    """
    value = _KINDS_OF_NATS[kind]
    raw = bytes([_SEED_PREFIX | value >> 5, (value & 31) << 3]) + seed
    return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")


def nats_checksum(candidate: Candidate) -> Candidate | None:
    """Keep what has the right checksum of NATS."""
    text = candidate.secret
    try:
        raw = base64.b32decode(text + b"=" * (-len(text) % 8))
    except binascii.Error:
        return None
    is_right = binascii.crc_hqx(raw[:-2], 0).to_bytes(2, "little") == raw[-2:]
    return candidate if is_right and len(raw) == _SEED_BYTES + 4 else None


def _polymod(values: Iterable[int]) -> int:
    code = 1
    for value in values:
        top = code >> 25
        code = (code & 0x1FFFFFF) << 5 ^ value
        for number, term in enumerate(_GENERATOR):
            code ^= term if top >> number & 1 else 0
    return code


def _expanded(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _bech32_key(prefix: str, seed: str) -> str:
    # 52 digits are 260 bits: the last of them has four bits of padding, which are zero.
    return bech32(prefix, random_text(BECH32, 51, seed) + random_text("qz", 1, seed).replace("z", "s"))


_AGE: Final = _bech32_key("age-secret-key-", "age").upper()
_NOSTR: Final = _bech32_key("nsec", "nostr")
_NATS: Final = tuple(
    nats_seed(kind, random_text("".join(map(chr, range(128))), 32, kind).encode()) for kind in "AUONCX"
)


def _other(text: str) -> str:
    """Return a text with another last character, of the same kind."""
    return text[:-1] + (text[-2] if text[-2] != text[-1] else text[-3])


AGE_KEY: Final = Rule(
    id="age-secret-key",
    version=1,
    description="Secret key of age, with a valid checksum",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58})",
    checks=(bech32_checksum,),
    supersedes=LESS_SPECIFIC,
    provider="age",
    category="key",
    examples=(
        Example(f"# public key: age1...\n{_AGE}\n", _AGE),
        Example(f'SOPS_AGE_KEY="{_AGE}"', _AGE),
    ),
    counter_examples=(_other(_AGE), "AGE-SECRET-KEY-1" + "Q" * 58, bech32("age", _AGE[16:68].lower())),
    references=("https://github.com/C2SP/C2SP/blob/main/age.md",),
    remediation="Make a new key, encrypt anew what was encrypted for the old one, and replace the secrets in it.",
)

NOSTR_KEY: Final = Rule(
    id="nostr-private-key",
    version=1,
    description="Private key of Nostr, with a valid checksum",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>nsec1[02-9ac-hj-np-z]{58})",
    checks=(bech32_checksum,),
    supersedes=LESS_SPECIFIC,
    provider="Nostr",
    category="key",
    examples=(Example(f"NOSTR_KEY={_NOSTR}\n", _NOSTR), Example(f'{{"key": "{_NOSTR}"}}', _NOSTR)),
    counter_examples=(_other(_NOSTR), "nsec1" + "q" * 58),
    references=("https://github.com/nostr-protocol/nips/blob/master/19.md",),
    remediation="The key cannot be replaced: move to a new identity, and say so with the old one.",
)

NATS_SEED: Final = Rule(
    id="nats-seed",
    version=1,
    description="Seed of NATS: the private half of a key of an account, user, operator, server or cluster",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>S[ACNOUX]A[A-Z2-7]{55})",
    checks=(nats_checksum,),
    supersedes=LESS_SPECIFIC,
    provider="NATS",
    category="key",
    examples=tuple(
        Example(f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n", seed) for seed in _NATS
    ),
    counter_examples=(_other(_NATS[0]), "SUA" + "A" * 55),
    references=("https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth",),
    remediation="Make a new key, and take the old public key out of the configuration of the servers.",
)

RULES: Final = (AGE_KEY, NOSTR_KEY, NATS_SEED)
