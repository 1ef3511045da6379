"""Rules for databases, brokers of messages, search, warehouses, analytics and feature flags."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "managed_databases",
    "warehouses",
    "search_engines",
    "feature_flags",
    "analytics",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
