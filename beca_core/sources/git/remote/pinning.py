"""Pinning git's connection to the addresses that were checked, so that git does not resolve the host again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from beca_core.sources.git.remote.hosts import literal_address, resolve_public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.sources.git.remote.url import RemoteUrl
    from beca_core.sources.limits import UrlPolicy

_SSH_OPTIONS: Final = (
    "BatchMode=yes",
    "ConnectTimeout=30",
    "ForwardAgent=no",
    "PermitLocalCommand=no",
    "ProxyCommand=none",
    "ServerAliveCountMax=4",
    "ServerAliveInterval=30",
    "StrictHostKeyChecking=yes",
)


@dataclass(frozen=True, slots=True)
class PinnedConnection:
    """What makes git connect to the checked addresses.

    Args:
        url: The URL to fetch.
        config: Configuration variables.
        environment: Environment variables.
    """

    url: str
    config: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def pin(remote: RemoteUrl, policy: UrlPolicy) -> PinnedConnection:
    """Resolve the host of a URL, and return how git connects to these addresses only.

    Raises:
        ForbiddenUrl: If one of them is not public, and the policy does not allow private hosts.
        FetchFailed: If the host has no address.
    """
    if remote.scheme == "file":
        return PinnedConnection(str(remote))
    addresses = resolve_public(remote.host, remote.port, policy)
    if remote.scheme == "ssh":
        return PinnedConnection(str(remote), environment=_ssh(remote, addresses[0]))
    if remote.scheme == "git":
        return _daemon(remote, addresses[0])
    if literal_address(remote.host) is not None:
        return PinnedConnection(str(remote))
    return PinnedConnection(str(remote), {"http.curloptResolve": f"{remote.host}:{remote.port}:{','.join(addresses)}"})


def _ssh(remote: RemoteUrl, address: str) -> dict[str, str]:
    """Connect to the address, but look up the host key by name; user and system configuration are ignored."""
    known_as = remote.host if remote.port == 22 else f"[{remote.host.strip('[]')}]:{remote.port}"
    options = (*_SSH_OPTIONS, f"HostName={address}", f"HostKeyAlias={known_as}")
    command = ["ssh", "-F", "/dev/null", *(part for option in options for part in ("-o", option))]
    return {"GIT_SSH_COMMAND": shlex.join(command), "GIT_SSH_VARIANT": "ssh"}


def _daemon(remote: RemoteUrl, address: str) -> PinnedConnection:
    """Connect to the address, and send the host name for servers with virtual hosts."""
    host = f"[{address}]" if ip_address(address).version == 6 else address
    named = remote.host if remote.port == 9418 else f"{remote.host}:{remote.port}"
    return PinnedConnection(str(replace(remote, host=host)), environment={"GIT_OVERRIDE_VIRTUAL_HOST": named})
