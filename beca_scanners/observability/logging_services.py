"""Services that keep logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, base64url, either, hexadecimal, uuid
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Sumo Logic",
        "monitoring",
        "https://help.sumologic.com/docs/manage/security/access-keys/",
        "sumo-logic-access-key",
        "access key",
        base62(64),
        words=("sumologic", "sumo_logic", "sumo-logic", "sumo_access", "sumo_key"),
    ),
    single(
        "Sumo Logic",
        "monitoring",
        "https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/",
        "sumo-logic-http-source-url",
        "URL of an HTTP source",
        ".collection.sumologic.com/receiver/v1/http/",
        base64url(80, 140),
        severity=Severity.MEDIUM,
    ),
    single(
        "Loggly",
        "monitoring",
        "https://documentation.solarwinds.com/en/success_center/loggly/content/admin/customer-token-authentication-token.htm",
        "loggly-customer-token",
        "customer token",
        *uuid(),
        words="loggly",
        severity=Severity.MEDIUM,
    ),
    single(
        "Loggly",
        "monitoring",
        "https://documentation.solarwinds.com/en/success_center/loggly/content/admin/http-endpoint.htm",
        "loggly-input-url",
        "URL that takes logs",
        "logs-01.loggly.com/",
        either("inputs/", "bulk/"),
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    single(
        "Papertrail",
        "monitoring",
        "https://www.papertrail.com/help/settings-api/",
        "papertrail-api-token",
        "API token",
        base62(20),
        words="papertrail",
    ),
    single(
        "Mezmo",
        "monitoring",
        "https://docs.mezmo.com/docs/api-service-keys",
        "mezmo-service-key",
        "service key of Mezmo (LogDNA)",
        "sts_",
        hexadecimal(32),
    ),
    single(
        "Datadog",
        "monitoring",
        "https://docs.datadoghq.com/logs/log_collection/",
        "datadog-log-input-url",
        "URL that takes logs, with the API key",
        ".datadoghq.com/v1/input/",
        hexadecimal(32),
    ),
)
