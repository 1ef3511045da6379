"""Rules for signing in, proving who somebody is, and security services."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "identity_checks",
    "security_intelligence",
    "security_operations",
    "sign_in",
    "workforce_identity",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
