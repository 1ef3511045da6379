"""Rules for clouds: large ones, regional ones, hosting of sites and applications, and networks of delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.cloud import (
    asian_clouds,
    aws_tokens,
    azure_access,
    azure_connections,
    azure_keys,
    connections,
    delivery,
    domains,
    enterprise_clouds,
    google_keys,
    russian_clouds,
    servers,
    site_hosting,
    workflows,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *aws_tokens.RULES,
    *google_keys.RULES,
    *enterprise_clouds.RULES,
    *asian_clouds.RULES,
    *russian_clouds.RULES,
    *servers.RULES,
    *site_hosting.RULES,
    *delivery.RULES,
    *domains.RULES,
    *workflows.RULES,
    *connections.RULES,
    *azure_access.RULES,
    *azure_connections.RULES,
    *azure_keys.RULES,
)
