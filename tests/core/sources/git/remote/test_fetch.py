"""Fetching from servers on loopback: what arrives, and the error when nothing does."""

from __future__ import annotations

import functools
import http.server
import os
import socket
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import DeadlineExceeded, DiskFull, FetchFailed, ForbiddenUrl, SourceError
from beca_core.sources.git.remote import fetch as fetch_module
from beca_core.sources.git.remote.failures import explain
from beca_core.sources.git.remote.fetch import disk_usage, fetch_repository
from beca_core.sources.limits import SCHEMES, Limits, Scope, UrlPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANY = UrlPolicy(frozenset(SCHEMES), allow_private_hosts=True)
SOON = Limits(fetch_seconds=30)


@pytest.fixture
def fetch(tmp_path: Path) -> Callable[..., Path]:
    """Fetch a URL, and return the bare repository that is made."""

    def run(url: str, *, limits: Limits = SOON, policy: UrlPolicy = ANY) -> Path:
        target = tmp_path / "fetched" / "repository.git"
        target.parent.mkdir()
        fetch_repository(url, target, policy=policy, limits=limits)
        return target

    return run


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[str]:
    """A git daemon that serves the test's directory; yields the URL of its root."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", f"--base-path={tmp_path}", "--export-all"]
    with subprocess.Popen([*command, "--reuseaddr"], stderr=subprocess.DEVNULL) as process:
        _wait_for(port)
        yield f"git://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server of the test's directory; yields the URL of its root.

    `/smart/...` speaks git's protocol, and a path that begins with a number is answered with that status.
    """
    handler = functools.partial(_Web, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class _Web(http.server.SimpleHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012 - handlers are made per request

    def do_GET(self) -> None:
        self.seen.append(self.path)
        first, _, rest = self.path[1:].partition("/")
        if first == "smart":
            self._smart("/" + rest)
        elif first.isdigit():
            self._plain(int(first), rest)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self._smart(self.path.removeprefix("/smart"))

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _plain(self, status: int, rest: str) -> None:
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"/{rest}")
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self._send(b"<html>a page like any other</html>")

    def _smart(self, target: str) -> None:
        """Let git's own CGI program answer."""
        path, _, query = target.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": self.directory,
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = subprocess.run(
            ["git", "http-backend"], env=environment, input=body, capture_output=True, check=True
        ).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self._send(content)

    def _send(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A server that accepts connections and never answers; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the server did not start")


def export(repo) -> None:
    """Make a repository readable through a static web server."""
    repo.git("repack", "-a", "-d", "--quiet")
    repo.git("update-server-info")


@pytest.fixture(params=["daemon", "smart web", "static web", "file"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL at which the test's directory is served, for each transport."""
    if request.param == "file":
        return f"file://{tmp_path}"
    if request.param == "daemon":
        return request.getfixturevalue("daemon")
    return request.getfixturevalue("web") + ("/smart" if request.param == "smart web" else "")


@pytest.mark.slow
def test_all_refs_arrive(repo, read, fetch, root: str) -> None:
    repo.commit({"a": "one"}, "first")
    repo.git("tag", "--annotate", "--message", "a tag", "v1")
    repo.git("branch", "old")
    repo.commit({"a": "two"})
    repo.git("notes", "add", "--message", "a note")
    repo.git("update-ref", "refs/pull/7/head", repo.git("commit-tree", "HEAD^{tree}", "-m", "a pull request"))
    repo.git("symbolic-ref", "HEAD", "refs/heads/old")
    export(repo)
    fetched = fetch(f"{root}/repo/.git")
    assert read(fetched).blobs.keys() == repo.objects("blob", "commit", "tag")
    assert read(fetched).skipped == []
    assert read(fetched, Scope.HEAD).contents == {b"one"}
    refs = "for-each-ref", "--format=%(objectname) %(refname)"
    assert repo.git("-C", str(fetched), *refs) == repo.git(*refs)


def test_a_detached_head(repo, read, fetch, daemon: str) -> None:
    repo.commit({"a": "one"})
    repo.git("checkout", "--quiet", "--detach")
    repo.commit({"a": "on no branch"})
    fetched = fetch(f"{daemon}/repo")
    assert read(fetched, Scope.HEAD).contents == {b"on no branch"}


def test_a_head_whose_branch_does_not_exist(repo, read, fetch, daemon: str) -> None:
    repo.commit({"a": "one"})
    repo.git("branch", "--move", "main", "other")
    repo.git("symbolic-ref", "HEAD", "refs/heads/gone")
    fetched = fetch(f"{daemon}/repo")
    assert read(fetched).contents == {b"one"}
    assert read(fetched, Scope.HEAD).reasons == ["missing"]


@pytest.mark.parametrize("transport", ["daemon", "smart web", "file"])
def test_an_empty_repository(repo, read, fetch, request: pytest.FixtureRequest, transport: str) -> None:
    roots = {"file": f"file://{repo.path.parent}"}
    first, _, last = transport.rpartition(" ")
    root = roots.get(transport) or request.getfixturevalue(last) + f"/{first}".rstrip("/")
    fetched = fetch(f"{root}/repo/.git")
    for scope in (Scope.HISTORY, Scope.HEAD):
        assert (read(fetched, scope).blobs, read(fetched, scope).skipped) == ({}, [])


def test_a_static_web_server_cannot_say_that_a_repository_is_empty(repo, fetch, web: str) -> None:
    export(repo)
    with pytest.raises(FetchFailed, match="no git repository"):
        fetch(f"{web}/repo/.git")


def test_sha256(make_repo, read, fetch, daemon: str) -> None:
    repo = make_repo("repo", "--object-format=sha256")
    repo.commit({"a": "one"})
    assert read(fetch(f"{daemon}/repo"), Scope.HEAD).contents == {b"one"}


def test_objects_that_a_strict_git_would_refuse(repo, read, fetch, daemon: str) -> None:
    tree = repo.git("mktree", data=b"")
    odd = repo.store(f"tree {tree}\nauthor nobody\ncommitter nobody\n\nodd".encode(), "commit")
    repo.git_dir.joinpath("refs/heads/main").write_text(odd + "\n")
    assert odd in read(fetch(f"{daemon}/repo")).blobs


def test_names_of_hosts_are_pinned(repo, read, fetch, web: str) -> None:
    repo.commit({"a": "one"})
    export(repo)
    url = web.replace("127.0.0.1", "localhost")
    assert read(fetch(f"{url}/repo/.git")).contents == {b"one"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("301/repo/.git", "redirect"),
        ("302/repo/.git", "redirect"),
        ("307/repo/.git", "redirect"),
        ("308/repo/.git", "redirect"),
        ("401/repo", "may be private"),
        ("403/repo", "may be private"),
        ("404/repo", "no git repository"),
        ("nothing/here", "no git repository"),
        ("500/repo", "returned error: 500"),
        ("200/repo", "no git repository"),
    ],
)
def test_answers_of_web_servers(repo, fetch, web: str, path: str, words: str) -> None:
    repo.commit({"a": "one"})
    export(repo)
    with pytest.raises(FetchFailed, match=words):
        fetch(f"{web}/{path}")


def test_a_redirect_is_not_followed(repo, fetch, web: str) -> None:
    repo.commit({"a": "one"})
    export(repo)
    _Web.seen.clear()
    with pytest.raises(FetchFailed, match="Use the URL to which the server redirects"):
        fetch(f"{web}/301/repo/.git")
    assert {path.split("/")[1] for path in _Web.seen} == {"301"}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/a", "git://127.0.0.1:{}/a", "https://127.0.0.1:{}/a", "ssh://127.0.0.1:{}/a"]
)
def test_a_host_that_does_not_answer(fetch, url: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(FetchFailed, match="does not answer"):
            fetch(url.format(unused.getsockname()[1]))


def test_a_web_server_without_tls(fetch, web: str) -> None:
    with pytest.raises(FetchFailed, match="TLS"):
        fetch(web.replace("http", "https") + "/repo")


def test_no_such_repository_at_the_daemon(fetch, daemon: str) -> None:
    with pytest.raises(FetchFailed, match="may be private, or may not exist"):
        fetch(f"{daemon}/nothing")


def test_no_such_directory(fetch, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="no git repository"):
        fetch(f"file://{tmp_path}/nothing")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "git"])
def test_a_server_that_never_answers(fetch, silent_server: int, scheme: str) -> None:
    begin = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=r"longer than the 0\.5 seconds allowed"):
        fetch(f"{scheme}://127.0.0.1:{silent_server}/a", limits=Limits(fetch_seconds=0.5))
    assert time.monotonic() - begin < 30


