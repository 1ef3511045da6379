"""Rules for logs, metrics, traces, errors and alerts."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "error_tracking",
    "incident_response",
    "logging_services",
    "monitoring_platforms",
    "product_analytics",
    "sentry",
    "uptime_checks",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
