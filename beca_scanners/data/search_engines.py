"""Tokens of search engines, and of brokers that pass messages on."""

from __future__ import annotations

import string
from base64 import b64encode
from dataclasses import replace
from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Encoded, Entropy
from beca_scanners.building import Provider, base62, base64, base64url, hexadecimal
from beca_scanners.building.provider import LESS_SPECIFIC

_SEARCH: Final = "database"
_BROKERS: Final = "infrastructure"

ALGOLIA: Final = Provider(
    name="Algolia",
    category=_SEARCH,
    reference="https://www.algolia.com/doc/guides/security/api-keys/",
    remediation="Delete the key, or rotate the admin key, in the dashboard, under API keys.",
)
ELASTIC: Final = Provider(
    name="Elastic",
    category=_SEARCH,
    reference="https://www.elastic.co/docs/deploy-manage/api-keys",
    remediation="Invalidate the key in Kibana or in the console of Elastic Cloud, under API keys.",
)
VESPA: Final = Provider(
    name="Vespa",
    category=_SEARCH,
    reference="https://docs.vespa.ai/en/security/guide.html",
    remediation="Delete the token in the console, under Account, Tokens.",
)
CONFLUENT: Final = Provider(
    name="Confluent",
    category=_BROKERS,
    reference="https://docs.confluent.io/cloud/current/security/authenticate/workload-identities/service-accounts/api-keys/overview.html",
    remediation="Delete the API key in the console, or with `confluent api-key delete`.",
)
SYNADIA: Final = Provider(
    name="Synadia",
    category=_BROKERS,
    reference="https://docs.synadia.com/cloud/",
    remediation="Revoke the token in the settings of the account or of the service account.",
)

_LETTERS: Final = string.ascii_letters + string.digits
_PAIR: Final = Encoded(encoding="base64", contains=(":",), content="text")
"""An API key of Elasticsearch is the base64 of an id and a key of 20 and 22 characters, joined by a colon."""

_KEYS: Final = tuple(
    b64encode(f"{random_text(_LETTERS, 20, each)}:{random_text(_LETTERS, 22, each + each)}".encode())
    .decode()
    .rstrip("=")
    for each in ("read", "write")
)

ELASTIC_STACK_KEY: Final = Rule(
    id="elastic-stack-api-key",
    version=1,
    description="Elasticsearch API key as it is encoded for requests, or token with which agents enrol",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=r"(?i:apikey|api[_-]key|elastic|enrol?lment)[\w\"' -]{0,24}[:=\s\"']{1,8}"
    r"(?P<secret>[0-9A-Za-z+/]{58})(?:==|\b)",
    boundary="0-9A-Za-z+/",
    checks=(_PAIR, Entropy(min_share=0.6)),
    supersedes=LESS_SPECIFIC,
    provider=ELASTIC.name,
    category=ELASTIC.category,
    examples=(
        Example(f"Authorization: ApiKey {_KEYS[0]}==\n", _KEYS[0]),
        Example(f'ELASTIC_API_KEY="{_KEYS[1]}=="', _KEYS[1]),
        Example(f"elastic-agent install --enrollment-token={_KEYS[1]}==", _KEYS[1]),
    ),
    counter_examples=(
        CounterExample(f"ApiKey {random_text(_LETTERS, 58, 'no pair')}==", step=Step.CHECK, check="encoded"),
        CounterExample(f"ApiKey {b64encode(b'a' * 20 + b':' + b'a' * 22).decode()}", step=Step.CHECK, check="entropy"),
        f"hash: {_KEYS[0]}==",
    ),
    references=(ELASTIC.reference,),
    remediation=ELASTIC.remediation,
)

RULES: Final = (
    replace(
        ALGOLIA.named(
            "algolia-admin-key",
            "Algolia admin, write or monitoring key",
            "algolia",
            hexadecimal(32),
            said=("admin", "write", "monitoring", "usage", "secret"),
        ),
        supersedes=(*LESS_SPECIFIC, "algolia-api-key"),
    ),
    ALGOLIA.named(
        "algolia-api-key",
        "Algolia API key, which may be one for searches only, that is meant to be public",
        "algolia",
        hexadecimal(32),
        said=("key", "token"),
        severity=Severity.MEDIUM,
    ),
    ELASTIC.token(
        "elastic-cloud-api-key", "Elastic Cloud API key", "essu_", base64(60, 120), severity=Severity.CRITICAL
    ),
    ELASTIC_STACK_KEY,
    ELASTIC.token(
        "elastic-service-token",
        "Elasticsearch token of a service account",
        "AAEAAWVsYXN0aWMv",
        base64url(40, 160),
        reference="https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/service-accounts",
        remediation="Delete the token with the API for tokens of service accounts.",
    ),
    VESPA.token("vespa-cloud-token", "Vespa Cloud token of a data plane", "vespa_cloud_", base62(32, 64)),
    CONFLUENT.token(
        "confluent-api-secret", "Confluent Cloud secret of an API key", "cflt", base64(60), severity=Severity.CRITICAL
    ),
    CONFLUENT.named(
        "confluent-legacy-secret",
        "Confluent Cloud secret of an API key, without a prefix",
        ("confluent", "ccloud", "kafka_api", "sasl_password", "sasl.password", "schema_registry"),
        base64(64),
        said=("secret", "pass", "key"),
        severity=Severity.CRITICAL,
    ),
    SYNADIA.token(
        "synadia-cloud-token", "Synadia Cloud access token", "uat_", base62(40, 80), confidence=Confidence.MEDIUM
    ),
)
