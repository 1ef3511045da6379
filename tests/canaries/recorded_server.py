"""A server that logs at debug, and a client that reads all of its API and keeps each answer."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from beca_api.http.handlers import OPERATIONS
from beca_core.system.user_dirs import default_cache_dir
from tests.worker.chaos import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.canaries.planted import Planted
    from tests.canaries.spies import Spies

SARIF = "application/sarif+json"


class RecordedClient:
    """A client of the API.

    Args:
        address: The server's address.
        token: A token with all scopes.
        seconds: Longest time of a scan.
    """

    def __init__(self, address: str, token: str, seconds: int) -> None:
        self.answers: list[bytes] = []
        self.token = token
        self._address = address
        self._seconds = seconds

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request, a POST if there is a body, and return the document of the answer."""
        return json.loads(self.send(path, None if body is None else json.dumps(body).encode(), "application/json"))

    def send(self, path: str, data: bytes | None = None, kind: str = "text/plain", accept: str = "*/*") -> bytes:
        """Send a request and return the body of the answer, even if it is a refusal."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": accept}
        try:
            answer = urlopen(Request(f"{self._address}{path}", data, headers), timeout=self._seconds)
        except HTTPError as refusal:
            answer = refusal
        with answer:
            body: bytes = answer.read()
            self.answers += [str(answer.headers).encode(), body]
        return body

    def scan(self, planted: Planted) -> tuple[int, int]:
        """Scan the repository and follow its events to the end; return the ids of the repository and the result."""
        repository = self.call("/repositories", {"name": "canaries", "url": f"file://{planted.path}"})["id"]
        result = self.call(f"/repositories/{repository}/scans", {"scope": "history"})["id"]
        follower = Thread(target=self.send, args=(f"/results/{result}/events",), daemon=True)
        follower.start()
        end = time.monotonic() + self._seconds
        while (status := self.call(f"/results/{result}")["status"]) not in ("Success", "Failure"):
            assert time.monotonic() < end
            time.sleep(0.3)
        assert status == "Success", self.answers[-1][:2000]
        follower.join(30)
        assert not follower.is_alive()
        return repository, result

    def cancel_another(self, repository: int) -> None:
        """Ask for a scan and cancel it at once."""
        result = self.call(f"/repositories/{repository}/scans", {"scope": "head"})["id"]
        assert self.call(f"/results/{result}/cancel", {})["failure"]["code"] == "cancelled"

    def send_canaries(self, planted: Planted) -> None:
        """Send requests that have canaries: a text to scan, and URLs with a password, which are refused."""
        secrets = sorted(planted.secrets)
        assert json.loads(self.send("/scan", b"\n".join(secrets)))["findingsCount"] > 0
        for secret in secrets[:20]:
            self.call("/repositories", {"name": "x", "url": f"https://x:{secret.decode('latin-1')}@example.org/x"})

    def read_all(self, repository: int, result: int) -> list[dict[str, Any]]:
        """Read everything that can be read, page by page; return the findings of the result."""
        issue = self.call("/issues")["items"][0]["id"]
        ids = {"repositories": repository, "results": result, "issues": issue}
        found: list[dict[str, Any]] = []
        for operation in OPERATIONS:
            if operation.method == "GET":
                path = operation.path.replace("{id}", str(ids.get(operation.path.split("/")[1])))
                items = list(self._items(path))
                found += items if operation.path == "/results/{id}/findings" else []
        for path in ("/results?include=findings", "/repositories?include=latest_result"):
            self.call(path)
        return found

    def _items(self, path: str) -> Iterator[dict[str, Any]]:
        following: str | None = path
        while following:
            body = self.send(following)
            if following.partition("?")[0].endswith("/findings"):
                assert b'"$schema"' in self.send(following, accept=SARIF)
            page = json.loads(body) if body.startswith(b"{") else {}
            yield from page.get("items", [])
            following = page.get("next")


@contextmanager
def recorded_server(spies: Spies, directory: Path, seconds: int, **variables: str) -> Iterator[RecordedClient]:
    """Run a server on a free port, which writes `server.log`.

    Args:
        spies: Make its environment.
        directory: Where its files are.
        seconds: Longest time of a scan.
        variables: More variables of its environment.
    """
    log = directory / "server.log"
    server = Process.of_beca("serve", server_environment(spies, directory, **variables), log)
    try:
        end, found = time.monotonic() + seconds, None
        while found is None:
            text = log.read_text(errors="replace")
            address = re.search(r"http://127\.0\.0\.1:[1-9]\d*", text)
            token = re.search(r"beca_[0-9a-f]{12}_[\w-]{43}", text)
            found = (address[0], token[0]) if address and token else None
            assert time.monotonic() < end, text
            assert server.is_running, text
            time.sleep(0.1)
        yield RecordedClient(*found, seconds)
    finally:
        server.stop()


def server_environment(spies: Spies, directory: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a server or a worker that may scan files and logs everything."""
    own = {"BECA_DATA_DIR": str(directory / "data"), "BECA_CACHE_DIR": str(default_cache_dir()), "BECA_PORT": "0"}
    own |= {"BECA_LOG_LEVEL": "debug", "BECA_ALLOWED_SCHEMES": "file,https", "BECA_SWEEP_SECONDS": "0.5"}
    return spies.environment(**own | variables)
