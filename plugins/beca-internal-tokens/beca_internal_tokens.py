"""ACME's rules for BECA: its service tokens, and the passwords of its hosts in netrc files.

Copy this file and replace what is specific to ACME. `SERVICE_TOKEN` is data, and most plugins need nothing more.
`NetrcScanner` is code, for secrets that a pattern cannot describe.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from beca_core import (
    Candidate,
    Confidence,
    Example,
    Match,
    Rule,
    RuleInfo,
    Scanner,
    Setting,
    SettingValue,
    Severity,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BECA_API = 1


def make_token(body: str) -> str:
    """Return a token: the prefix, these 24 characters, and their CRC-32 in hexadecimal."""
    return f"acme_{body}{zlib.crc32(body.encode()):08x}"


def check_sum(candidate: Candidate) -> Candidate | None:
    """Drop a candidate that only looks like a token."""
    body = candidate.secret[5:29].decode()
    return candidate if candidate.secret == make_token(body).encode() else None


SERVICE_TOKEN = Rule(
    id="acme-service-token",
    version=1,
    description="ACME service token",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>acme_[0-9a-z]{24}[0-9a-f]{8})\b",
    checks=(check_sum,),
    examples=(Example(f"TOKEN={make_token('7x' * 12)}", secret=make_token("7x" * 12)),),
    counter_examples=("acme_" + "7x" * 12 + "00000000", "acme_readme"),
    remediation="Revoke it in the token console, and tell the owner of the service.",
)

HOST_PASSWORD = RuleInfo(
    id="acme-host-password",
    version=1,
    description="Password of a host of ACME in a netrc file",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    examples=(Example("machine git.acme.internal\n  login ci\n  password pa55\n", secret=b"pa55"),),
    counter_examples=("machine git.example.com login ci password pa55\n# unlike git.acme.internal",),
    references=("https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",),
    remediation="Change the password of that account.",
)


class NetrcScanner:
    """Find the passwords of ACME's hosts: the machine of an entry decides whether its password counts.

    Args:
        domain: The end of the names of ACME's hosts.
    """

    rules = (HOST_PASSWORD,)

    def __init__(self, domain: str = ".acme.internal") -> None:
        self.anchors = (domain.encode(),)

    def scan(self, data: bytes) -> Iterator[Match]:
        """Read `machine NAME login NAME account NAME password WORD`, in any order and on any number of lines."""
        machine = b""
        words = re.finditer(rb"\S+", data)
        for keyword in words:
            if keyword[0] not in (b"machine", b"login", b"account", b"password"):
                machine = b""
            elif value := next(words, None):
                if keyword[0] == b"machine":
                    machine = value[0]
                elif keyword[0] == b"password" and machine.endswith(self.anchors):
                    yield Match(*value.span(), HOST_PASSWORD.id)


@hookimpl
def beca_register_settings() -> list[Setting]:
    """Return what a user can set: ACME's offices have domains of their own."""
    return [Setting("domain", default=".acme.internal", description="End of the names of the hosts in netrc files.")]


@hookimpl
def beca_register_rules() -> list[Rule]:
    """Return the rule."""
    return [SERVICE_TOKEN]


@hookimpl
def beca_register_scanners(settings: Mapping[str, SettingValue]) -> list[Scanner]:
    """Return the scanner."""
    return [NetrcScanner(str(settings["domain"]))]
