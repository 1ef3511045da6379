"""Rules for payments, banking, accounting and shops."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "stripe",
    "card_payments",
    "regional_payments",
    "latin_american_payments",
    "banking",
    "subscriptions",
    "polar",
    "accounting",
    "shopify",
    "shops",
    "shipping",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
