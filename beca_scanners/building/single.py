"""The rule of a provider that has only one kind of secret, or one that is worth a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core import Confidence, Severity
from beca_scanners.building.provider import SECRET_WORDS, Provider

if TYPE_CHECKING:
    from beca_core import Rule
    from beca_scanners.building.shape import Piece


def single(
    name: str,
    category: str,
    reference: str,
    rule_id: str,
    what: str,
    *value: Piece,
    words: str | tuple[str, ...] = (),
    said: tuple[str, ...] = SECRET_WORDS,
    severity: Severity = Severity.HIGH,
    confidence: Confidence | None = None,
    boundary: str | None = None,
    supersedes: tuple[str, ...] = (),
    remediation: str = "",
) -> Rule:
    """Return the rule of a provider.

    Args:
        name: The provider's name.
        category: What kind of service it is.
        reference: URL of the documentation.
        rule_id: The id; it begins with the provider's name.
        what: What the secret is in the provider's terms; the description begins with the provider's name.
        value: The shape of the secret.
        words: Words of the names to which the secret is assigned; empty: it is known by its own form.
        said: Words of which one has to follow in the name.
        severity: Harm that a leak can do.
        confidence: How sure such a text is to be a secret; None: HIGH with a form of its own, else MEDIUM.
        boundary: Characters that may not adjoin the secret; None: those of words and those of the secret.
        supersedes: Ids of further rules that find the same secret by less.
        remediation: What to do; empty: delete the secret in the settings, and create a new one.
    """
    provider = Provider(
        name=name,
        category=category,
        reference=reference,
        remediation=remediation or f"Revoke it in the account settings of {name}, and create a new one.",
    )
    description = f"{name} {what}"
    sure = confidence or (Confidence.MEDIUM if words else Confidence.HIGH)
    if not words:
        return provider.token(
            rule_id,
            description,
            *value,
            severity=severity,
            confidence=sure,
            boundary=boundary,
            supersedes=supersedes,
        )
    return provider.named(
        rule_id,
        description,
        words,
        *value,
        said=said,
        severity=severity,
        confidence=sure,
        boundary=boundary,
        supersedes=supersedes,
    )
