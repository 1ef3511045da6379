"""Services with which employees sign in, and directories of companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64url, hexadecimal
from beca_scanners.building.placed import TokenPlace
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

DUO: Final = Provider(
    name="Duo",
    category="identity",
    reference="https://duo.com/docs/duoweb",
    remediation="Reset the secret key of the application in the admin panel of Duo.",
)

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Okta",
        "identity",
        "https://developer.okta.com/docs/guides/create-an-api-token/main/",
        "okta-api-token",
        "API token",
        "00",
        base64url(40),
        words="okta",
        severity=Severity.CRITICAL,
    ),
    single(
        "Okta",
        "identity",
        "https://developer.okta.com/docs/guides/create-an-api-token/main/",
        "okta-authorization-header",
        "API token in an authorization header",
        "SSWS 00",
        base64url(40),
        severity=Severity.CRITICAL,
    ),
    single(
        "Okta",
        "identity",
        "https://developer.okta.com/docs/guides/implement-grant-type/clientcreds/main/",
        "okta-client-secret",
        "client secret of an application",
        base64url(40, 64),
        words="okta",
        said=("client_secret", "clientsecret", "client-secret"),
    ),
    single(
        "Duo",
        "identity",
        "https://duo.com/docs/adminapi",
        "duo-secret-key",
        "secret key of an application",
        base62(40),
        words=("duo_skey", "duo_secret", "duo_security", "duosecurity", "duo_api", "duo_admin", "duo_auth"),
        said=(),
        severity=Severity.CRITICAL,
    ),
    TokenPlace(
        before=r"(?:^|[\s\"'])skey[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?",
        lines=("[duo]\nikey = DI0123\nskey = {}\nhost = api-0123.duosecurity.com\n", '{"skey": "{}"}', "skey={}"),
    ).rule(
        DUO,
        "duo-skey",
        "Duo secret key in a configuration file",
        base62(40),
        severity=Severity.CRITICAL,
    ),
    single(
        "OneLogin",
        "identity",
        "https://developers.onelogin.com/api-docs/2/getting-started/working-with-api-credentials",
        "onelogin-client-secret",
        "client secret",
        hexadecimal(64),
        words=("onelogin", "one_login"),
        severity=Severity.CRITICAL,
    ),
    single(
        "JumpCloud",
        "identity",
        "https://docs.jumpcloud.com/api/2.0/index.html",
        "jumpcloud-api-key",
        "API key of an administrator",
        "jca_",
        base62(30, 60),
        severity=Severity.CRITICAL,
    ),
    single(
        "JumpCloud",
        "identity",
        "https://docs.jumpcloud.com/api/2.0/index.html",
        "jumpcloud-api-key-of-40-digits",
        "API key without a prefix",
        hexadecimal(40),
        words=("jumpcloud", "jump_cloud"),
        severity=Severity.CRITICAL,
    ),
    single(
        "JumpCloud",
        "identity",
        "https://jumpcloud.com/support/understand-the-agent",
        "jumpcloud-connect-key",
        "connect key for agents",
        hexadecimal(40),
        words=("connect_key", "x-connect-key", "jumpcloud_connect"),
        said=(),
        severity=Severity.MEDIUM,
    ),
)
