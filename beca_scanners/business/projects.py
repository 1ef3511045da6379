"""Tasks, projects and products."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, digits, either, hexadecimal, run, upper36
from beca_scanners.building.web_token import web_token

_CATEGORY: Final = "projects"

ASANA: Final = Provider(
    name="Asana",
    category=_CATEGORY,
    reference="https://developers.asana.com/docs/personal-access-token",
    remediation="Revoke the token on the page My apps of the developer console.",
)
LINEAR: Final = Provider(
    name="Linear",
    category=_CATEGORY,
    reference="https://linear.app/developers/graphql",
    remediation="Revoke the API key in the settings, or rotate the secret of the application there.",
)
CLICKUP: Final = Provider(
    name="ClickUp",
    category=_CATEGORY,
    reference="https://developer.clickup.com/docs/authentication",
    remediation="Regenerate the API token in the settings, under Apps.",
)
TRELLO: Final = Provider(
    name="Trello",
    category=_CATEGORY,
    reference="https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/",
    remediation="Revoke the token in the account settings, under Applications, or reset the secret of the Power-Up.",
)
ZENHUB: Final = Provider(
    name="ZenHub",
    category=_CATEGORY,
    reference="https://developers.zenhub.com/",
    remediation="Revoke the personal API key on the page API of the account and create a new one.",
)
TEAMWORK: Final = Provider(
    name="Teamwork",
    category=_CATEGORY,
    reference="https://apidocs.teamwork.com/guides/teamwork/authentication",
    remediation="Reset the API token in the profile, under API and Mobile.",
)
RAYCAST: Final = Provider(
    name="Raycast",
    category=_CATEGORY,
    reference="https://developers.raycast.com/basics/getting-started",
    remediation="Sign out and in again with the command-line tool, which issues a new token.",
)
PLANE: Final = Provider(
    name="Plane",
    category=_CATEGORY,
    reference="https://developers.plane.so/api-reference/introduction",
    remediation="Delete the API token in the settings, under API tokens, and create a new one.",
)

MONDAY: Final = Provider(
    name="monday.com",
    category=_CATEGORY,
    reference="https://developer.monday.com/api-reference/docs/authentication",
    remediation="Regenerate the API token in the Developer Center, under API token.",
)

RULES: Final = (
    ASANA.named(
        "asana-personal-access-token",
        "Asana personal access token",
        "asana",
        either("1/", "2/", "0/"),
        run("0-9/", 10, 40),
        ":",
        hexadecimal(32),
    ),
    ASANA.named(
        "asana-client-secret", "Asana client secret of an app", "asana", hexadecimal(32), said=("secret", "token")
    ),
    LINEAR.token("linear-api-key", "Linear API key", "lin_api_", base62(32, 64)),
    LINEAR.token("linear-oauth-access-token", "Linear OAuth access token", "lin_oauth_", base62(40, 80)),
    LINEAR.token(
        "linear-webhook-secret",
        "Linear secret with which webhooks are signed",
        "lin_wh_",
        base62(32, 64),
        severity=Severity.MEDIUM,
    ),
    CLICKUP.token("clickup-api-token", "ClickUp personal API token", "pk_", digits(5, 10), "_", upper36(32)),
    CLICKUP.named("clickup-client-secret", "ClickUp client secret of an app", "clickup", upper36(64), said=("secret",)),
    TRELLO.token(
        "trello-token",
        "Trello token of a person",
        "ATTA",
        hexadecimal(64),
        run("0-9A-F", 8),
        severity=Severity.CRITICAL,
    ),
    TRELLO.named(
        "trello-legacy-token",
        "Trello token of a person, of before 2022, or secret of an app",
        "trello",
        hexadecimal(64),
    ),
    TRELLO.named(
        "trello-api-key",
        "Trello API key, which identifies an app",
        "trello",
        hexadecimal(32),
        said=("key",),
        severity=Severity.LOW,
    ),
    ZENHUB.token("zenhub-api-key", "ZenHub personal API key", "zh_", hexadecimal(64)),
    TEAMWORK.token("teamwork-api-key", "Teamwork API key", "twp_", base62(24, 48)),
    RAYCAST.token("raycast-access-token", "Raycast access token", "rca_", base62(40, 80), severity=Severity.MEDIUM),
    PLANE.token("plane-api-key", "Plane API key", "plane_api_", hexadecimal(32)),
    web_token(
        MONDAY,
        "monday-api-token",
        "monday.com API token",
        {
            "tid": 1,
            "aai": 11,
            "uid": 2,
            "iad": "2024-01-01T00:00:00.000Z",
            "per": "me:write",
            "actid": 3,
            "rgn": "use1",
        },
        said=('"actid":',),
    ),
)
