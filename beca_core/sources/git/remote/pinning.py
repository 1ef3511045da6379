"""Pinning git's connection to the addresses that were checked, so that git does not resolve the host again."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from beca_core.errors import FetchFailed
from beca_core.sources.git.remote.hosts import literal_address, refuse_private, resolve_public
from beca_core.sources.git.remote.local_stores import refuse_borrowed_objects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        ForbiddenUrl: If one of them is not public, and the policy does not allow private hosts; or if it is a
            repository of this machine with objects outside of it.
        FetchFailed: If the host has no address.
    """
    if remote.scheme == "file":
        refuse_borrowed_objects(remote.path)
        return PinnedConnection(str(remote))
    if proxy := _proxy(remote.scheme):
        return _proxied(remote, policy, proxy)
    addresses = resolve_public(remote.host, remote.port, policy)
    if remote.scheme == "ssh":
        return PinnedConnection(str(remote), environment=_ssh(remote, addresses[0]))
    if remote.scheme == "git":
        return _daemon(remote, addresses[0])
    return PinnedConnection(str(remote), _resolved(remote, addresses))


def _resolved(remote: RemoteUrl, addresses: Sequence[str]) -> dict[str, str]:
    """Return the configuration with which curl has looked a name up already."""
    if not addresses or literal_address(remote.host) is not None:
        return {}
    return {"http.curloptResolve": f"{remote.host}:{remote.port}:{','.join(addresses)}"}


def _proxy(scheme: str) -> dict[str, str]:
    """Return the variables that make curl use a proxy for a scheme; as for curl, HTTP_PROXY in capitals is not one."""
    names = {"https": ("https_proxy", "HTTPS_PROXY"), "http": ("http_proxy",)}.get(scheme, ())
    return next(({name: os.environ[name]} for name in names if os.environ.get(name)), {})


def _proxied(remote: RemoteUrl, policy: UrlPolicy, proxy: dict[str, str]) -> PinnedConnection:
    """Let a proxy connect, which looks the name up itself: only a private address that is seen here is refused here.

    Where the network has no names of the internet, the proxy alone knows the address. curl then must not look for it,
    as it would for a host in NO_PROXY: what it would find has not been checked.
    """
    refuse_private(remote.host, policy)
    try:
        addresses: Sequence[str] = resolve_public(remote.host, remote.port, policy)
    except FetchFailed:
        return PinnedConnection(str(remote), environment=proxy)
    direct = {name: os.environ[name] for name in ("no_proxy", "NO_PROXY") if name in os.environ}
    return PinnedConnection(str(remote), _resolved(remote, addresses), {**proxy, **direct})


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
