"""Platforms that collect metrics, traces and logs: Datadog, New Relic, Grafana, Dynatrace and others."""

from __future__ import annotations

import string
from functools import partial
from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Charset, Checksum, Placeholder
from beca_scanners.building import (
    Provider,
    base32,
    base62,
    base64,
    base64url,
    digits,
    either,
    hexadecimal,
    run,
    uuid,
)

_provider: Final = partial(Provider, category="monitoring")

DATADOG: Final = _provider(
    name="Datadog",
    reference="https://docs.datadoghq.com/account_management/api-app-keys/",
    remediation="Revoke the key under Organization Settings, and create a new one.",
)
NEW_RELIC: Final = _provider(
    name="New Relic",
    reference="https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
    remediation="Delete the key on the page API keys of New Relic, and create a new one.",
)
GRAFANA: Final = _provider(
    name="Grafana",
    reference="https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    remediation="Delete the token in Grafana or in the portal of Grafana Cloud, and create a new one.",
)
DYNATRACE: Final = _provider(
    name="Dynatrace",
    reference="https://docs.dynatrace.com/docs/shortlink/token",
    remediation="Revoke the token under Access tokens of Dynatrace, and look through the audit log for its use.",
)
HONEYCOMB: Final = _provider(
    name="Honeycomb",
    reference="https://docs.honeycomb.io/configure/environments/manage-api-keys/",
    remediation="Delete the key in the settings of the environment, and create a new one.",
)
LOGICMONITOR: Final = _provider(
    name="LogicMonitor",
    reference="https://www.logicmonitor.com/support/rest-api-authentication",
    remediation="Delete the token under User Access, API Tokens, and create a new one.",
)
CORALOGIX: Final = _provider(
    name="Coralogix",
    reference="https://coralogix.com/docs/user-guides/account-management/api-keys/api-keys/",
    remediation="Deactivate the key under Settings, API Keys, and create a new one.",
)
AXIOM: Final = _provider(
    name="Axiom",
    reference="https://axiom.co/docs/reference/tokens",
    remediation="Delete the token under Settings of Axiom, and create a new one.",
)
SPLUNK: Final = _provider(
    name="Splunk",
    reference="https://docs.splunk.com/observability/en/admin/authentication/authentication-tokens/tokens.html",
    remediation="Disable the token in Splunk, and create a new one.",
)
_LICENSE: Final = run("0-9a-fA-Fux", 36)
_SERVICE_ACCOUNT: Final = Checksum(of="body", in_group="sum", encoding="hex-lower", digits=8, little_endian=True)


def _grafana_token(seed: str) -> str:
    body = "glsa_" + random_text(string.ascii_letters + string.digits, 32, seed)
    return f"{body}_{_SERVICE_ACCOUNT.checksum_of(body)}"


def _flipped(token: str) -> str:
    """Return a token of which the last character is another digit."""
    return token[:-1] + ("1" if token[-1] == "0" else "0")


_GRAFANA_SERVICE_ACCOUNT: Final = Rule(
    id="grafana-service-account-token",
    version=1,
    description="Grafana service account token with a valid checksum",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>(?P<body>glsa_[0-9A-Za-z]{32})_(?P<sum>[0-9a-f]{8}))",
    boundary="0-9A-Za-z_",
    checks=(Placeholder(kinds=("filler",)), _SERVICE_ACCOUNT),
    supersedes=("secret-key", "generic-*"),
    provider=GRAFANA.name,
    category=GRAFANA.category,
    examples=tuple(Example(f"token: {token}\n", token) for token in map(_grafana_token, ("one", "two"))),
    counter_examples=(
        CounterExample(_flipped(_grafana_token("three")), step=Step.CHECK, check="checksum"),
        CounterExample(f"glsa_{'x' * 32}_00000000", step=Step.CHECK, check="placeholder"),
    ),
    references=(GRAFANA.reference,),
    remediation=GRAFANA.remediation,
)

