"""Prices, analyses and storage for what is on blockchains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, base64url, either
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "CoinGecko",
        "blockchain",
        "https://docs.coingecko.com/reference/authentication",
        "coingecko-api-key",
        "API key",
        "CG-",
        base62(24),
        severity=Severity.MEDIUM,
    ),
    single(
        "Pinata",
        "blockchain",
        "https://docs.pinata.cloud/account-management/api-keys",
        "pinata-jwt",
        "token",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VySW5mb3JtYXRpb24i",
        base64url(200, 1000),
        ".",
        base64url(43),
    ),
    single(
        "Covalent",
        "blockchain",
        "https://goldrush.dev/docs/",
        "covalent-api-key",
        "API key of GoldRush (Covalent)",
        either("ckey_", "cqt_"),
        base62(24, 40),
        severity=Severity.MEDIUM,
    ),
    single(
        "Bitquery",
        "blockchain",
        "https://docs.bitquery.io/",
        "bitquery-api-key",
        "API key of version 1",
        "BQY",
        base62(29),
        severity=Severity.MEDIUM,
    ),
)
