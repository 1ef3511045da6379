"""Rules for maps, weather, travel and food."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.consumer.places import (
    maps,
    weather_and_addresses,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *maps.RULES,
    *weather_and_addresses.RULES,
)
