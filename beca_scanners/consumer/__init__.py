"""Rules for social networks, media, maps, games, travel, devices and currencies on blockchains."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "blockchains",
    "games",
    "media_services",
    "personal_services",
    "picture_services",
    "places",
    "sensors",
    "social_networks",
    "wearables_and_cars",
    "web_data",
    "x_network",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
