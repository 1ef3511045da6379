"""What makes git connect only to the address that was checked."""

from __future__ import annotations

import shlex
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import FetchFailed, ForbiddenUrl
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
    connection = pinned(url)
    assert connection.url == url
    assert connection.environment["GIT_SSH_VARIANT"] == "ssh"
    command = shlex.split(connection.environment["GIT_SSH_COMMAND"])
    assert command[:3] == ["ssh", "-F", "/dev/null"]
    options = dict(option.split("=", 1) for option in command[4::2])
    assert options["HostName"] == "8.8.4.4"
    assert options["HostKeyAlias"] == alias
    assert options["BatchMode"] == "yes"
    assert options["StrictHostKeyChecking"] == "yes"
    assert options["ProxyCommand"] == "none"


def test_ssh_is_started_with_these_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


PROXY_VARIABLES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY")


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_proxy")
def test_a_proxy_is_used_for_its_scheme_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://other.example:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example")
    proxied = pinned("https://example.org/a")
    assert proxied.environment == {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "internal.example"}
    assert proxied.config == {"http.curloptResolve": "example.org:443:8.8.4.4,2606:4700::1"}
    assert pinned("http://example.org/a").environment == {}
    assert "HTTPS_PROXY" not in pinned("git://example.org/a").environment


@pytest.mark.usefixtures("no_proxy")
def test_behind_a_proxy_names_that_only_it_knows_are_fetched_and_private_ones_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host == "internal.example":
            return [(socket.AF_INET, 0, 0, "", ("10.0.0.7", port))]
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "example.org")
    policy = UrlPolicy()
    found = pin(parse_url("https://example.org/a", policy), policy)
    assert found.environment == {"https_proxy": "http://proxy.example:3128"}, "curl does not look the name up itself"
    assert found.config == {}
    for host in ("internal.example", "127.0.0.1", "localhost", "[::1]"):
        with pytest.raises(ForbiddenUrl):
            pin(parse_url(f"https://{host}/a", policy), policy)
    monkeypatch.delenv("https_proxy")
    with pytest.raises(FetchFailed):
        pin(parse_url("https://example.org/a", policy), policy)


@pytest.mark.usefixtures("no_proxy")
def test_git_asks_the_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        asked: list[bytes] = []

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(FetchFailed):
            fetch_repository("https://example.org/a", tmp_path / "r", policy=UrlPolicy(), limits=Limits())
        thread.join(20)
    assert asked[0].startswith(b"CONNECT example.org:443 ")
