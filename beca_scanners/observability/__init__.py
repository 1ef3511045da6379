"""Rules for logs, metrics, traces, errors and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.observability import (
    error_tracking,
    incident_response,
    logging_services,
    monitoring_platforms,
    product_analytics,
    sentry,
    uptime_checks,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *error_tracking.RULES,
    *incident_response.RULES,
    *logging_services.RULES,
    *monitoring_platforms.RULES,
    *product_analytics.RULES,
    *sentry.RULES,
    *uptime_checks.RULES,
)
