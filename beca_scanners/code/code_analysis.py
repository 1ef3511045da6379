"""Tokens of services that look at code: its quality, its licences, its weaknesses, its coverage by tests."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64url, either, hexadecimal, uuid

_QUALITY: Final = "developer-tools"
_SECURITY: Final = "security"

SONAR: Final = Provider(
    name="Sonar",
    category=_QUALITY,
    reference="https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/",
    remediation="Revoke the token in the account, under Security, on the server or on SonarQube Cloud.",
)
CODECOV: Final = Provider(
    name="Codecov",
    category=_QUALITY,
    reference="https://docs.codecov.com/docs/codecov-tokens",
    remediation="Regenerate the token in the settings of the repository or the organisation.",
)
COVERALLS: Final = Provider(
    name="Coveralls",
    category=_QUALITY,
    reference="https://docs.coveralls.io/supported-ci-services",
    remediation="Regenerate the token on the page of the repository, under Settings.",
)
QLTY: Final = Provider(
    name="Qlty",
    category=_QUALITY,
    reference="https://docs.qlty.sh/coverage/quickstart",
    remediation="Rotate the token in the settings of the project or the workspace.",
)
DEEPSOURCE: Final = Provider(
    name="DeepSource",
    category=_QUALITY,
    reference="https://docs.deepsource.com/docs/analyzers-test-coverage",
    remediation="Regenerate the DSN of the repository in its settings, or revoke the access token in the account.",
)
SNYK: Final = Provider(
    name="Snyk",
    category=_SECURITY,
    reference="https://docs.snyk.io/snyk-api/authentication-for-api",
    remediation="Revoke the token in the account settings, or rotate that of the service account.",
)
SOCKET: Final = Provider(
    name="Socket",
    category=_SECURITY,
    reference="https://docs.socket.dev/reference/authentication",
    remediation="Rotate the token in the dashboard, under Settings, API tokens.",
)
STACKHAWK: Final = Provider(
    name="StackHawk",
    category=_SECURITY,
    reference="https://docs.stackhawk.com/apidocs.html",
    remediation="Revoke the key in the settings, under API keys.",
)
GUARDSQUARE: Final = Provider(
    name="GuardSquare",
    category=_SECURITY,
    reference="https://help.guardsquare.com/en/articles/161270-using-the-guardsquare-cli",
    remediation="Delete the key in the settings of the project or of the account, and create a new one.",
)
ENDOR: Final = Provider(
    name="Endor Labs",
    category=_SECURITY,
    reference="https://docs.endorlabs.com/administration/api-keys/",
    remediation="Delete the key under Access control, API keys.",
)

RULES: Final = (
    SONAR.token(
        "sonar-token",
        "Token of SonarQube, of a user, a project or for analyses",
        either("squ_", "sqp_", "sqa_"),
        hexadecimal(40),
    ),
    SONAR.named(
        "sonar-legacy-token",
        "Token of SonarQube or of SonarQube Cloud, without a prefix",
        ("sonarqube", "sonarcloud", "sonar"),
        hexadecimal(40),
        said=("login", "token", "key", "auth"),
    ),
    CODECOV.named(
        "codecov-token", "Codecov upload token of a repository", "codecov", *uuid(), severity=Severity.MEDIUM
    ),
    COVERALLS.named(
        "coveralls-repo-token", "Coveralls token of a repository", "coveralls", base62(32, 36), severity=Severity.MEDIUM
    ),
    QLTY.token(
        "qlty-coverage-token",
        "Qlty token for uploads of coverage, of a project or a workspace",
        either("qltcp_", "qltcw_"),
        base62(16, 64),
        severity=Severity.MEDIUM,
    ),
    DEEPSOURCE.token(
        "deepsource-dsn",
        "DeepSource DSN of a repository",
        "https://",
        hexadecimal(32),
        "@deepsource.io",
        severity=Severity.MEDIUM,
    ),
    DEEPSOURCE.token("deepsource-token", "DeepSource personal access token", "dsp_", hexadecimal(40)),
    SNYK.token(
        "snyk-access-token",
        "Snyk access token of a person or of a service account",
        either("snyk_uat.", "snyk_sat."),
        base62(6, 12),
        ".",
        base64url(40, 1000),
    ),
    SNYK.named("snyk-api-token", "Snyk API token", "snyk", *uuid()),
    SOCKET.token("socket-api-token", "Socket API token", "sktsec_", base64url(40, 90)),
    STACKHAWK.token("stackhawk-api-key", "StackHawk API key", "hawk.", base62(20), ".", base62(20)),
    GUARDSQUARE.token("guardsquare-appsweep-key", "GuardSquare AppSweep API key", "gs_appsweep_", base64url(24, 96)),
    GUARDSQUARE.named(
        "guardsquare-token",
        "GuardSquare token, of the command line or for Maven",
        ("guardsquare", "appsweep"),
        base64url(24, 96),
    ),
    ENDOR.token("endor-labs-api-key", "Endor Labs API key or its secret", "endr+", base62(16)),
)
