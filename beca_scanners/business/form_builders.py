"""Forms, surveys, meetings and events."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64url, either, hexadecimal, run
from beca_scanners.building.web_token import web_token

_CATEGORY: Final = "documents"
_EVENTS: Final = "business"

TYPEFORM: Final = Provider(
    name="Typeform",
    category=_CATEGORY,
    reference="https://www.typeform.com/developers/get-started/personal-access-token/",
    remediation="Delete the personal token in the account settings and create a new one.",
)
TALLY: Final = Provider(
    name="Tally",
    category=_CATEGORY,
    reference="https://developers.tally.so/api-reference/api-keys",
    remediation="Revoke the API key in the settings, under API keys, and create a new one.",
)
FILLOUT: Final = Provider(
    name="Fillout",
    category=_CATEGORY,
    reference="https://www.fillout.com/help/fillout-rest-api",
    remediation="Regenerate the API key in the settings, under Developer.",
)
FORMBRICKS: Final = Provider(
    name="Formbricks",
    category=_CATEGORY,
    reference="https://formbricks.com/docs/api-reference/rest-api",
    remediation="Delete the API key in the settings of the organization and create a new one.",
)
CAL_COM: Final = Provider(
    name="Cal.com",
    category=_EVENTS,
    reference="https://cal.com/docs/api-reference/v2/introduction",
    remediation="Delete the API key in the settings, under Security, and create a new one.",
)
SAVVYCAL: Final = Provider(
    name="SavvyCal",
    category=_EVENTS,
    reference="https://savvycal.com/docs/api",
    remediation="Delete the token in the settings, under Developer, and create a new one.",
)

CALENDLY: Final = Provider(
    name="Calendly",
    category=_EVENTS,
    reference="https://developer.calendly.com/how-to-authenticate-with-personal-access-tokens",
    remediation="Revoke the personal access token on the page API and Webhooks and create a new one.",
)

RULES: Final = (
    TYPEFORM.token(
        "typeform-personal-access-token", "Typeform personal access token", "tfp_", run("0-9A-Za-z_.-", 40, 70)
    ),
    TALLY.token("tally-api-key", "Tally API key", "tly-", base62(40, 60)),
    FILLOUT.token("fillout-api-key", "Fillout API key", "sk_prod_", base64url(80, 130)),
    FORMBRICKS.token("formbricks-api-key", "Formbricks API key", "fbk_", base64url(40, 60)),
    CAL_COM.token("cal-com-api-key", "Cal.com API key of production", "cal_live_", hexadecimal(32)),
    CAL_COM.token(
        "cal-com-test-api-key",
        "Cal.com API key of another environment",
        either("cal_test_", "cal_"),
        hexadecimal(32),
        severity=Severity.MEDIUM,
    ),
    SAVVYCAL.token("savvycal-token", "SavvyCal personal access token", "pt_secret_", base62(24, 64)),
    web_token(
        CALENDLY,
        "calendly-access-token",
        "Calendly personal access token or OAuth access token",
        {"iss": "https://auth.calendly.com", "iat": 1700000000, "jti": "token"},
        issuers=("https://auth.calendly.com",),
    ),
)
