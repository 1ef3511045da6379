"""Rules for payments, banking, accounting and shops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.payments import (
    accounting,
    banking,
    card_payments,
    latin_american_payments,
    polar,
    regional_payments,
    shipping,
    shopify,
    shops,
    stripe,
    subscriptions,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *stripe.RULES,
    *card_payments.RULES,
    *regional_payments.RULES,
    *latin_american_payments.RULES,
    *banking.RULES,
    *subscriptions.RULES,
    *polar.RULES,
    *accounting.RULES,
    *shopify.RULES,
    *shops.RULES,
    *shipping.RULES,
)
