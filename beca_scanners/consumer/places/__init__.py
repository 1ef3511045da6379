"""Rules for maps, weather, travel and food."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "maps",
    "weather_and_addresses",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
