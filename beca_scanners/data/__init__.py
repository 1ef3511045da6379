"""Rules for databases, brokers of messages, search, warehouses, analytics and feature flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.data import analytics, feature_flags, managed_databases, search_engines, warehouses

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *managed_databases.RULES,
    *warehouses.RULES,
    *search_engines.RULES,
    *feature_flags.RULES,
    *analytics.RULES,
)
