"""Tokens of databases that others run: relational, of documents, of graphs, of time series."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import Final

from beca_core import Allow, Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Placeholder
from beca_core.rules.example import deferred
from beca_scanners.building import Provider, base36, base62, base64, base64url, either, hexadecimal, run, uuid
from beca_scanners.building.web_token import web_token

_DATABASE: Final = "database"

MONGODB: Final = Provider(
    name="MongoDB",
    category=_DATABASE,
    reference="https://www.mongodb.com/docs/atlas/configure-api-access/",
    remediation="Revoke the secret of the service account or the API key in the access manager of Atlas.",
)
COCKROACH: Final = Provider(
    name="Cockroach Labs",
    category=_DATABASE,
    reference="https://www.cockroachlabs.com/docs/cockroachcloud/managing-access",
    remediation="Delete the API key of the service account in the access management of the console.",
)
PLANETSCALE: Final = Provider(
    name="PlanetScale",
    category=_DATABASE,
    reference="https://planetscale.com/docs/api/service-tokens",
    remediation="Delete the password of the branch, the service token or the OAuth token in the settings.",
)
SUPABASE: Final = Provider(
    name="Supabase",
    category=_DATABASE,
    reference="https://supabase.com/docs/guides/api/api-keys",
    remediation="Delete the key in the settings of the project, under API keys, or the token in the "
    "account's settings.",
)
NEON: Final = Provider(
    name="Neon",
    category=_DATABASE,
    reference="https://neon.com/docs/manage/api-keys",
    remediation="Revoke the key in the account or the organisation, under API keys.",
)
AIVEN: Final = Provider(
    name="Aiven",
    category=_DATABASE,
    reference="https://aiven.io/docs/platform/concepts/authentication-tokens",
    remediation="Revoke the token in the user information, or reset the password of the service's user.",
)
UPSTASH: Final = Provider(
    name="Upstash",
    category=_DATABASE,
    reference="https://upstash.com/docs/redis/features/restapi",
    remediation="Reset the password of the database, or roll the token, in the console.",
)
REDIS: Final = Provider(
    name="Redis",
    category=_DATABASE,
    reference="https://redis.io/docs/latest/operate/rc/api/get-started/manage-api-keys/",
    remediation="Delete the user key in the console, under Access management, API keys.",
)
DATASTAX: Final = Provider(
    name="Datastax",
    category=_DATABASE,
    reference="https://docs.datastax.com/en/astra-db-serverless/administration/manage-application-tokens.html",
    remediation="Delete the application token in the settings of the organisation.",
)
XATA: Final = Provider(
    name="Xata",
    category=_DATABASE,
    reference="https://xata.io/docs/rest-api/authentication",
    remediation="Delete the key in the account's settings, under API keys.",
)
CONVEX: Final = Provider(
    name="Convex",
    category=_DATABASE,
    reference="https://docs.convex.dev/cli/deploy-key-types",
    remediation="Delete the deploy key in the settings of the deployment.",
)
APPWRITE: Final = Provider(
    name="Appwrite",
    category=_DATABASE,
    reference="https://appwrite.io/docs/advanced/platform/api-keys",
    remediation="Delete the key in the project's overview, under API keys.",
)
INFLUX: Final = Provider(
    name="InfluxDB",
    category=_DATABASE,
    reference="https://docs.influxdata.com/influxdb/v2/admin/tokens/",
    remediation="Delete the token in the user interface or with `influx auth delete`.",
)
COUCHBASE: Final = Provider(
    name="Couchbase",
    category=_DATABASE,
    reference="https://docs.couchbase.com/cloud/management-api-guide/management-api-start.html",
    remediation="Delete the key in the settings of the organisation, under API keys.",
)
GEL: Final = Provider(
    name="Gel",
    category=_DATABASE,
    reference="https://docs.geldata.com/cloud/http_gql",
    remediation="Delete the secret key in the cloud console.",
)
STEPZEN: Final = Provider(
    name="StepZen",
    category=_DATABASE,
    reference="https://www.ibm.com/docs/en/api-connect-graphql/saas?topic=started-working-api-keys",
    remediation="Rotate the key in the account's dashboard.",
)
CRUNCHY: Final = Provider(
    name="Crunchy Data",
    category=_DATABASE,
    reference="https://docs.crunchybridge.com/api-concepts/getting-started",
    remediation="Delete the key in the account's settings, under API keys.",
)
SNOWFLAKE: Final = Provider(
    name="Snowflake",
    category="data-platform",
    reference="https://docs.snowflake.com/en/user-guide/programmatic-access-tokens",
    remediation="Remove the token with `ALTER USER ... REMOVE PROGRAMMATIC ACCESS TOKEN`, and look through the login "
    "history.",
)

_PASSWORD_LETTERS: Final = string.ascii_letters + string.digits + "_.~%-"
_PASSWORDS: Final = tuple(random_text(_PASSWORD_LETTERS, 40, f"sfpg {each}") for each in "ab")
_HOST: Final = "a1b2c3d4e5.myorg-myaccount.eu-west-1.aws.postgres.snowflake.app:5432/postgres"

SNOWFLAKE_POSTGRES: Final = Rule(
    id="snowflake-postgres-url-password",
    version=1,
    description="Snowflake Postgres password in a connection string",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=r"postgres(?:ql)?://(?P<user>[\w.-]{1,64}):(?P<secret>[\w.~%-]{8,160})"
    r"@[0-9A-Za-z][\w.-]{0,160}\.postgres\.snowflake\.app",
    max_bytes=512,
    checks=(Placeholder(),),
    supersedes=("secret-key", "generic-*", "*-url-password", "*-url-credentials"),
    provider=SNOWFLAKE.name,
    category=SNOWFLAKE.category,
    attributes=("user",),
    examples=(
        Example(f"DATABASE_URL=postgres://application:{_PASSWORDS[0]}@{_HOST}\n", _PASSWORDS[0]),
        Example(f'url: "postgresql://snowflake_admin:{_PASSWORDS[1]}@{_HOST}"', _PASSWORDS[1]),
    ),
    counter_examples=(
        CounterExample(f"postgres://application:changeme@{_HOST}", step=Step.CHECK, check="placeholder"),
        f"postgres://application@{_HOST}",
        f"postgres://application:{_PASSWORDS[0]}@localhost:5432/postgres",
    ),
    references=("https://docs.snowflake.com/en/user-guide/snowflake-postgres/postgres-connect",),
    remediation="Reset the credentials of the instance's user, and look through the connections that it made.",
)

_LOCAL: Final = "N7UND0UgjKTVK"
"""The beginning of the secret key that each local stack has; it is published with the command line."""
_SECRET_KEY: Final = SUPABASE.token(
    "supabase-secret-key",
    "Supabase secret key of a project",
    "sb_secret_",
    base64url(22),
    "_",
    base64url(8),
    severity=Severity.CRITICAL,
)

RULES: Final = (
    MONGODB.token(
        "mongodb-service-account-secret",
        "MongoDB Atlas secret of a service account",
        "mdb_sa_sk_",
        base64url(36, 48),
        severity=Severity.CRITICAL,
    ),
    MONGODB.named(
        "mongodb-atlas-private-key",
        "MongoDB Atlas private key of the administration API",
        ("mongodb_atlas", "mongodbatlas", "atlas_private", "mcli_private", "mongodb-atlas"),
        *uuid(),
        said=("key", "secret"),
        severity=Severity.CRITICAL,
    ),
    COCKROACH.token(
        "cockroach-cloud-api-key",
        "CockroachDB Cloud API key",
        "CCDB1_",
        base62(22),
        "_",
        base62(40),
        severity=Severity.CRITICAL,
    ),
    PLANETSCALE.token(
        "planetscale-password",
        "PlanetScale password of a database",
        "pscale_pw_",
        run("0-9A-Za-z_.-", 32, 64),
        severity=Severity.CRITICAL,
    ),
    PLANETSCALE.token(
        "planetscale-service-token",
        "PlanetScale service token",
        "pscale_tkn_",
        run("0-9A-Za-z_.-", 32, 64),
        severity=Severity.CRITICAL,
    ),
    PLANETSCALE.token(
        "planetscale-oauth-token",
        "PlanetScale OAuth token",
        "pscale_oauth_",
        run("0-9A-Za-z_.-", 32, 64),
        severity=Severity.CRITICAL,
    ),
    SUPABASE.token(
        "supabase-personal-token",
        "Supabase personal access token",
        either("sbp_", "sbp_oauth_"),
        hexadecimal(40),
        severity=Severity.CRITICAL,
        reference="https://supabase.com/docs/reference/api/introduction",
    ),
    replace(
        _SECRET_KEY,
        allow=Allow(words=(_LOCAL,)),
        counter_examples=deferred(
            lambda: (
                *_SECRET_KEY.counter_examples,
                CounterExample(f"sb_secret_{_LOCAL}{base62(9).sample('a')}_{base62(8).sample('b')}", step=Step.ALLOW),
            )
        ),
    ),
    SUPABASE.token(
        "supabase-publishable-key",
        "Supabase publishable key of a project, which is meant to be public",
        "sb_publishable_",
        base64url(22),
        "_",
        base64url(8),
        severity=Severity.LOW,
        confidence=Confidence.LOW,
    ),
    web_token(
        SUPABASE,
        "supabase-service-key",
        "Supabase service key of a project, which no policy of rows restricts",
        {"iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": "service_role"},
        header={"alg": "HS256", "typ": "JWT"},
        issuers=("supabase",),
        said=('"role":"service_role"',),
        unless=('"iss":"supabase-demo"',),
        severity=Severity.CRITICAL,
        remediation="Move the project to secret keys and disable the legacy keys, or roll the secret of its JSON Web "
        "Tokens.",
    ),
    NEON.token("neon-api-key", "Neon API key", "napi_", base36(64), severity=Severity.CRITICAL),
    AIVEN.token(
        "aiven-service-password",
        "Aiven password of a service's user",
        "AVNS_",
        base64url(16, 24),
        severity=Severity.CRITICAL,
    ),
    AIVEN.token(
        "aiven-token",
        "Aiven authentication token in the header with which it is used",
        "aivenv1 ",
        base64(300, 500),
        severity=Severity.CRITICAL,
    ),
    AIVEN.named(
        "aiven-auth-token", "Aiven authentication token", "aiven", base64(300, 500), severity=Severity.CRITICAL
    ),
    UPSTASH.named(
        "upstash-rest-token", "Upstash REST token of a database", "upstash", run("AQ", 1), base64url(35, 110)
    ),
    UPSTASH.named("upstash-qstash-token", "Upstash QStash token", "qstash", "eyJVc2VySUQiOi", base64(60, 300)),
    UPSTASH.named("upstash-signing-key", "Upstash QStash signing key", "qstash", "sig_", base62(26, 32)),
    REDIS.named(
        "redis-cloud-key",
        "Redis Cloud API key of an account or a user",
        ("redis_cloud", "rediscloud", "redis-cloud"),
        run("AS", 1),
        base36(47, 52),
    ),
    DATASTAX.token(
        "datastax-astra-token",
        "Datastax Astra application token",
        "AstraCS:",
        base62(24),
        ":",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    XATA.token("xata-api-key", "Xata API key", "xau_", base62(32, 64), severity=Severity.CRITICAL),
    CONVEX.token(
        "convex-deploy-key",
        "Convex deploy key of a deployment",
        either("prod:", "dev:", "preview:", "project:"),
        run("0-9a-z:-", 6, 80),
        "|eyJ2MiI6",
        base64url(30, 400),
    ),
    APPWRITE.token("appwrite-api-key", "Appwrite API key", "standard_", hexadecimal(256), severity=Severity.CRITICAL),
    INFLUX.named("influxdb-token", "InfluxDB API token", "influx", base64url(86), "=="),
    INFLUX.token("influxdb-3-token", "InfluxDB 3 token", "apiv3_", base64url(64, 90)),
    COUCHBASE.named("couchbase-api-key", "Couchbase Capella API key", ("couchbase", "capella"), base64(64, 100)),
    GEL.token(
        "gel-secret-key",
        "Gel Cloud secret key of an instance",
        either("nbwt1_eyJ", "edbt1_eyJ"),
        base64url(20, 400),
        ".",
        base64url(20, 600),
        ".",
        base64url(43, 400),
    ),
    STEPZEN.token(
        "stepzen-key",
        "StepZen key of an administrator or an API",
        run("0-9a-z-", 2, 40),
        "::stepzen.",
        either("io+", "net+"),
        "1000::",
        hexadecimal(64),
    ),
    CRUNCHY.token(
        "crunchy-bridge-api-key", "Crunchy Bridge API key", "cbkey_", base62(40, 80), severity=Severity.CRITICAL
    ),
    SNOWFLAKE_POSTGRES,
    web_token(
        SNOWFLAKE,
        "snowflake-programmatic-token",
        "Snowflake programmatic access token",
        {"p": "1234567:7654321", "iss": "SF:1001", "exp": 1_900_000_000},
        issuers=("SF:",),
        severity=Severity.CRITICAL,
    ),
    SNOWFLAKE.token(
        "snowflake-session-token",
        "Snowflake token of a session",
        "ver:1-hint:",
        run("0-9", 1, 24),
        "-ETMsDgAA",
        base64(80, 900),
        severity=Severity.MEDIUM,
        remediation="End the session with `SYSTEM$ABORT_SESSION`, and look through the history of its queries.",
    ),
)
