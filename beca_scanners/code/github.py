"""GitHub's tokens, which a checksum distinguishes from similar texts.

Since April 2021 a token is a prefix that names its kind (`ghp_` personal, `gho_` OAuth, `ghu_` user-to-server, `ghs_`
server-to-server, `ghr_` refresh), random letters and digits, and six digits of checksum: the CRC-32 of the random
part in base 62, padded with zeros on the left. A token has 36 characters after the prefix; a refresh token may have 76.
A text with a wrong checksum is not a token and is not reported. A right checksum proves a token even between other
letters.

Fine-grained personal access tokens (`github_pat_`) have a longer prefix and two parts of 22 and 59 letters and digits.
GitHub documents only the prefix: the lengths are those of tokens in use, and no checksum is known.
"""

from __future__ import annotations

import string
from typing import Final

from beca_core import Confidence, Example, Rule, Severity
from beca_core.checks import Checksum
from beca_core.rules.rule import random_text

BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIXES: Final = ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")

_PREFIX: Final = len("ghp_")
_CHECKSUM: Final = Checksum(
    algorithm="crc32", encoding="base62", digits=6, skip=_PREFIX, lengths=(_PREFIX + 36, _PREFIX + 76)
)

_REMEDIATION: Final = (
    "Revoke the token in the settings of the account or app that owns it, and look through the audit log for its use."
)


def checksum(random_part: str) -> str:
    """Return the six base-62 digits at the end of a token with this random part."""
    return _CHECKSUM.checksum_of(random_part)


def _example(prefix: str, length: int = 36) -> Example:
    random_part = random_text(BASE62, length - _CHECKSUM.digits, prefix)
    token = prefix + random_part + checksum(random_part)
    return Example(f"GITHUB_TOKEN={token}\n", secret=token, confidence=Confidence.HIGH)


def _fine_grained_example() -> Example:
    token = "github_pat_" + random_text(BASE62, 22, "owner") + "_" + random_text(BASE62, 59, "token")
    return Example(f'token: "{token}"', secret=token)


TOKEN: Final = Rule(
    id="github-token",
    version=1,
    description="GitHub token with a valid checksum",
    severity=Severity.CRITICAL,
    supersedes=("secret-key", "generic-*"),
    provider="GitHub",
    category="code-hosting",
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>gh[opsur]_[0-9A-Za-z]{36})",
    checks=(_CHECKSUM,),
    examples=(*map(_example, PREFIXES), _example("ghr_", 76)),
    counter_examples=(
        "ghp_" + random_text(BASE62, 30, "wrong") + "000000",
        "ghp_" + "x" * 36,
        "ghp_" + random_text(BASE62, 20, "short"),
    ),
    references=(
        "https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
    ),
    remediation=_REMEDIATION,
)

FINE_GRAINED_TOKEN: Final = Rule(
    id="github-fine-grained-token",
    version=1,
    description="GitHub fine-grained personal access token",
    severity=Severity.CRITICAL,
    supersedes=("secret-key", "generic-*"),
    provider="GitHub",
    category="code-hosting",
    confidence=Confidence.MEDIUM,
    pattern=r"\b(?P<secret>github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59})\b",
    min_entropy=4.0,
    examples=(_fine_grained_example(),),
    counter_examples=(
        "github_pat_" + "x" * 22 + "_" + "y" * 59,
        "github_pat_" + random_text(BASE62, 82, "one part"),
    ),
    references=(
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens",
    ),
    remediation=_REMEDIATION,
)

RULES: Final = (TOKEN, FINE_GRAINED_TOKEN)
