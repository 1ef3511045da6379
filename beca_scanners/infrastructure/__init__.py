"""Rules for what runs other software: stores of secrets, provisioning, networks, clusters."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "hashicorp",
    "secret_stores",
    "provisioning",
    "networks",
    "orchestrators",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
