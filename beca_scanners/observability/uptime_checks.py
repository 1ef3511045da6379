"""Services that check from outside whether a site answers, a job has run, or a page works in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, base64url, digits, either, hexadecimal, uuid
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "StatusCake",
        "monitoring",
        "https://developers.statuscake.com/guides/api/authentication",
        "statuscake-api-token",
        "API token",
        base62(20, 40),
        words=("statuscake", "status_cake"),
    ),
    single(
        "UptimeRobot",
        "monitoring",
        "https://uptimerobot.com/api/",
        "uptimerobot-api-key",
        "API key of an account or a monitor",
        either("u", "ur", "m"),
        digits(5, 10),
        "-",
        hexadecimal(24),
        words=("uptimerobot", "uptime_robot", "uptime-robot"),
    ),
    single(
        "Pingdom",
        "monitoring",
        "https://docs.pingdom.com/api/",
        "pingdom-api-token",
        "API token",
        base64url(60, 90),
        words="pingdom",
    ),
    single(
        "Checkly",
        "monitoring",
        "https://www.checklyhq.com/docs/accounts-and-users/creating-api-key/",
        "checkly-api-key",
        "API key of a user or an account",
        either("cu_", "ca_", "sv_"),
        hexadecimal(32),
    ),
    single(
        "Cronitor",
        "monitoring",
        "https://cronitor.io/docs/telemetry-api",
        "cronitor-ping-url",
        "URL of telemetry with an API key",
        "cronitor.link/p/",
        hexadecimal(32),
        severity=Severity.MEDIUM,
    ),
    single(
        "Healthchecks.io",
        "monitoring",
        "https://healthchecks.io/docs/http_api/",
        "healthchecks-ping-url",
        "ping URL of a check",
        "hc-ping.com/",
        *uuid(),
        severity=Severity.LOW,
    ),
    single(
        "Better Stack",
        "monitoring",
        "https://betterstack.com/docs/uptime/cron-and-heartbeat-monitor/",
        "better-stack-heartbeat-url",
        "URL of a heartbeat",
        either("uptime.betterstack.com", "betteruptime.com"),
        "/api/v1/heartbeat/",
        base62(24),
        severity=Severity.LOW,
    ),
)
