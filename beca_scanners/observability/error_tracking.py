"""Services that collect errors of applications, besides Sentry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base36, base62, either, hexadecimal, run, uuid
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Rollbar",
        "error-tracking",
        "https://docs.rollbar.com/docs/access-tokens",
        "rollbar-access-token",
        "access token",
        hexadecimal(32),
        words="rollbar",
        severity=Severity.MEDIUM,
    ),
    single(
        "Rollbar",
        "error-tracking",
        "https://docs.rollbar.com/docs/access-tokens",
        "rollbar-access-token-of-128-digits",
        "access token of 128 digits",
        hexadecimal(128),
        words="rollbar",
    ),
    single(
        "BugSnag",
        "error-tracking",
        "https://docs.bugsnag.com/api/data-access/",
        "bugsnag-auth-token",
        "personal auth token",
        *uuid(),
        words="bugsnag",
    ),
    single(
        "BugSnag",
        "error-tracking",
        "https://docs.bugsnag.com/product/project-settings/",
        "bugsnag-api-key",
        "notifier API key",
        hexadecimal(32),
        words="bugsnag",
        severity=Severity.LOW,
    ),
    single(
        "Airbrake",
        "error-tracking",
        "https://docs.airbrake.io/docs/devops-tools/api/",
        "airbrake-project-key",
        "project key",
        hexadecimal(32),
        words="airbrake",
        severity=Severity.MEDIUM,
    ),
    single(
        "Airbrake",
        "error-tracking",
        "https://docs.airbrake.io/docs/devops-tools/api/",
        "airbrake-user-key",
        "user key or token",
        hexadecimal(40),
        words="airbrake",
    ),
    single(
        "Raygun",
        "error-tracking",
        "https://raygun.com/documentation/product-guides/settings/personal-access-tokens/",
        "raygun-api-key",
        "API key or access token",
        base62(22, 40),
        words="raygun",
        severity=Severity.MEDIUM,
    ),
    single(
        "Honeybadger",
        "error-tracking",
        "https://docs.honeybadger.io/guides/accounts/",
        "honeybadger-project-key",
        "project API key",
        "hbp_",
        base62(24, 40),
        severity=Severity.MEDIUM,
    ),
    single(
        "Honeybadger",
        "error-tracking",
        "https://docs.honeybadger.io/api/getting-started/",
        "honeybadger-personal-token",
        "personal authentication token",
        either("hbu_", "hba_"),
        base62(20, 48),
    ),
    single(
        "Honeybadger",
        "error-tracking",
        "https://docs.honeybadger.io/guides/accounts/",
        "honeybadger-api-key",
        "API key without a prefix",
        base62(20, 40),
        words="honeybadger",
        severity=Severity.MEDIUM,
    ),
    single(
        "Backtrace",
        "error-tracking",
        "https://docs.saucelabs.com/error-reporting/project-setup/submission-url/",
        "backtrace-submission-url",
        "submission URL",
        "submit.backtrace.io/",
        run("a-z0-9-", 2, 40),
        "/",
        hexadecimal(64),
        severity=Severity.MEDIUM,
    ),
    single(
        "LogRocket",
        "error-tracking",
        "https://docs.logrocket.com/reference/authentication",
        "logrocket-api-key",
        "API key",
        base36(5, 12),
        ":",
        base36(5, 24),
        ":",
        base62(16, 40),
        words="logrocket",
    ),
)
