"""Wearables, sports and cars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.building import hexadecimal, run
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Fitbit",
        "devices",
        "https://dev.fitbit.com/build/reference/web-api/authorization/",
        "fitbit-client-secret",
        "client secret",
        hexadecimal(32),
        words="fitbit",
        said=("secret",),
    ),
    single(
        "Strava",
        "devices",
        "https://developers.strava.com/docs/authentication/",
        "strava-client-secret",
        "client secret or token",
        hexadecimal(40),
        words="strava",
    ),
    single(
        "Tesla",
        "devices",
        "https://developer.tesla.com/docs/fleet-api/authentication/overview",
        "tesla-client-secret",
        "client secret of the Fleet API",
        "ta-secret.",
        run("0-9A-Za-z+&%!*#@^$-", 12, 40),
        boundary="0-9A-Za-z+&%!*#@^$_-",
    ),
)
