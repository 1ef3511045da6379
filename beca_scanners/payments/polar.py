"""Polar's tokens, which a checksum distinguishes from similar texts.

A token is `polar_`, a word that names its kind, 37 letters and digits, and six digits of checksum: the CRC-32 of those
37 in base 62, with zeros on the left. A text with a wrong checksum is not a token and is not reported. Source:
https://github.com/polarsource/polar, `server/polar/kit/crypto.py`.
"""

from __future__ import annotations

import string
from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, Variant, random_text
from beca_core.checks import Checksum

KINDS: Final = ("pat", "oat", "at_u", "at_o", "rt_u", "rt_o", "ac", "cs", "crt", "us", "cst", "mst", "whs", "ci")
"""What is known of: personal and organization access tokens, OAuth tokens, codes, secrets and registrations, sessions
of users, customers and members, secrets of webhooks, and client ids."""

_CHECKSUM: Final = Checksum(of="random", in_group="checksum", algorithm="crc32", encoding="base62", digits=6)


def token(kind: str) -> str:
    """Return a token of a kind with a valid checksum, always the same one."""
    random_part = random_text(string.ascii_letters + string.digits, 37, kind)
    return f"polar_{kind}_{random_part}{_CHECKSUM.checksum_of(random_part)}"


RULES: Final = (
    Rule(
        id="polar-token",
        version=1,
        description="Polar token, session, OAuth secret or webhook secret, with a valid checksum",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=(
            rf"(?P<secret>polar_(?:{'|'.join(KINDS)})_"
            r"(?P<random>[0-9A-Za-z]{37})(?P<checksum>[0-9A-Za-z]{6}))"
        ),
        boundary="0-9A-Za-z_",
        checks=(_CHECKSUM,),
        supersedes=("secret-key", "generic-*"),
        provider="Polar",
        category="payments",
        variants=(
            Variant(
                name="client-id", pattern="^polar_ci_", severity=Severity.LOW, description="Polar id of an OAuth client"
            ),
            Variant(
                name="personal-access-token",
                pattern="^polar_[po]at_",
                severity=Severity.CRITICAL,
                description="Polar access token of a person or organization",
            ),
        ),
        examples=tuple(
            Example(
                f"POLAR_TOKEN={token(kind)}\n",
                token(kind),
                variant={"ci": "client-id", "pat": "personal-access-token", "oat": "personal-access-token"}.get(kind),
            )
            for kind in KINDS
        ),
        counter_examples=(
            CounterExample(token("pat")[:-6] + "000000", step=Step.CHECK, check="checksum"),
            CounterExample(token("oat") + "0", step=Step.BOUNDARY),
            "polar_pat_" + "x" * 43,
        ),
        references=("https://polar.sh/docs/integrate/authentication",),
        remediation="Revoke the token in the settings, under Developers, and create a new one.",
    ),
)
