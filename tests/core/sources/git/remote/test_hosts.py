"""Which addresses are public, and that a host is resolved once and as a whole."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import FetchFailed, ForbiddenUrl
from beca_core.sources.git.remote.hosts import is_public, resolve_public
from beca_core.sources.limits import UrlPolicy

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "1.1.1.1", "140.82.112.3", "198.17.255.255", "2606:4700:4700::1111", "2a00:1450:4001::1"]
)
def test_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",  # noqa: S104 - an address like the others here
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:808:808::1",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_public_in_the_disguise_of_ipv6(address: object) -> None:
    assert not is_public(ip_address(f"::ffff:{address}"))
    assert not is_public(ip_address(f"64:ff9b::{address}"))
    assert not is_public(ip_address(f"::{address}"))


@given(st.ip_addresses())
def test_what_is_public_is_global(address: object) -> None:
    parsed = ip_address(str(address))
    assert not is_public(parsed) or parsed.is_global


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Make every host resolve to the given addresses; returns the hosts that were asked for."""

    def install(*addresses: str) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            asked.append(host)
            families = {4: socket.AF_INET, 6: socket.AF_INET6}
            return [(families[ip_address(a).version], 0, 0, "", (a, port)) for a in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return install


def test_resolve_once(resolver: Callable[..., list[str]]) -> None:
    asked = resolver("8.8.8.8", "8.8.8.8", "2606:4700::1")
    assert resolve_public("example.org", 443, UrlPolicy()) == ["8.8.8.8", "2606:4700::1"]
    assert asked == ["example.org"]


@pytest.mark.parametrize("private", ["127.0.0.1", "169.254.169.254", "fd00::1", "64:ff9b::808:808"])
def test_one_private_address_is_enough_to_refuse(resolver: Callable[..., list[str]], private: str) -> None:
    resolver("8.8.8.8", private)
    with pytest.raises(ForbiddenUrl, match="host is not public"):
        resolve_public("example.org", 443, UrlPolicy())
    assert private in resolve_public("example.org", 443, UrlPolicy(allow_private_hosts=True))


def test_brackets_are_no_part_of_an_address() -> None:
    assert resolve_public("[::1]", 443, UrlPolicy(allow_private_hosts=True)) == ["::1"]


def test_a_host_without_address() -> None:
    with pytest.raises(FetchFailed, match="no address"):
        resolve_public("nothing-here.invalid", 443, UrlPolicy())


def test_a_host_that_the_resolver_chokes_on() -> None:
    with pytest.raises(FetchFailed, match="no address"):
        resolve_public("a" * 64 + ".example", 443, UrlPolicy())
