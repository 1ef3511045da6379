"""Private keys in PEM and in PGP's armour: in files of their own, and in source code, configuration and logs.

The labels are those of RFC 7468 (`PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`), of older formats (`RSA`, `EC`, `DSA`),
of OpenSSH, and of RFC 9580 for PGP. A key is reported from BEGIN to END, or to its last line if the END is missing.
Of a key of more than 256 KiB, the beginning is reported.

The content must be base64 of at least `MIN_KEY_BYTES` bytes, so abridged keys (`...`) are not reported. The confidence
is HIGH if these bytes begin like such a key and have the length that they declare, else MEDIUM. What is called a key of
OpenSSH, but does not begin like one and is too short for one, is LOW.
"""

from __future__ import annotations

import binascii
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from beca_core import Candidate, Confidence, Example, Rule, Severity
from beca_core.rules.rule import MAX_MAX_BYTES, random_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_scanners.keys.pem import PemBlock

MIN_KEY_BYTES: Final = 32
"""No private key of these kinds is shorter."""
SHORTEST_OPENSSH: Final = 200
"""No key in the format of OpenSSH is shorter, in bytes: it holds the public half and a comment too."""

_OPENSSH: Final = b"openssh-key-v1\0"


def read_plain_key(candidate: Candidate) -> Candidate | None:
    """Find the end of a key without a passphrase."""
    return _read(candidate, lambda block: not block.is_encrypted)


def read_encrypted_key(candidate: Candidate) -> Candidate | None:
    """Find the end of a key that a passphrase protects."""
    return _read(candidate, lambda block: block.is_encrypted)


def _read(candidate: Candidate, is_wanted: Callable[[PemBlock], bool]) -> Candidate | None:
    from beca_scanners.keys.pem import read_block  # its patterns are compiled only when there is a key to read

    block = read_block(candidate.data, candidate.begin, candidate.end)
    if block is None or len(block.content) < MIN_KEY_BYTES or not is_wanted(block):
        return None
    confidence = Confidence.HIGH if block.is_sound else Confidence.MEDIUM
    if block.label.startswith(b"OPENSSH") and not block.is_sound and len(block.content) < SHORTEST_OPENSSH:
        confidence = Confidence.LOW
    return replace(candidate, end=block.end, confidence=confidence, truncated=block.is_cut)


def armour(label: str, content: bytes, *headers: str) -> str:
    """Return a block with lines of 64 characters, for examples and tests."""
    text = binascii.b2a_base64(content, newline=False).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *headers, *lines, f"-----END {label}-----"])


@cache
def example_key(size: int = 600) -> bytes:
    """Return random bytes in a DER SEQUENCE: they have the outer form of a key, but are not a key.

    Args:
        size: Length of the random part, 256 to 65,535 bytes.
    """
    return b"\x30\x82" + size.to_bytes(2) + random_text("".join(map(chr, range(256))), size, size).encode("latin-1")


def _example(label: str, content: bytes, *headers: str) -> Example:
    key = armour(label, content, *headers)
    return Example(f"# key\n{key}\n", secret=key, confidence=Confidence.HIGH)


_ESCAPED: Final = armour("PRIVATE KEY", example_key()).replace("\n", "\\n")
_CUT_OFF: Final = "\n".join(armour("RSA PRIVATE KEY", example_key()).split("\n")[:5])
_COUNTER_EXAMPLES: Final = (
    armour("PUBLIC KEY", example_key()),
    armour("CERTIFICATE", example_key()),
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----",
)

PEM_KEY: Final = Rule(
    id="pem-private-key",
    version=1,
    description="Private key without a passphrase",
    severity=Severity.CRITICAL,
    supersedes=("secret-key", "generic-*", "kubeconfig-client-key"),
    confidence=Confidence.HIGH,
    category="key",
    pattern="(?P<secret>-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH) )?PRIVATE KEY-----)",
    checks=(read_plain_key,),
    max_bytes=MAX_MAX_BYTES,
    examples=(
        *(_example(f"{kind}PRIVATE KEY", example_key()) for kind in ("", "RSA ", "EC ", "DSA ")),
        _example("OPENSSH PRIVATE KEY", _OPENSSH + b"\0\0\0\4none" + example_key()),
        Example(f'"key": "{_ESCAPED}\\n"', secret=_ESCAPED, confidence=Confidence.HIGH),
        Example(f"{_CUT_OFF}\n[...]\n", secret=_CUT_OFF, confidence=Confidence.MEDIUM),
    ),
    counter_examples=(
        *_COUNTER_EXAMPLES,
        armour("ENCRYPTED PRIVATE KEY", example_key()),
        armour("RSA PRIVATE KEY", example_key(), "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00", ""),
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7468",
        "https://docs.openssl.org/master/man1/openssl-format-options/",
    ),
    remediation="Make a new key pair, and take the old public key out of every place that trusts it.",
)

ENCRYPTED_KEY: Final = Rule(
    id="pem-encrypted-private-key",
    version=1,
    description="Private key that a passphrase protects",
    severity=Severity.MEDIUM,
    supersedes=("secret-key", "generic-*", "kubeconfig-client-key"),
    confidence=Confidence.HIGH,
    category="key",
    pattern="(?P<secret>-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----)",
    checks=(read_encrypted_key,),
    max_bytes=MAX_MAX_BYTES,
    examples=(
        _example("ENCRYPTED PRIVATE KEY", example_key()),
        _example("RSA PRIVATE KEY", example_key(), "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00", ""),
        _example("OPENSSH PRIVATE KEY", _OPENSSH + b"\0\0\0\x0aaes256-ctr" + example_key()),
    ),
    counter_examples=(*_COUNTER_EXAMPLES, armour("PRIVATE KEY", example_key())),
    references=("https://www.rfc-editor.org/rfc/rfc7468#section-11", "https://www.rfc-editor.org/rfc/rfc1421"),
    remediation="Make a new key pair: the passphrase can be guessed at leisure by whoever has the file.",
)

PGP_KEY: Final = Rule(
    id="pgp-private-key",
    version=1,
    description="PGP private key, which a passphrase may or may not protect",
    severity=Severity.HIGH,
    supersedes=("secret-key", "generic-*"),
    confidence=Confidence.HIGH,
    category="key",
    pattern="(?P<secret>-----BEGIN PGP PRIVATE KEY BLOCK-----)",
    checks=(read_plain_key,),
    max_bytes=MAX_MAX_BYTES,
    examples=(_example("PGP PRIVATE KEY BLOCK", b"\x95" + example_key(), "Comment: example", ""),),
    counter_examples=(
        armour("PGP PUBLIC KEY BLOCK", b"\x99" + example_key()),
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n...\n-----END PGP PRIVATE KEY BLOCK-----",
    ),
    references=("https://www.rfc-editor.org/rfc/rfc9580#section-6.2",),
    remediation="Publish a revocation certificate for the key, and make a new one.",
)

RULES: Final = (PEM_KEY, ENCRYPTED_KEY, PGP_KEY)
