"""Tokens of npm, which a checksum distinguishes from similar texts, and those of before.

Since September 2021 a token has the form of GitHub's: the prefix `npm_`, 30 random letters and digits, and six digits
of checksum. Source: https://github.blog/security/announcing-npms-new-access-token-format/
"""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, uuid
from beca_scanners.building.checked_token import checked_token

NPM: Final = Provider(
    name="npm",
    category="package-registry",
    reference="https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/",
    remediation="Delete the token with `npm token revoke` or in the account's settings. See whether packages were "
    "published with it.",
)

ACCESS_TOKEN: Final = checked_token(
    NPM, "npm-access-token", "npm access token with a valid checksum", "npm_", 30, severity=Severity.CRITICAL
)

RULES: Final = (
    ACCESS_TOKEN,
    NPM.named(
        "npm-legacy-token",
        "npm access token of before September 2021",
        ("npm_token", "npm_auth", "npm_access", "npmauth", "npm-token"),
        *uuid(),
        said=(),
    ),
)
