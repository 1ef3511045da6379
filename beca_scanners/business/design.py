"""Design, images, video and other media."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_core.checks import Charset
from beca_scanners.building import Provider, base64, base64url, either, hexadecimal
from beca_scanners.building.web_token import web_token

_CATEGORY: Final = "design"
_MEDIA: Final = "media"

FIGMA: Final = Provider(
    name="Figma",
    category=_CATEGORY,
    reference="https://developers.figma.com/docs/rest-api/authentication/",
    remediation="Revoke the token in the settings, under Security; an administrator revokes the token of SCIM.",
)
CANVA: Final = Provider(
    name="Canva",
    category=_CATEGORY,
    reference="https://www.canva.dev/docs/connect/authentication/",
    remediation="Generate a new client secret on the page of the app or integration in the Developer Portal.",
)
FRAME_IO: Final = Provider(
    name="Frame.io",
    category=_CATEGORY,
    reference="https://developer.frame.io/docs/getting-started/authentication",
    remediation="Delete the developer token on the page Tokens and create a new one.",
)
ADOBE: Final = Provider(
    name="Adobe",
    category=_CATEGORY,
    reference="https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/",
    remediation="Rotate the client secret of the credential in the Developer Console, under Credential details.",
)
MIRO: Final = Provider(
    name="Miro",
    category=_CATEGORY,
    reference="https://developers.miro.com/docs/getting-started-with-oauth",
    remediation="Revoke the token with /v2/oauth/revoke, or uninstall the app from the team.",
)
VIMEO: Final = Provider(
    name="Vimeo",
    category=_MEDIA,
    reference="https://developer.vimeo.com/api/authentication",
    remediation="Revoke the token on the page of the app, or reset the client secret there.",
)
BANNERBEAR: Final = Provider(
    name="Bannerbear",
    category=_MEDIA,
    reference="https://developers.bannerbear.com/#authentication",
    remediation="Reset the API key in the settings of the project.",
)

RULES: Final = (
    FIGMA.token("figma-personal-access-token", "Figma personal access token", "figd_", base64url(40, 50)),
    FIGMA.token(
        "figma-oauth-token",
        "Figma token of OAuth or of SCIM",
        either("figu_", "figur_", "figor_", "figoh_", "figs_", "figsc_"),
        base64url(40, 60),
    ),
    CANVA.token(
        "canva-client-secret",
        "Canva client secret of an app, or of an integration of the Connect API",
        either("cnvca", "cnvas", "cnvs_", "cnvcs"),
        base64url(40, 60),
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("cnvca" + "zqwxvkjhgfpmnbtrlcydoeuias" * 2,),
    ),
    FRAME_IO.token("frame-io-developer-token", "Frame.io developer token", "fio-u-", base64url(64)),
    ADOBE.token(
        "adobe-client-secret", "Adobe client secret of a credential", "p8e-", base64url(32), severity=Severity.CRITICAL
    ),
    web_token(
        ADOBE,
        "adobe-ims-token",
        "Adobe token of its identity service: access, refresh, device, service or authorization code",
        {"id": "1673_ue1", "type": "access_token", "client_id": "tool", "as": "ims-na1", "expires_in": "86400000"},
        said=('"as":"ims-',),
        reference="https://developer.adobe.com/developer-console/docs/guides/authentication/UserAuthentication/",
        remediation="Sign the user out or rotate the secret of the client; an access token expires after a day.",
    ),
    MIRO.token("miro-access-token", "Miro access token", "eyJtaXJvLm9yaWdpbiI6", base64url(8, 24), "_", base64url(27)),
    VIMEO.named("vimeo-access-token", "Vimeo access token", "vimeo", hexadecimal(32), said=("token",)),
    VIMEO.named("vimeo-client-secret", "Vimeo client secret", "vimeo", base64(128), said=("secret",)),
    BANNERBEAR.token(
        "bannerbear-api-key",
        "Bannerbear API key",
        either("bb_pr_", "bb_ma_"),
        hexadecimal(30),
        severity=Severity.MEDIUM,
    ),
)
