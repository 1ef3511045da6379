"""Rules for social networks, media, maps, games, travel, devices and currencies on blockchains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.consumer import (
    blockchains,
    games,
    media_services,
    personal_services,
    picture_services,
    places,
    sensors,
    social_networks,
    wearables_and_cars,
    web_data,
    x_network,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *blockchains.RULES,
    *games.RULES,
    *media_services.RULES,
    *personal_services.RULES,
    *picture_services.RULES,
    *places.RULES,
    *sensors.RULES,
    *social_networks.RULES,
    *wearables_and_cars.RULES,
    *web_data.RULES,
    *x_network.RULES,
)
