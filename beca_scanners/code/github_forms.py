"""GitHub's credentials of other forms: tokens that are JSON Web Tokens, and those of before April 2021.

Since 2026 the token of an app's installation may be a JSON Web Token after the prefix `ghs_`. Source:
https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
"""

from __future__ import annotations

import json
import string
from base64 import urlsafe_b64encode
from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Jwt
from beca_scanners.building import Provider, base32, hexadecimal

GITHUB: Final = Provider(
    name="GitHub",
    category="code-hosting",
    reference="https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
    remediation="Revoke the token in the settings of the account or app that owns it, and look through the audit "
    "log for its use.",
)

_LETTERS: Final = string.ascii_letters + string.digits


def _stateless(seed: str) -> str:
    parts = {"alg": "RS256", "typ": "JWT"}, {"iss": "github", "sub": random_text(_LETTERS, 40, seed)}
    encoded = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"ghs_{'.'.join(encoded)}.{random_text(_LETTERS + '-_', 86, seed)}"


STATELESS_TOKEN: Final = Rule(
    id="github-stateless-token",
    version=1,
    description="GitHub token of an app's installation, a JSON Web Token that is valid for an hour",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>ghs_(?:\w{1,40}_)?(?P<token>eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20,}))",
    boundary="0-9A-Za-z_-",
    max_bytes=4096,
    checks=(Jwt(of="token"),),
    supersedes=("secret-key", "generic-*", "json-web-token"),
    provider=GITHUB.name,
    category=GITHUB.category,
    examples=(
        Example(f"GITHUB_TOKEN={_stateless('job')}\n", _stateless("job")),
        Example(f'token: "{_stateless("app")}"', _stateless("app")),
    ),
    counter_examples=(
        CounterExample(_stateless("job").replace("eyJ", "eyJx", 1), step=Step.CHECK, check="jwt"),
        CounterExample("x" + _stateless("app"), step=Step.BOUNDARY),
        _stateless("job").rpartition(".")[0],
    ),
    references=(
        "https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app",
    ),
    remediation="Suspend the installation of the app, or generate a new private key for the app. The token ends "
    "within an hour.",
)

RULES: Final = (
    STATELESS_TOKEN,
    GITHUB.named(
        "github-legacy-token",
        "GitHub personal token of before April 2021, or the client secret of an OAuth app",
        "github",
        hexadecimal(40),
        severity=Severity.CRITICAL,
    ),
    GITHUB.named(
        "github-legacy-installation-token",
        "GitHub token of an app's installation, in its form of before April 2021",
        "github",
        "v1.",
        hexadecimal(40),
        severity=Severity.MEDIUM,
    ),
    GITHUB.named(
        "github-runner-token",
        "GitHub token with which a self-hosted runner registers, valid for an hour",
        ("github_runner", "actions_runner", "runner_registration", "runner_token", "runner_reg"),
        "A",
        base32(28),
        said=(),
        severity=Severity.MEDIUM,
        reference="https://docs.github.com/en/actions/hosting-your-own-runners/managing-self-hosted-runners/adding-self-hosted-runners",
        remediation="Remove runners that are not known from the settings; the token ends within an hour.",
    ),
)
