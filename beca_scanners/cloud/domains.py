"""Registrars and servers of the domain name system, and panels of web hosting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, hexadecimal

if TYPE_CHECKING:
    from beca_core import Rule

DNSIMPLE: Final = Provider(
    name="DNSimple",
    category="cloud",
    reference="https://support.dnsimple.com/articles/api-access-token/",
    remediation="Delete the token in the settings of the account or user, and create a new one.",
)
GANDI: Final = Provider(
    name="Gandi",
    category="cloud",
    reference="https://api.gandi.net/docs/authentication/",
    remediation="Delete the personal access token in the organisation, and create a new one.",
)
GODADDY: Final = Provider(
    name="GoDaddy",
    category="cloud",
    reference="https://developer.godaddy.com/keys",
    remediation="Delete the key on the page of keys, and create a new one.",
)
NAMECHEAP: Final = Provider(
    name="Namecheap",
    category="cloud",
    reference="https://www.namecheap.com/support/api/intro/",
    remediation="Reset the API key in the account under tools, API access.",
)
PORKBUN: Final = Provider(
    name="Porkbun",
    category="cloud",
    reference="https://porkbun.com/api/json/v3/documentation",
    remediation="Delete the API key on the page of API access, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    DNSIMPLE.token(
        "dnsimple-account-token",
        "DNSimple API access token of an account",
        "dnsimple_a_",
        base62(32),
        severity=Severity.CRITICAL,
    ),
    DNSIMPLE.token(
        "dnsimple-user-token",
        "DNSimple API access token of a user",
        "dnsimple_u_",
        base62(32),
        severity=Severity.CRITICAL,
    ),
    DNSIMPLE.token(
        "dnsimple-oauth-token", "DNSimple OAuth access token", "dnsimple_o_", base62(32), severity=Severity.CRITICAL
    ),
    GANDI.named(
        "gandi-access-token", "Gandi personal access token", "gandi", hexadecimal(40), severity=Severity.CRITICAL
    ),
    GANDI.named(
        "gandi-legacy-api-key", "Gandi API key in its old form", "gandi", base62(24), severity=Severity.CRITICAL
    ),
    GODADDY.named(
        "godaddy-api-secret",
        "GoDaddy API secret",
        ("godaddy", "go_daddy"),
        base62(20, 24),
        said=("secret",),
        severity=Severity.CRITICAL,
    ),
    GODADDY.named(
        "godaddy-api-key",
        "GoDaddy API key, which needs its secret too",
        ("godaddy", "go_daddy"),
        base62(8, 20),
        "_",
        base62(20, 24),
        said=("key",),
        severity=Severity.MEDIUM,
    ),
    GODADDY.named(
        "godaddy-sso-key",
        "GoDaddy API key and secret in a header",
        "sso-key",
        base62(8, 20),
        "_",
        base62(20, 24),
        ":",
        base62(20, 24),
        said=(),
        severity=Severity.CRITICAL,
    ),
    NAMECHEAP.named("namecheap-api-key", "Namecheap API key", "namecheap", hexadecimal(32), severity=Severity.CRITICAL),
    PORKBUN.token(
        "porkbun-secret-api-key", "Porkbun secret API key", "sk1_", hexadecimal(64), severity=Severity.CRITICAL
    ),
    PORKBUN.token(
        "porkbun-api-key",
        "Porkbun API key, which needs the secret one too",
        "pk1_",
        hexadecimal(64),
        severity=Severity.MEDIUM,
    ),
)