RULES: Final[tuple[Rule, ...]] = (
    DATADOG.named(
        "datadog-api-key",
        "Datadog API key",
        ("datadog_api", "datadog-api", "datadogapi", "datadog api", "dd_api", "dd-api", "ddapi"),
        hexadecimal(32),
        said=("key",),
    ),
    DATADOG.named(
        "datadog-application-key",
        "Datadog application key",
        ("datadog_app", "datadog-app", "datadogapp", "datadog app", "dd_app", "dd-app", "ddapp"),
        hexadecimal(40),
        said=("key",),
    ),
    DATADOG.token("datadog-scoped-application-key", "Datadog application key with a prefix", "ddapp_", base62(34, 64)),
    DATADOG.token(
        "datadog-access-token",
        "Datadog personal access token or token of a service account",
        either("ddpat_", "ddsat_"),
        base62(20, 120),
    ),
    DATADOG.token(
        "datadog-remote-configuration-key",
        "Datadog key of remote configuration (RCM)",
        "DDRCM_",
        base32(40, 400),
        reference="https://docs.datadoghq.com/agent/remote_config/",
    ),
    DATADOG.token(
        "datadog-client-token",
        "Datadog client token, which is sent to browsers",
        "pub",
        hexadecimal(32),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    NEW_RELIC.token("new-relic-user-key", "New Relic user (personal API) key", "NRAK-", run("0-9A-Z", 27)),
    NEW_RELIC.token(
        "new-relic-license-key",
        "New Relic license (ingest) key",
        _LICENSE,
        "NRAL",
        boundary="0-9A-Za-z",
    ),
    NEW_RELIC.token("new-relic-query-key", "New Relic Insights query key", "NRIQ-", base64url(32)),
    NEW_RELIC.token(
        "new-relic-insert-key", "New Relic Insights insert key", "NRII-", base64url(32), severity=Severity.MEDIUM
    ),
    NEW_RELIC.token("new-relic-rest-api-key", "New Relic REST API key", "NRRA-", hexadecimal(42)),
    NEW_RELIC.token("new-relic-admin-key", "New Relic admin user key", "NRAA-", run("0-9A-Za-z", 27, 42)),
    NEW_RELIC.token(
        "new-relic-browser-key",
        "New Relic browser key, which is sent to browsers",
        "NRJS-",
        hexadecimal(19),
        severity=Severity.LOW,
    ),
    NEW_RELIC.token(
        "new-relic-mobile-token",
        "New Relic token of a mobile application, which is part of it",
        "AA",
        hexadecimal(40),
        "-NRMA",
        severity=Severity.LOW,
    ),
    NEW_RELIC.token(
        "new-relic-private-location-key",
        "New Relic key of a private location for synthetic checks",
        "NRSP-",
        either("us", "eu"),
        digits(2),
        base62(20, 64),
        reference="https://docs.newrelic.com/docs/synthetics/synthetic-monitoring/private-locations/install-job-manager/",
    ),
    NEW_RELIC.named(
        "new-relic-license-key-of-40-digits",
        "New Relic license key in the older form of 40 digits",
        ("new_relic", "newrelic", "new-relic"),
        hexadecimal(40),
        said=("license", "licence", "key"),
    ),
    _GRAFANA_SERVICE_ACCOUNT,
    GRAFANA.token(
        "grafana-cloud-token",
        "Grafana Cloud access policy token",
        "glc_eyJ",
        base64(40, 400),
        reference="https://grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies/",
    ),
    GRAFANA.token(
        "grafana-api-key",
        "Grafana API key or Grafana Cloud API key: base64 of an object with the key, its name and an id",
        "eyJrIjoi",
        base64(60, 500),
        reference="https://grafana.com/docs/grafana/latest/developers/http_api/authentication/",
    ),
    DYNATRACE.token(
        "dynatrace-api-token",
        "Dynatrace API token, platform token or OAuth client",
        either("dt0c01.", "dt0s01.", "dt0s02.", "dt0s03.", "dt0s06.", "dt0s16."),
        base32(24),
        ".",
        base32(64),
        severity=Severity.CRITICAL,
    ),
    DYNATRACE.token(
        "dynatrace-internal-token",
        "Dynatrace token of an internal kind, of a module or of an installer",
        "dt0",
        run("abdefghijklmnopqrtuvwxyz", 1),
        digits(2),
        ".",
        base32(24),
        ".",
        base32(64),
    ),
    HONEYCOMB.token(
        "honeycomb-ingest-key",
        "Honeycomb ingest key or configuration key",
        either("hcaik_", "hcbik_", "hcxik_", "hcaic_", "hcxic_"),
        run("0-9a-z", 58),
        severity=Severity.MEDIUM,
    ),
    HONEYCOMB.token(
        "honeycomb-management-key",
        "Honeycomb management key",
        either("hcamk_", "hcxmk_"),
        run("0-9a-z", 26),
        ":",
        base62(32),
    ),
    HONEYCOMB.named(
        "honeycomb-api-key", "Honeycomb API key without a prefix", ("honeycomb", "x-honeycomb-team"), base62(22, 32)
    ),
    LOGICMONITOR.token("logicmonitor-bearer-token", "LogicMonitor bearer token", "lmb_", run("0-9A-Za-z+/_-", 40, 300)),
    LOGICMONITOR.token(
        "logicmonitor-access-key",
        "LogicMonitor LMv1 access key",
        "lma_",
        run("0-9A-Za-z+/_-", 28, 120),
        checks=(Charset(upper=1, lower=1, digits=1),),
        counter_examples=(
            CounterExample("lma_registers_are_cleared_before_the_next_call", step=Step.CHECK, check="charset"),
        ),
    ),
    CORALOGIX.token(
        "coralogix-personal-key", "Coralogix personal or team API key", "cxup_", base62(30), severity=Severity.CRITICAL
    ),
    CORALOGIX.token(
        "coralogix-send-key", "Coralogix key for sending data", "cxtp_", base62(30), severity=Severity.MEDIUM
    ),
    AXIOM.token("axiom-personal-token", "Axiom personal token", "xapt-", *uuid(), severity=Severity.CRITICAL),
    AXIOM.token("axiom-api-token", "Axiom API token", "xaat-", *uuid()),
    AXIOM.token("axiom-ingest-token", "Axiom ingest token", "xait-", *uuid(), severity=Severity.MEDIUM),
    SPLUNK.named(
        "splunk-hec-token",
        "Splunk HTTP event collector token",
        ("splunk", "hec_token", "hectoken", "hec-token"),
        *uuid(),
        said=(),
        severity=Severity.MEDIUM,
        reference="https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector",
    ),
    SPLUNK.named(
        "splunk-observability-token",
        "Splunk Observability Cloud (SignalFx) access token",
        ("splunk_access", "splunk_observability", "splunk_o11y", "signalfx", "sfx_auth", "sfx_access"),
        base64url(22),
    ),
)