@pytest.mark.slow
@pytest.mark.parametrize("when", ["while", "after"])
def test_a_repository_that_is_too_large(repo, fetch, daemon: str, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    noise = b"".join(i.to_bytes(4, "big") * 3 for i in range(200_000))
    repo.commit({"a": noise})
    repo.git("config", "core.compression", "0")
    if when == "while":
        monkeypatch.setattr(fetch_module, "_POLL_SECONDS", 0.001)
    with pytest.raises(FetchFailed, match="more than the 50,000 bytes allowed"):
        fetch(f"{daemon}/repo", limits=replace(SOON, fetch_bytes=50_000))


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "while", "file"])
def test_a_disk_without_room(repo, fetch, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    repo.commit({"a": os.urandom(3_000_000)})
    repo.git("config", "core.compression", "0")
    rooms = {"before": [0], "while": [10**9, 0], "file": [100_000]}[when]
    monkeypatch.setattr(fetch_module, "room", lambda *_: rooms[0] if len(rooms) == 1 else rooms.pop(0))
    monkeypatch.setattr(fetch_module, "_POLL_SECONDS", 0.001 if when == "while" else 0.25)
    with pytest.raises(DiskFull, match="no room") as caught:
        fetch(f"file://{repo.path}")
    assert (caught.value.code, caught.value.http_status) == ("disk-full", 507)


@pytest.mark.parametrize("complaint", ["No space left on device", "Disk quota exceeded", "File too large"])
def test_a_complaint_about_a_full_disk(complaint: str) -> None:
    assert isinstance(explain(f"fatal: write error: {complaint}\nfatal: fetch-pack: index-pack failed"), DiskFull)


def test_hooks_and_configuration_of_the_server_do_not_arrive(repo, fetch) -> None:
    repo.commit({"a": "one"})
    repo.git("config", "core.fsmonitor", "evil")
    (repo.git_dir / "hooks").mkdir(exist_ok=True)
    (repo.git_dir / "hooks" / "post-checkout").write_text("#!/bin/sh\n")
    fetched = fetch(f"file://{repo.path}")
    assert "evil" not in (fetched / "config").read_text()
    assert not (fetched / "hooks").exists()


def test_submodules_are_not_fetched(repo, fetch, read) -> None:
    repo.commit({".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = http://127.0.0.1:1/x\n'})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.id('HEAD')},x")
    repo.git("commit", "--quiet", "--message", "submodule")
    assert read(fetch(f"file://{repo.path}"), Scope.HEAD).skipped == []


def test_the_policy_is_checked_first(fetch, web: str, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenUrl, match="scheme http"):
        fetch(f"{web}/repo", policy=UrlPolicy())
    with pytest.raises(ForbiddenUrl, match="host is not public"):
        fetch_repository(f"{web}/repo", tmp_path / "x", policy=UrlPolicy(frozenset({"http"})), limits=SOON)


def test_a_name_that_resolves_to_a_private_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 0, 0, "", ("127.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(ForbiddenUrl, match="host is not public"):
        fetch_repository("http://rebound.example/a", tmp_path / "x", policy=UrlPolicy(frozenset({"http"})), limits=SOON)


@pytest.mark.parametrize("version", [b"git version 2.36.9\n", b"git version 1.99\n", b"what?"])
def test_an_old_git_is_refused(fetch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: bytes) -> None:
    monkeypatch.setattr(fetch_module, "run_git", lambda *_, **__: version)
    with pytest.raises(SourceError, match=r"Install git 2\.37 or newer"):
        fetch(f"file://{tmp_path}")


def test_disk_usage(tmp_path: Path) -> None:
    assert disk_usage(tmp_path / "nothing") == 0
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "link").symlink_to("/dev/zero")
    assert 100_000 <= disk_usage(tmp_path) < 200_000
