"""Tokens that end with a checksum of their random part, in the form that GitHub made known."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Checksum
from beca_core.rules.example import deferred
from beca_scanners.building.provider import LESS_SPECIFIC
from beca_scanners.building.shape import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_scanners.building.provider import Provider

CHECKSUM_DIGITS: Final = 6


def checked_token(
    provider: Provider,
    rule_id: str,
    description: str,
    prefix: str,
    length: int,
    *,
    severity: Severity = Severity.HIGH,
) -> Rule:
    """Return a rule for a prefix, random letters and digits, and their CRC-32 as six digits of base 62.

    A text with a wrong checksum is not a token and is not reported.

    Args:
        provider: Who issues the tokens.
        rule_id: The id; it begins with the provider's name.
        description: What the rule finds, in one line.
        prefix: The prefix, which the checksum does not cover.
        length: Length of the random part, in characters.
        severity: Harm that a leak can do.
    """
    checksum = Checksum(algorithm="crc32", encoding="base62", digits=CHECKSUM_DIGITS, skip=len(prefix))

    def token(number: int) -> str:
        random_part = random_text(string.ascii_letters + string.digits, length, f"{rule_id} {number}")
        return f"{prefix}{random_part}{checksum.checksum_of(random_part)}"

    def examples() -> Iterator[Example]:
        first, second = token(1), token(2)
        yield Example(f"API_TOKEN={first}\n", first)
        yield Example(f'token: "{second}"', second)

    def without_secret() -> Iterator[str | CounterExample]:
        first, second = token(1), token(2)
        yield CounterExample(first[:-CHECKSUM_DIGITS] + "0" * CHECKSUM_DIGITS, step=Step.CHECK, check="checksum")
        yield CounterExample(f"{second}_1", step=Step.BOUNDARY)
        yield f"API_TOKEN={first[:-1]}"

    return Rule(
        id=rule_id,
        version=1,
        description=description,
        severity=severity,
        confidence=Confidence.HIGH,
        pattern=f"(?P<secret>{literal(prefix)}[0-9A-Za-z]{{{length + CHECKSUM_DIGITS}}})",
        boundary="0-9A-Za-z_",
        checks=(checksum,),
        supersedes=LESS_SPECIFIC,
        provider=provider.name,
        category=provider.category,
        examples=deferred(examples),
        counter_examples=deferred(without_secret),
        references=(provider.reference,),
        remediation=provider.remediation,
    )
