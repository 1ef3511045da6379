"""Makes secrets that a built-in rule finds, each from a seed, and texts that hold one of them at a known place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beca_core.testing import random_text
from beca_scanners.code.github import BASE62, checksum
from beca_scanners.keys.private_keys import armour
from tests.false_cleans.situation import Case, Secret, Spot

if TYPE_CHECKING:
    from pathlib import Path

_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE64: Final = BASE62 + "+/"
_HEX: Final = "0123456789abcdef"
_BYTES: Final = "".join(map(chr, range(256)))

FILLER: Final = "a line without anything in it\n"


def token(seed: str) -> Secret:
    """A GitHub token with a right checksum."""
    body = random_text(BASE62, 30, seed)
    return Secret("github-token", f"ghp_{body}{checksum(body)}".encode())


def named_value(seed: str) -> Secret:
    """A value of 64 hexadecimal digits, which is a secret if `private_key` is its name."""
    return Secret("secret-key", random_text(_HEX, 64, seed).encode())


def aws_key(seed: str) -> tuple[str, Secret]:
    """An AWS access key id, and the secret access key that belongs to it."""
    return "AKIA" + random_text(_BASE32, 16, seed), Secret(
        "aws-secret-access-key", random_text(_BASE64, 40, seed).encode()
    )


def pem_key(seed: str, size: int = 600) -> Secret:
    """A private key in PEM, of several lines.

    Args:
        seed: Different seeds give different keys.
        size: Bytes of the key, 256 to 65,535.
    """
    content = b"\x30\x82" + size.to_bytes(2) + random_text(_BYTES, size, seed).encode("latin-1")
    return Secret("pem-private-key", armour("PRIVATE KEY", content).encode())


@dataclass(frozen=True)
class Text:
    """A text with a secret in it.

    Args:
        text: The text.
        secret: The secret.
        spot: Where it is.
    """

    text: str
    secret: Secret
    spot: Spot

    @property
    def data(self) -> bytes:
        """The text as UTF-8."""
        return self.text.encode()

    def in_file(self, file: Path, data: bytes | None = None) -> Case:
        """Write it to a file, in a directory that is made, and return the case of that file.

        Args:
            file: The file.
            data: Its content, if that is not the text as UTF-8.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self.data if data is None else data)
        return Case(file, self.secret, self.spot)


def settings(
    secret: Secret, *, before: str = FILLER * 2, name: str = "API_TOKEN = ", after: str = "\nend = 1\n"
) -> Text:
    """A text of settings, one of which is the secret.

    Args:
        secret: The secret.
        before: What comes before the line of the secret; it ends in a line end or is empty.
        name: What comes before the secret in its line.
        after: What comes after the secret.
    """
    head = before + name
    line = head.count("\n") + 1
    column = len(head) - (head.rfind("\n") + 1) + 1
    return Text(head + secret.value.decode() + after, secret, Spot(line, (column,)))


def token_text(seed: str, **parts: str) -> Text:
    """A text of settings with a GitHub token."""
    return settings(token(seed), **parts)


def key_text(seed: str, **parts: str) -> Text:
    """A text of settings with a named private key."""
    return settings(named_value(seed), **{"name": "private_key = ", **parts})
