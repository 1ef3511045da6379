"""GitLab's tokens, each kind with a prefix of its own, and the routable ones, which a checksum distinguishes.

The prefixes are those of GitLab's overview of tokens; an instance can be set to use others. A routable token is a
prefix, a payload in base64url, its version `01`, the length of the payload as two digits of base 36, and the CRC-32 of
all this as seven digits of base 36. Source: `lib/authn/token_field/generator/routable_token.rb` of GitLab.
"""

from __future__ import annotations

import string
from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Checksum
from beca_scanners.building import Provider, base36, base62, base64url, either, hexadecimal, run

GITLAB: Final = Provider(
    name="GitLab",
    category="code-hosting",
    reference="https://docs.gitlab.com/security/tokens/",
    remediation="Revoke the token where it was created: in the settings of the user, the project, the group or the "
    "instance. Look through the audit events for its use.",
)

_CHECKSUM: Final = Checksum(algorithm="crc32", encoding="base36", digits=7)
_LENGTH_DIGITS: Final = string.digits + string.ascii_lowercase


def _routable(prefix: str, length: int = 30) -> str:
    """Return a token with a valid checksum and `length` characters of payload."""
    payload = random_text(string.ascii_letters + string.digits + "-_", length, prefix)
    count = _LENGTH_DIGITS[length // 36] + _LENGTH_DIGITS[length % 36]
    return (covered := f"{prefix}{payload}.01.{count}") + _CHECKSUM.checksum_of(covered)


ROUTABLE_TOKEN: Final = Rule(
    id="gitlab-routable-token",
    version=1,
    description="GitLab token with a valid checksum, which names the cell, the organisation and the user it belongs to",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|oas)-[\w-]{27,320}\.01\.[0-9a-z]{9})",
    boundary="0-9A-Za-z_-",
    max_bytes=512,
    checks=(_CHECKSUM,),
    supersedes=("secret-key", "generic-*"),
    provider=GITLAB.name,
    category=GITLAB.category,
    examples=(
        Example(f"GITLAB_TOKEN={_routable('glpat-')}\n", _routable("glpat-")),
        Example(f'token: "{_routable("glrt-t3_", 60)}"', _routable("glrt-t3_", 60)),
        Example(f"--job-token {_routable('glcbt-', 300)}", _routable("glcbt-", 300)),
    ),
    counter_examples=(
        CounterExample(_routable("glpat-")[:-7] + "0" * 7, step=Step.CHECK, check="checksum"),
        CounterExample(_routable("glpat-") + "-1", step=Step.BOUNDARY),
        _routable("glpat-")[:-1],
    ),
    references=(GITLAB.reference,),
    remediation=GITLAB.remediation,
)

RULES: Final = (
    ROUTABLE_TOKEN,
    GITLAB.token(
        "gitlab-access-token",
        "GitLab personal, project, group or impersonation access token",
        "glpat-",
        base64url(20),
        severity=Severity.CRITICAL,
    ),
    GITLAB.token("gitlab-oauth-secret", "GitLab OAuth application secret", "gloas-", base64url(64)),
    GITLAB.token("gitlab-deploy-token", "GitLab deploy token", "gldt-", base64url(20)),
    GITLAB.token(
        "gitlab-runner-token",
        "GitLab runner authentication token",
        either("glrt-", "glrtr-"),
        base64url(20, 26),
    ),
    GITLAB.token(
        "gitlab-runner-registration-token",
        "GitLab runner registration token",
        "GR1348941",
        base64url(20),
    ),
    GITLAB.token(
        "gitlab-job-token",
        "GitLab CI/CD job token",
        "glcbt-",
        base62(1, 5),
        "_",
        base64url(20),
        severity=Severity.MEDIUM,
    ),
    GITLAB.token("gitlab-trigger-token", "GitLab pipeline trigger token", "glptt-", hexadecimal(40)),
    GITLAB.token("gitlab-feed-token", "GitLab feed token", "glft-", base64url(20), severity=Severity.MEDIUM),
    GITLAB.token(
        "gitlab-signed-feed-token",
        "GitLab feed token for one path",
        "glft-",
        hexadecimal(64),
        "-",
        run("0-9", 1, 12),
        severity=Severity.LOW,
    ),
    GITLAB.token("gitlab-mail-token", "GitLab incoming mail token", "glimt-", base36(24, 26), severity=Severity.MEDIUM),
    GITLAB.token("gitlab-agent-token", "GitLab token of an agent for Kubernetes", "glagent-", base64url(50)),
    GITLAB.token(
        "gitlab-scim-token",
        "GitLab SCIM token, which manages users",
        "glsoat-",
        base64url(20),
        severity=Severity.CRITICAL,
    ),
    GITLAB.token(
        "gitlab-feature-flag-token",
        "GitLab client token of feature flags",
        "glffct-",
        base64url(20),
        severity=Severity.LOW,
    ),
    GITLAB.token(
        "gitlab-session-cookie",
        "GitLab session cookie",
        "_gitlab_session=",
        hexadecimal(32),
        boundary="0-9a-f",
        remediation="End the session in the settings of the user, under Active sessions.",
    ),
)
