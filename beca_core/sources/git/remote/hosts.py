"""Host names and addresses: their canonical form, and which of them are public.

The special-purpose address registries of IANA (RFC 6890) decide what is public. Some more networks are refused that
`ipaddress.is_global` accepts: a server that fetches any URL must not reach them.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final, TypeAlias

import idna

from beca_core.errors import FetchFailed, ForbiddenUrl, InvalidTarget

if TYPE_CHECKING:
    from beca_core.sources.limits import UrlPolicy

Address: TypeAlias = IPv4Address | IPv6Address

_GLOBAL_UNICAST: Final = ip_network("2000::/3")
_NOT_PUBLIC: Final = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # shared address space of carriers, and metadata services
            "168.63.129.16/32",  # Azure's platform endpoint, reachable from every virtual machine
            "192.0.0.0/24",  # protocol assignments, and metadata services
            "192.88.99.0/24",  # 6to4 relays
            "2001::/23",  # Teredo and other protocol assignments
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: holds an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HINT: Final = "Write it as https://HOST/PATH."


def canonical_host(text: str) -> str:
    """Return a URL's host in its canonical form.

    Args:
        text: A name, an IPv4 address in any of the spellings of `inet_aton`, or an IPv6 address in brackets.

    Returns:
        A lower-case ASCII name, a dotted quad, or a compressed IPv6 address in brackets.

    Raises:
        InvalidTarget: If it is neither a valid name nor a valid address.
    """
    if text.startswith("["):
        return _bracketed(text)
    name = _ascii(text).removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _dotted_quad(name)
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise InvalidTarget("The URL's host is not a valid host name.", hint=_HINT)
    return name


def refuse_private(host: str, policy: UrlPolicy) -> None:
    """Raise `ForbiddenUrl` if a canonical host is private; only `localhost` and literal addresses are checked."""
    if policy.allow_private_hosts:
        return
    address = literal_address(host)
    if host.split(".")[-1] == "localhost" or (address is not None and not is_public(address)):
        raise _private_host()


def literal_address(host: str) -> Address | None:
    """Return the address that a canonical host spells out, or None if it is a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public Internet."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address.version == network.version and address in network for network in _NOT_PUBLIC)


def resolve_public(host: str, port: int, policy: UrlPolicy) -> list[str]:
    """Resolve a canonical host once, so that the caller can pin the connection to the answer.

    Args:
        host: As returned by `canonical_host`.
        port: TCP port.
        policy: With `allow_private_hosts`, any address is accepted.

    Returns:
        At least one IPv4 or IPv6 address, without brackets.

    Raises:
        ForbiddenUrl: If any of the addresses is not public.
        FetchFailed: If the host has no address.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailed("The URL's host has no address.", hint="Check the host name in the URL.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not policy.allow_private_hosts and not all(is_public(ip_address(address)) for address in addresses):
        raise _private_host()
    return addresses


def _private_host() -> ForbiddenUrl:
    return ForbiddenUrl(
        "The URL's host is not public.",
        hint="Repositories on private hosts can be scanned when BECA_ALLOW_PRIVATE_HOSTS=true is set.",
    )


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except UnicodeError:
        raise InvalidTarget("The URL's host is not a valid international host name.", hint=_HINT) from None


def _bracketed(text: str) -> str:
    try:
        if not text.endswith("]") or "%" in text:
            raise ValueError
        return f"[{IPv6Address(text[1:-1]).compressed}]"
    except ValueError:
        raise InvalidTarget("The URL's host is not a valid IPv6 address.", hint=_HINT) from None


def _dotted_quad(name: str) -> str:
    try:
        return str(IPv4Address(socket.inet_aton(name)))
    except OSError:
        raise InvalidTarget("The URL's host is not a valid IPv4 address.", hint=_HINT) from None
