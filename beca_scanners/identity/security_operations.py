"""Security operations: certificates, vaults for data of customers, scanners of networks, and compliance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, digits, hexadecimal
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Skyflow",
        "security",
        "https://docs.skyflow.com/api-authentication/",
        "skyflow-api-key",
        "API key",
        "sky-",
        base62(5),
        "-",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    single(
        "Vanta",
        "security",
        "https://developer.vanta.com/docs/api-access-setup",
        "vanta-client-secret",
        "client secret",
        "vcs_",
        base62(6, 8),
        "_",
        base62(40, 64),
        severity=Severity.CRITICAL,
    ),
    single(
        "Vanta",
        "security",
        "https://developer.vanta.com/docs/api-access-setup",
        "vanta-access-token",
        "access token",
        "vat_",
        base62(6, 8),
        "_",
        base62(16, 64),
    ),
    single(
        "Evervault",
        "security",
        "https://docs.evervault.com/developers/api-authentication",
        "evervault-api-key",
        "API key",
        "ev:key:",
        digits(1, 2),
        ":",
        base62(40, 64),
        ":",
        base62(4, 10),
        ":",
        base62(4, 10),
        severity=Severity.CRITICAL,
    ),
    single(
        "Nightfall",
        "security",
        "https://docs.nightfall.ai/docs/creating-api-key",
        "nightfall-api-key",
        "API key",
        "NF-",
        base62(32),
    ),
)
