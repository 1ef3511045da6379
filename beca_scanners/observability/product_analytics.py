"""Services that count and watch the visitors of sites and the users of applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import base62, base64, base64url, either, hexadecimal
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "PostHog",
        "analytics",
        "https://posthog.com/docs/api",
        "posthog-personal-api-key",
        "personal API key",
        "phx_",
        base62(36, 60),
        severity=Severity.CRITICAL,
    ),
    single(
        "PostHog",
        "analytics",
        "https://posthog.com/docs/feature-flags/local-evaluation",
        "posthog-feature-flags-key",
        "feature flags secure API key",
        "phs_",
        base62(36, 60),
    ),
    single(
        "PostHog",
        "analytics",
        "https://posthog.com/docs/api",
        "posthog-oauth-token",
        "OAuth access token or refresh token",
        either("pha_", "phr_"),
        base62(36, 60),
    ),
    single(
        "PostHog",
        "analytics",
        "https://posthog.com/docs/api",
        "posthog-project-key",
        "project API key, which is sent to browsers",
        "phc_",
        base62(36, 60),
        severity=Severity.LOW,
        confidence=Confidence.LOW,
    ),
    single(
        "FullStory",
        "analytics",
        "https://developer.fullstory.com/server/authentication/",
        "fullstory-api-key",
        "API key",
        either("na1.", "eu1."),
        base64(40, 140),
        words=("fullstory", "full_story", "fs_api"),
    ),
    single(
        "Matomo",
        "analytics",
        "https://matomo.org/faq/general/faq_114/",
        "matomo-auth-token-in-url",
        "auth token in a URL of a report",
        "token_auth=",
        hexadecimal(32),
    ),
    single(
        "Google Analytics",
        "analytics",
        "https://developers.google.com/analytics/devguides/collection/protocol/ga4",
        "google-analytics-api-secret",
        "API secret of the Measurement Protocol",
        base64url(22),
        words=("ga4_api", "measurement_protocol", "ga4_secret", "google_analytics"),
        said=("secret",),
        severity=Severity.MEDIUM,
    ),
    single(
        "Branch",
        "analytics",
        "https://help.branch.io/developers-hub/docs/",
        "branch-test-secret",
        "secret of an application for tests",
        "secret_test_",
        base62(32),
        severity=Severity.LOW,
    ),
    single(
        "Branch",
        "analytics",
        "https://help.branch.io/developers-hub/docs/",
        "branch-key",
        "key of an SDK, which is part of an application",
        either("key_live_", "key_test_"),
        base62(32),
        severity=Severity.LOW,
    ),
)
