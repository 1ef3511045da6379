"""Tokens of warehouses of data, of what brings data into them, and of what shows it."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base62, base64, base64url, either, hexadecimal, run

_WAREHOUSE: Final = "data-platform"
_PIPELINES: Final = "data-platform"
_REPORTS: Final = "analytics"

DATABRICKS: Final = Provider(
    name="Databricks",
    category=_WAREHOUSE,
    reference="https://docs.databricks.com/aws/en/dev-tools/auth/pat",
    remediation="Revoke the token in the settings of the user, under Developer, or delete the secret of the service "
    "principal.",
)
CLICKHOUSE: Final = Provider(
    name="ClickHouse",
    category=_WAREHOUSE,
    reference="https://clickhouse.com/docs/cloud/manage/openapi",
    remediation="Delete the API key in the console of the organisation.",
)
TINYBIRD: Final = Provider(
    name="Tinybird",
    category=_WAREHOUSE,
    reference="https://www.tinybird.co/docs/forward/administration/tokens",
    remediation="Refresh the token in the workspace, under Tokens.",
)
MATERIALIZE: Final = Provider(
    name="Materialize",
    category=_WAREHOUSE,
    reference="https://materialize.com/docs/security/cloud/users-service-accounts/create-service-accounts/",
    remediation="Delete the app password in the console.",
)
DBT: Final = Provider(
    name="dbt",
    category=_PIPELINES,
    reference="https://docs.getdbt.com/docs/dbt-cloud-apis/authentication",
    remediation="Delete the service token or the personal token in the account's settings.",
)
FIVETRAN: Final = Provider(
    name="Fivetran",
    category=_PIPELINES,
    reference="https://fivetran.com/docs/rest-api/getting-started",
    remediation="Revoke the key in the account's settings, under API key.",
)
CENSUS: Final = Provider(
    name="Census",
    category=_PIPELINES,
    reference="https://developers.getcensus.com/api-reference/introduction/authorization",
    remediation="Regenerate the token in the settings of the workspace, under API access.",
)
TABLEAU: Final = Provider(
    name="Tableau",
    category=_REPORTS,
    reference="https://help.tableau.com/current/server/en-us/security_personal_access_tokens.htm",
    remediation="Revoke the token in the settings of the account.",
)
METABASE: Final = Provider(
    name="Metabase",
    category=_REPORTS,
    reference="https://www.metabase.com/docs/latest/people-and-groups/api-keys",
    remediation="Delete the key in the administration, under Authentication, API keys.",
)
HEX_NOTEBOOKS: Final = Provider(
    name="Hex Technologies",
    category=_REPORTS,
    reference="https://learn.hex.tech/docs/api-integrations/api/overview",
    remediation="Revoke the token in the settings, under API keys.",
)
ITERATIVE: Final = Provider(
    name="Iterative",
    category="web-data",
    reference="https://dvc.org/doc/studio/user-guide/account-management",
    remediation="Delete the client access token in the profile, under Tokens.",
)

RULES: Final = (
    DATABRICKS.token(
        "databricks-personal-token",
        "Databricks personal access token",
        "dapi",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    DATABRICKS.token(
        "databricks-oauth-secret",
        "Databricks OAuth secret of a service principal",
        "dose",
        hexadecimal(32),
        severity=Severity.CRITICAL,
        reference="https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m",
    ),
    DATABRICKS.named(
        "databricks-other-token",
        "Databricks token of another kind, such as those of OAuth, of sessions and with a scope",
        "databricks",
        "d",
        run("a-z", 3, 6),
        hexadecimal(32),
    ),
    CLICKHOUSE.token(
        "clickhouse-cloud-secret-key",
        "ClickHouse Cloud secret of an API key",
        "4b1d",
        base62(38),
        confidence=Confidence.MEDIUM,
    ),
    TINYBIRD.token("tinybird-token", "Tinybird token", "p.eyJ", base64url(60, 400), ".", base64url(43)),
    MATERIALIZE.token(
        "materialize-app-password", "Materialize app password", "mzp_", hexadecimal(64), severity=Severity.CRITICAL
    ),
    DBT.token(
        "dbt-service-token", "dbt token of a service or a user", either("dbtc_", "dbtu_", "dbts_"), base64url(28, 64)
    ),
    DBT.named(
        "dbt-legacy-token",
        "dbt token without a prefix",
        ("dbt_cloud", "dbt_api", "dbt_token", "dbt_service"),
        hexadecimal(40, 64),
    ),
    FIVETRAN.named(
        "fivetran-api-secret", "Fivetran secret of an API key", "fivetran", base62(32), said=("secret", "key")
    ),
    CENSUS.token("census-api-token", "Census API token, in the form of RFC 8959", "secret-token:", base64url(20, 64)),
    TABLEAU.token("tableau-personal-token", "Tableau personal access token", base64(22), "==:", base62(32)),
    METABASE.token("metabase-api-key", "Metabase API key", "mb_", base64(43), "="),
    HEX_NOTEBOOKS.token(
        "hex-technologies-token",
        "Hex API token of a person or a workspace",
        either("hxtp_", "hxtw_"),
        hexadecimal(64, 128),
    ),
    ITERATIVE.token("iterative-studio-token", "Iterative DVC Studio access token", "isat_", base62(40, 64)),
)
