"""What git is told, so that it connects to the address that was checked and to no other."""

from __future__ import annotations

import shlex
import socket
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import FetchFailed
from beca_core.sources.git.remote.fetch import fetch_repository
from beca_core.sources.git.remote.pinning import PinnedConnection, pin
from beca_core.sources.git.remote.url import parse_url
from beca_core.sources.limits import SCHEMES, Limits, UrlPolicy

if TYPE_CHECKING:
    from pathlib import Path

POLICY = UrlPolicy(frozenset(SCHEMES), allow_private_hosts=True)


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every host resolve to two addresses."""

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host[0].isdigit():
            return [(socket.AF_INET, 0, 0, "", (host, port))]
        return [(socket.AF_INET, 0, 0, "", ("8.8.4.4", port)), (socket.AF_INET6, 0, 0, "", ("2606:4700::1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def pinned(url: str) -> PinnedConnection:
    return pin(parse_url(url, POLICY), POLICY)


@pytest.mark.parametrize(("scheme", "port"), [("https", 443), ("http", 80)])
def test_web(scheme: str, port: int) -> None:
    url = f"{scheme}://example.org/a"
    assert pinned(url) == PinnedConnection(url, {"http.curloptResolve": f"example.org:{port}:8.8.4.4,2606:4700::1"})
    assert pinned(f"{scheme}://example.org:81/a").config["http.curloptResolve"].startswith("example.org:81:")


def test_an_address_needs_no_pin() -> None:
    assert pinned("https://8.8.8.8/a") == PinnedConnection("https://8.8.8.8/a")


def test_files_need_no_pin() -> None:
    assert pinned("file:///a") == PinnedConnection("file:///a")


def test_daemon() -> None:
    assert pinned("git://example.org/a") == PinnedConnection(
        "git://8.8.4.4/a", environment={"GIT_OVERRIDE_VIRTUAL_HOST": "example.org"}
    )
    assert pinned("git://example.org:99/a").environment == {"GIT_OVERRIDE_VIRTUAL_HOST": "example.org:99"}
    assert pinned("git://example.org:99/a").url == "git://8.8.4.4:99/a"


@pytest.mark.parametrize(
    ("url", "alias"),
    [("ssh://git@example.org/a", "example.org"), ("ssh://example.org:2222/a", "[example.org]:2222")],
)
def test_ssh(url: str, alias: str) -> None:
    told = pinned(url)
    assert told.url == url
    assert told.environment["GIT_SSH_VARIANT"] == "ssh"
    command = shlex.split(told.environment["GIT_SSH_COMMAND"])
    assert command[:3] == ["ssh", "-F", "/dev/null"]
    options = dict(option.split("=", 1) for option in command[4::2])
    assert options["HostName"] == "8.8.4.4"
    assert options["HostKeyAlias"] == alias
    assert options["BatchMode"] == "yes"
    assert options["StrictHostKeyChecking"] == "yes"
    assert options["ProxyCommand"] == "none"


def test_ssh_is_started_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ssh").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\nexit 255\n')
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(FetchFailed):
        fetch_repository(
            "ssh://git@example.org:2222/a/b.git", tmp_path / "x.git", policy=POLICY, limits=Limits(fetch_seconds=30)
        )
    arguments = (tmp_path / "arguments").read_text().splitlines()
    assert "HostName=8.8.4.4" in arguments
    assert arguments[arguments.index("-p") + 1] == "2222"
    assert arguments[-2:] == ["git@example.org", "git-upload-pack '/a/b.git'"]
