"""Automation between services, collection of events about customers, and fleets."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import (
    Provider,
    base62,
    base64url,
    either,
    run,
)

_CATEGORY: Final = "automation"
_NEW_WEBHOOK: Final = "Delete the webhook and create a new one; the URL is all that a caller needs."

SEGMENT: Final = Provider(
    name="Segment",
    category="analytics",
    reference="https://segment.com/docs/api/public-api/",
    remediation="Revoke the token in the workspace settings, under Access Management, Tokens.",
)
SAMSARA: Final = Provider(
    name="Samsara",
    category="devices",
    reference="https://developers.samsara.com/docs/authentication",
    remediation="Delete the API token in the settings, under API Tokens, and create a new one.",
)
PABBLY: Final = Provider(
    name="Pabbly", category=_CATEGORY, reference="https://www.pabbly.com/connect/", remediation=_NEW_WEBHOOK
)
CAPSOLVER: Final = Provider(
    name="CapSolver",
    category="web-data",
    reference="https://docs.capsolver.com/en/guide/getting-started/",
    remediation="Reset the API key in the dashboard.",
)

RULES: Final = (
    SEGMENT.token(
        "segment-public-api-token", "Segment token of the Public API", "sgp_", base62(64), severity=Severity.CRITICAL
    ),
    SEGMENT.named(
        "segment-write-key",
        "Segment write key of a source",
        ("segment_write", "segment_api", "segmentio", "segment_io", "segment_source"),
        base62(32),
        severity=Severity.LOW,
        said=("key",),
    ),
    SAMSARA.token(
        "samsara-api-token",
        "Samsara API token or OAuth access token",
        "samsara_",
        either("api_", "oauth_", "access_"),
        base62(28, 48),
        severity=Severity.CRITICAL,
    ),
    PABBLY.token(
        "pabbly-webhook",
        "Pabbly Connect webhook",
        "https://connect.pabbly.com/workflow/sendwebhookdata/",
        base64url(60, 160),
        severity=Severity.MEDIUM,
    ),
    CAPSOLVER.token("capsolver-api-key", "CapSolver API key", "CAP-", run("0-9A-F", 32, 70), severity=Severity.MEDIUM),
)
