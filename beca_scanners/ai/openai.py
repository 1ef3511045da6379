"""OpenAI's keys, which have `T3BlbkFJ` in the middle: `OpenAI` in base 64.

The other parts are of random characters: 20 in the first keys, 20 to 74 in those of projects and service accounts.
Other providers' keys of the same outer form, `sk-` and 48 letters and digits, are found by a generic rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base62, base64url, either

if TYPE_CHECKING:
    from beca_core import Rule

OPENAI: Final = Provider(
    name="OpenAI",
    category="ai",
    reference="https://platform.openai.com/docs/api-reference/authentication",
    remediation="Revoke the key on the page of API keys of the organisation, and look at its usage.",
)
COMPATIBLE: Final = Provider(
    name="",
    category="ai",
    reference="https://platform.openai.com/docs/api-reference/authentication",
    remediation="Find out from the code around it which provider issued the key, and revoke it there.",
)

_MARK: Final = "T3BlbkFJ"

RULES: Final[tuple[Rule, ...]] = (
    OPENAI.token(
        "openai-api-key",
        "OpenAI API key of a user, from before projects",
        "sk-",
        base62(20),
        _MARK,
        base62(20),
        severity=Severity.CRITICAL,
    ),
    OPENAI.token(
        "openai-project-key",
        "OpenAI API key of a project or of a service account",
        either("sk-proj-", "sk-svcacct-", "sk-None-"),
        base64url(20, 110),
        _MARK,
        base64url(20, 110),
        severity=Severity.CRITICAL,
    ),
    OPENAI.token(
        "openai-admin-key",
        "OpenAI Admin API key, which manages members, projects and API keys",
        "sk-admin-",
        base64url(20, 110),
        _MARK,
        base64url(20, 110),
        severity=Severity.CRITICAL,
        reference="https://platform.openai.com/docs/api-reference/admin-api-keys",
    ),
    OPENAI.token(
        "openai-session-token",
        "OpenAI session token of someone who is signed in",
        "sess-",
        base62(40),
        confidence=Confidence.MEDIUM,
        remediation="Log out of all devices in the settings of the account.",
    ),
    COMPATIBLE.token(
        "generic-sk-key",
        "API key of the form of OpenAI's first keys, which many providers of models have",
        "sk-",
        base62(48),
        confidence=Confidence.MEDIUM,
    ),
)
