"""Rules for signing in, proving who somebody is, and security services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.identity import (
    identity_checks,
    security_intelligence,
    security_operations,
    sign_in,
    workforce_identity,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *identity_checks.RULES,
    *security_intelligence.RULES,
    *security_operations.RULES,
    *sign_in.RULES,
    *workforce_identity.RULES,
)
