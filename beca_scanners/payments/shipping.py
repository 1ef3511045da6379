"""Shipping of parcels and letters, and travel."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_scanners.building import (
    Provider,
    base62,
    base64url,
    either,
    hexadecimal,
)

_CATEGORY: Final = "logistics"

SHIPPO: Final = Provider(
    name="Shippo",
    category=_CATEGORY,
    reference="https://docs.goshippo.com/docs/guides_general/authentication/",
    remediation="Delete the API token in the settings, under API, and create a new one.",
)
EASYPOST: Final = Provider(
    name="EasyPost",
    category=_CATEGORY,
    reference="https://docs.easypost.com/docs/authentication",
    remediation="Disable the API key in the dashboard, under API Keys, and create a new one.",
)
LOB: Final = Provider(
    name="Lob",
    category=_CATEGORY,
    reference="https://docs.lob.com/#tag/Authentication",
    remediation="Rotate the secret API key in the dashboard, under Settings, API Keys.",
)
AFTERSHIP: Final = Provider(
    name="AfterShip",
    category=_CATEGORY,
    reference="https://www.aftership.com/docs/tracking/quickstart/authentication",
    remediation="Delete the API key in the settings, under API keys, and create a new one.",
)
DUFFEL: Final = Provider(
    name="Duffel",
    category="maps",
    reference="https://duffel.com/docs/api/overview/authentication",
    remediation="Delete the access token in the dashboard, under Developers, Access tokens, and create a new one.",
)

RULES: Final = (
    SHIPPO.token("shippo-live-token", "Shippo API token of live mode", "shippo_live_", hexadecimal(40)),
    SHIPPO.token(
        "shippo-test-token", "Shippo API token of test mode", "shippo_test_", hexadecimal(40), severity=Severity.LOW
    ),
    EASYPOST.token("easypost-api-key", "EasyPost API key of production", "EZAK", base62(54)),
    EASYPOST.token("easypost-test-api-key", "EasyPost API key of test mode", "EZTK", base62(54), severity=Severity.LOW),
    LOB.token("lob-api-key", "Lob secret API key of live mode", "live_", hexadecimal(35)),
    LOB.token("lob-test-api-key", "Lob secret API key of test mode", "test_", hexadecimal(35), severity=Severity.LOW),
    LOB.token(
        "lob-publishable-key",
        "Lob publishable API key",
        either("live_pub_", "test_pub_"),
        hexadecimal(31),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    AFTERSHIP.token("aftership-api-key", "AfterShip API key", "asat_", hexadecimal(32)),
    DUFFEL.token(
        "duffel-live-access-token",
        "Duffel access token of live mode",
        "duffel_live_",
        base64url(40, 50),
        severity=Severity.CRITICAL,
    ),
    DUFFEL.token(
        "duffel-test-access-token",
        "Duffel access token of test mode",
        "duffel_test_",
        base64url(40, 50),
        severity=Severity.LOW,
    ),
)
