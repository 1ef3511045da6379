"""Anthropic's keys, each with a prefix that names its kind, and `AA` at the end.

After the prefix there are 93 characters of the base 64 for URLs; a range is accepted, because only the prefixes are
documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, base64url, digits

if TYPE_CHECKING:
    from beca_core import Rule

ANTHROPIC: Final = Provider(
    name="Anthropic",
    category="ai",
    reference="https://platform.claude.com/docs/en/api/admin-api/apikeys/get-api-key",
    remediation="Disable or delete the key in the Claude Console under API keys, and create a new one.",
)

_REST: Final = (digits(2), "-", base64url(80, 128), "AA")

RULES: Final[tuple[Rule, ...]] = (
    ANTHROPIC.token("anthropic-api-key", "Anthropic API key", "sk-ant-api", *_REST, severity=Severity.CRITICAL),
    ANTHROPIC.token(
        "anthropic-admin-key",
        "Anthropic Admin API key, which manages members, workspaces and API keys",
        "sk-ant-admin",
        *_REST,
        severity=Severity.CRITICAL,
        reference="https://platform.claude.com/docs/en/build-with-claude/administration-api",
        remediation="Delete the key in the Claude Console under Admin keys, and look at the API keys that it created.",
    ),
    ANTHROPIC.token(
        "anthropic-session-id",
        "Anthropic session id, the cookie of someone who is signed in to Claude",
        "sk-ant-sid",
        *_REST,
        remediation="Log out of all devices in the settings of the Claude account.",
    ),
    ANTHROPIC.token(
        "anthropic-oauth-access-token",
        "Anthropic OAuth access token, as Claude Code uses it",
        "sk-ant-oat",
        *_REST,
        reference="https://code.claude.com/docs/en/authentication",
        remediation="Log out of all devices in the settings of the Claude account, and sign in anew.",
    ),
    ANTHROPIC.token(
        "anthropic-oauth-refresh-token",
        "Anthropic OAuth refresh token, with which new access tokens are made",
        "sk-ant-ort",
        *_REST,
        reference="https://code.claude.com/docs/en/authentication",
        remediation="Log out of all devices in the settings of the Claude account, and sign in anew.",
    ),
)
