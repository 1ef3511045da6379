"""Rules for currencies on blockchains: keys of wallets, exchanges, nodes and data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.consumer.blockchains import (
    blockchain_data,
    blockchain_keys,
    blockchain_nodes,
    exchanges,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *blockchain_data.RULES,
    *blockchain_keys.RULES,
    *blockchain_nodes.RULES,
    *exchanges.RULES,
)
