"""Tokens of networks over other networks, of tunnels, of name servers, and of what manages networks."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base32, base62, either, hexadecimal
from beca_scanners.building.checked_token import checked_token

_NETWORKS: Final = "infrastructure"

TAILSCALE: Final = Provider(
    name="Tailscale",
    category=_NETWORKS,
    reference="https://tailscale.com/kb/1277/key-prefixes",
    remediation="Revoke the key in the admin console, under Settings, Keys or OAuth clients. Look for devices that are "
    "not known.",
)
ZEROTIER: Final = Provider(
    name="ZeroTier",
    category=_NETWORKS,
    reference="https://docs.zerotier.com/api/tokens/",
    remediation="Delete the token in the account, under API access tokens.",
)
NGROK: Final = Provider(
    name="ngrok",
    category=_NETWORKS,
    reference="https://ngrok.com/docs/api/",
    remediation="Delete the authtoken or the API key in the dashboard.",
)
DEFINED: Final = Provider(
    name="Defined Networking",
    category=_NETWORKS,
    reference="https://docs.defined.net/guides/rotating-api-keys/",
    remediation="Delete the key in the admin panel, under API keys.",
)
NETBIRD: Final = Provider(
    name="NetBird",
    category=_NETWORKS,
    reference="https://github.com/netbirdio/netbird/blob/main/management/server/types/personal_access_token.go",
    remediation="Delete the token of the user, under Team, or the setup key.",
)
TELEPORT: Final = Provider(
    name="Teleport",
    category=_NETWORKS,
    reference="https://goteleport.com/docs/enroll-resources/agents/join-token/",
    remediation="Remove the join token with `tctl tokens rm`, and look for nodes that are not known.",
)
NETBOX: Final = Provider(
    name="NetBox",
    category=_NETWORKS,
    reference="https://netboxlabs.com/docs/netbox/integrations/rest-api/",
    remediation="Delete the token in the profile, under API tokens.",
)

RULES: Final = (
    TAILSCALE.token(
        "tailscale-key",
        "Tailscale key: of the API, of an OAuth client, of SCIM, or with which devices join",
        "tskey-",
        either("api-", "auth-", "client-", "scim-", "webhook-"),
        base62(10, 24),
        "-",
        base62(20, 50),
        severity=Severity.CRITICAL,
    ),
    TAILSCALE.token(
        "tailscale-legacy-key", "Tailscale key in its first form", "tskey-", base62(14, 44), severity=Severity.CRITICAL
    ),
    ZEROTIER.named("zerotier-token", "ZeroTier API access token", "zerotier", base62(32)),
    NGROK.named("ngrok-token", "ngrok authtoken or API key", "ngrok", base62(27), "_", base62(20, 24)),
    NGROK.named(
        "ngrok-legacy-token",
        "ngrok authtoken of before 2020",
        "ngrok",
        base62(19, 22),
        said=("authtoken", "auth_token", "token"),
    ),
    DEFINED.token(
        "defined-networking-api-key",
        "Defined Networking API key, which manages a Nebula network",
        "dnkey-",
        base32(26),
        "-",
        base32(52),
        severity=Severity.CRITICAL,
    ),
    checked_token(
        NETBIRD,
        "netbird-access-token",
        "NetBird access token of a user, with a valid checksum",
        "nbp_",
        30,
        severity=Severity.CRITICAL,
    ),
    TELEPORT.named(
        "teleport-join-token", "Teleport token with which agents join", ("teleport", "tctl"), hexadecimal(32)
    ),
    NETBOX.token("netbox-keyed-token", "NetBox API token with its key", "nbt_", base62(12), ".", base62(40)),
)
