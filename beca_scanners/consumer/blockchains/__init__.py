"""Rules for currencies on blockchains: keys of wallets, exchanges, nodes and data."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "blockchain_data",
    "blockchain_keys",
    "blockchain_nodes",
    "exchanges",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
