"""Sensors, boards and networks of things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.building import base32, base62, either, hexadecimal
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Adafruit",
        "devices",
        "https://io.adafruit.com/api/docs/#authentication",
        "adafruit-io-key",
        "Adafruit IO key",
        "aio_",
        base62(28),
    ),
    single(
        "Ubidots",
        "devices",
        "https://docs.ubidots.com/v1.6/reference/authentication",
        "ubidots-token",
        "token",
        "BBFF-",
        base62(30),
    ),
    single(
        "Ubidots",
        "devices",
        "https://docs.ubidots.com/v1.6/reference/authentication",
        "ubidots-token-of-another-region",
        "token with another prefix",
        either("BBUS-", "A1E-", "BBAU-"),
        base62(30),
    ),
    single(
        "The Things Network",
        "devices",
        "https://www.thethingsindustries.com/docs/reference/api/authentication/",
        "the-things-network-api-key",
        "API key of The Things Stack",
        "NNSXS.",
        base32(39),
        ".",
        base32(52),
    ),
    single(
        "Soracom",
        "devices",
        "https://developers.soracom.io/en/docs/tools/api-reference/",
        "soracom-auth-key",
        "auth key secret of a user",
        "secret-",
        base62(64),
    ),
    single(
        "Edge Impulse",
        "devices",
        "https://docs.edgeimpulse.com/apis/studio",
        "edge-impulse-api-key",
        "API key of a project",
        "ei_",
        hexadecimal(64),
    ),
)
