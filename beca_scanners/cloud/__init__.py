"""Rules for clouds: large ones, regional ones, hosting of sites and applications, and networks of delivery."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "aws_tokens",
    "google_keys",
    "enterprise_clouds",
    "asian_clouds",
    "russian_clouds",
    "servers",
    "site_hosting",
    "delivery",
    "domains",
    "workflows",
    "connections",
    "azure_access",
    "azure_connections",
    "azure_keys",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
