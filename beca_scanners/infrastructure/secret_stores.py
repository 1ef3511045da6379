"""Tokens of services that keep secrets, of which one opens all the others."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Entropy
from beca_scanners.building import Provider, base62, base64, base64url, either, hexadecimal, run, uuid
from beca_scanners.building.web_token import web_token

_SECRETS: Final = "secrets-management"
_ACCOUNT_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789"
_GROUPS: Final = tuple(enumerate((6, 6, 5, 5, 5, 5)))
"""Place and length of each group of a 1Password secret key, in characters."""

DOPPLER: Final = Provider(
    name="Doppler",
    category=_SECRETS,
    reference="https://docs.doppler.com/reference/auth-token-formats",
    remediation="Revoke the token in the dashboard, under Tokens or in the access of the config. Rotate the "
    "secrets that it could read.",
)
ONE_PASSWORD: Final = Provider(
    name="1Password",
    category=_SECRETS,
    reference="https://developer.1password.com/docs/service-accounts/security/",
    remediation="Revoke the token in the account, under Developer, and rotate the secrets of the vaults that it could "
    "read.",
)
INFISICAL: Final = Provider(
    name="Infisical",
    category=_SECRETS,
    reference="https://infisical.com/docs/documentation/platform/token",
    remediation="Delete the token under Access control, and rotate the secrets that it could read.",
)
BITWARDEN: Final = Provider(
    name="Bitwarden",
    category=_SECRETS,
    reference="https://bitwarden.com/help/access-tokens/",
    remediation="Revoke the token in the machine account, or rotate the API key of the user. Rotate the "
    "secrets that it could read.",
)
DASHLANE: Final = Provider(
    name="Dashlane",
    category=_SECRETS,
    reference="https://cli.dashlane.com/personal/devices",
    remediation="Remove the device in the list of devices, and rotate the secrets that it could read.",
)
PHASE: Final = Provider(
    name="Phase",
    category=_SECRETS,
    reference="https://docs.phase.dev/access-control/service-accounts",
    remediation="Delete the token in the console, and rotate the secrets that it could read.",
)
DOTENV: Final = Provider(
    name="Dotenv",
    category=_SECRETS,
    reference="https://www.dotenv.org/docs/security/dotenv-key",
    remediation="Rotate the key, encrypt the file again, and rotate the secrets in it.",
)

_ACCOUNT_KEYS: Final = tuple(
    "A3-" + "-".join(random_text(_ACCOUNT_LETTERS, length, f"account {number} {place}") for place, length in _GROUPS)
    for number in (1, 2)
)

SECRET_KEY_OF_ACCOUNT: Final = Rule(
    id="1password-secret-key",
    version=1,
    description="1Password secret key of an account",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>A3-[A-Z2-9]{6}-[A-Z2-9]{6}-[A-Z2-9]{5}-[A-Z2-9]{5}-[A-Z2-9]{5}-[A-Z2-9]{5})",
    boundary="0-9A-Za-z_-",
    checks=(Entropy(min_share=0.6),),
    supersedes=("secret-key", "generic-*"),
    provider=ONE_PASSWORD.name,
    category=ONE_PASSWORD.category,
    examples=(
        Example(f"Secret key: {_ACCOUNT_KEYS[0]}\n", _ACCOUNT_KEYS[0]),
        Example(f'"secret_key": "{_ACCOUNT_KEYS[1]}"', _ACCOUNT_KEYS[1]),
    ),
    counter_examples=(
        CounterExample("A3-AAAAAA-AAAAAA-AAAAA-AAAAA-AAAAA-AAAAA", step=Step.CHECK, check="entropy"),
        CounterExample(_ACCOUNT_KEYS[0] + "-B", step=Step.BOUNDARY),
        _ACCOUNT_KEYS[0][:-1],
    ),
    references=("https://support.1password.com/secret-key-security/",),
    remediation="Generate a new secret key in the profile, under Account details, and change the account password.",
)

RULES: Final = (
    DOPPLER.token(
        "doppler-cli-token", "Doppler CLI token of a user", "dp.ct.", base62(40, 44), severity=Severity.CRITICAL
    ),
    DOPPLER.token(
        "doppler-personal-token", "Doppler personal token", "dp.pt.", base62(40, 44), severity=Severity.CRITICAL
    ),
    DOPPLER.token(
        "doppler-service-token",
        "Doppler service token, which reads the secrets of a config",
        "dp.st.",
        base62(40, 44),
        severity=Severity.CRITICAL,
    ),
    DOPPLER.token(
        "doppler-config-token",
        "Doppler service token that names its config",
        "dp.st.",
        run("0-9a-z_-", 2, 35),
        ".",
        base62(40, 44),
        severity=Severity.CRITICAL,
    ),
    DOPPLER.token(
        "doppler-service-account-token",
        "Doppler token of a service account or of its identity",
        either("dp.sa.", "dp.said."),
        base62(40, 44),
        severity=Severity.CRITICAL,
    ),
    DOPPLER.token("doppler-scim-token", "Doppler SCIM token, which manages users", "dp.scim.", base62(40, 44)),
    DOPPLER.token("doppler-audit-token", "Doppler audit token", "dp.audit.", base62(40, 44), severity=Severity.MEDIUM),
    ONE_PASSWORD.token(
        "1password-service-account-token",
        "1Password token of a service account",
        "ops_eyJ",
        base64url(200, 1000),
        severity=Severity.CRITICAL,
    ),
    SECRET_KEY_OF_ACCOUNT,
    web_token(
        ONE_PASSWORD,
        "1password-connect-token",
        "1Password token of a Connect server",
        {"iss": "com.1password.b5", "aud": ["com.1password.connect"]},
        issuers=("com.1password.",),
        severity=Severity.CRITICAL,
        reference="https://developer.1password.com/docs/connect/security/",
    ),
    INFISICAL.token(
        "infisical-service-token",
        "Infisical service token",
        "st.",
        hexadecimal(24),
        ".",
        hexadecimal(32),
        ".",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    INFISICAL.named(
        "infisical-client-secret",
        "Infisical client secret of a machine identity",
        "infisical",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    BITWARDEN.named(
        "bitwarden-access-token",
        "Bitwarden access token of a machine account",
        ("bws_", "bitwarden", "bw_access"),
        "0.",
        *uuid(),
        ".",
        base62(30),
        ":",
        base64(22),
        "==",
        severity=Severity.CRITICAL,
    ),
    BITWARDEN.named(
        "bitwarden-client-secret",
        "Bitwarden client secret of a personal API key",
        ("bitwarden", "bw_client"),
        base62(30),
        said=("secret",),
        severity=Severity.CRITICAL,
    ),
    DASHLANE.token(
        "dashlane-device-key",
        "Dashlane keys of a device of the command line",
        "dls_",
        base62(16, 48),
        "_",
        base64url(60, 1000),
        severity=Severity.CRITICAL,
    ),
    PHASE.token(
        "phase-token",
        "Phase token of a service or a user",
        either("pss_service:v1:", "pss_user:v1:", "pss_service:v2:", "pss_user:v2:"),
        hexadecimal(64),
        ":",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    DOTENV.token(
        "dotenv-vault-key",
        "Dotenv key, which decrypts the file .env.vault",
        "dotenv://:key_",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
)
