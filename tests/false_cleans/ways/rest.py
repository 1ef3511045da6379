"""The REST API: scans of registered repositories, and of texts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from tests.core.sources.conftest import Repo
from tests.false_cleans.situation import Answer
from tests.false_cleans.ways.processes import PATIENCE
from tests.false_cleans.ways.servers import KEY, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.false_cleans.situation import Case, Situation
    from tests.false_cleans.ways.servers import LocalServer

_POLL_SECONDS: Final = 0.05


class RepositoryScans:
    """Registers the target as a repository, and scans it with the server's worker.

    A target that is not a git repository is committed to one first.

    Args:
        situation: The situation.
        root: Its directory.
        server: A running server.
    """

    state = None

    def __init__(self, situation: Situation, root: Path, server: LocalServer) -> None:
        self._situation = situation
        self._root = root
        self._server = server
        self._registered: tuple[int, str] | None = None

    def scan(self, case: Case, rules: tuple[str, ...] | None, limits: Mapping[str, float]) -> Answer:
        """Scan once."""
        assert rules is None
        try:
            self._server.follow_plugins()
            return self._scan(_repository(case.target, self._root).absolute().as_uri())
        except Refused as refused:
            return Answer(error=str(refused), key=KEY)

    def _scan(self, url: str) -> Answer:
        repository = self._register(url)
        scope = {"scope": self._situation.scope} if self._situation.scope in ("history", "head") else {}
        began = time.monotonic()
        queued = self._server.call("POST", f"/repositories/{repository}/scans", scope)
        result = self._finished(queued["id"], began)
        seconds = time.monotonic() - began
        if result["status"] not in ("Success", "Failure"):
            return Answer(seconds=seconds, broken=f"{result['status']} after {seconds:.0f} s")
        if result["status"] == "Failure" and result["coverage"] is None:
            return Answer(error=f"{result['failure']['code']}: {result['failure']['message']}", seconds=seconds)
        return Answer(tuple(self._findings(result["id"])), result["coverage"], key=KEY, seconds=seconds)

    def _register(self, url: str) -> int:
        if self._registered is None:
            created = self._server.call("POST", "/repositories", {"name": self._situation.name, "url": url})
            self._registered = created["id"], url
        number, known = self._registered
        if url != known:
            self._server.call("PATCH", f"/repositories/{number}", {"url": url})
            self._registered = number, url
        return number

    def _finished(self, result: int, began: float) -> Any:
        limit = self._situation.seconds + PATIENCE
        while True:
            found = self._server.call("GET", f"/results/{result}")
            if found["status"] in ("Success", "Failure") or time.monotonic() - began > limit:
                return found
            time.sleep(_POLL_SECONDS)

    def _findings(self, result: int) -> list[Any]:
        found: list[Any] = []
        path = f"/results/{result}/findings?limit=100"
        while path is not None:
            page = self._server.call("GET", path)
            found += page["items"]
            path = page["next"]
        return found


class TextScans:
    """Sends the content of the target's file to `POST /scan`.

    Args:
        server: A running server.
    """

    state = None

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    def scan(self, case: Case, rules: tuple[str, ...] | None, limits: Mapping[str, float]) -> Answer:
        """Scan once."""
        assert rules is None
        began = time.monotonic()
        try:
            self._server.follow_plugins()
            report = self._server.call("POST", "/scan", case.target.read_bytes())
        except Refused as refused:
            return Answer(error=str(refused), key=KEY)
        seconds = time.monotonic() - began
        return Answer(tuple(report["findings"]), report["coverage"], key=KEY, seconds=seconds)


def _repository(target: Path, root: Path) -> Path:
    """Return the repository to register: the target, or one to which it has been committed."""
    if (target / ".git").exists() or (target / "HEAD").is_file():
        return target
    if target.is_dir():
        Repo(target).commit(message="everything")
        return target
    repository = Repo(root / "committed")
    repository.commit({target.name: target.read_bytes()}, "everything")
    return repository.path
