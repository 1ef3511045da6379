"""Rules for what runs other software: stores of secrets, provisioning, networks, clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.infrastructure import hashicorp, networks, orchestrators, provisioning, secret_stores

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *hashicorp.RULES,
    *secret_stores.RULES,
    *provisioning.RULES,
    *networks.RULES,
    *orchestrators.RULES,
)
