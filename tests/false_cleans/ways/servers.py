"""Servers with an embedded worker on loopback: one for most situations, and others on demand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beca_core.system.user_dirs import default_cache_dir
from tests.distributions import install_distribution
from tests.false_cleans.ways.processes import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.false_cleans.situation import Situation

KEY: Final = b"the key of the fingerprints of these tests"
REQUEST_SECONDS: Final = 60
VARIABLES: Final = {
    "max_blob_bytes": "BECA_MAX_BLOB_BYTES",
    "scan_seconds": "BECA_SCAN_SECONDS",
    "scan_bytes": "BECA_MAX_SCAN_BYTES",
    "archive_depth": "BECA_MAX_ARCHIVE_DEPTH",
    "archive_members": "BECA_MAX_ARCHIVE_MEMBERS",
    "archive_bytes": "BECA_MAX_ARCHIVE_BYTES",
    "locate_seconds": "BECA_LOCATE_SECONDS",
    "max_findings": "BECA_MAX_FINDINGS",
    "plugin_seconds": "BECA_PLUGIN_SECONDS",
}
"""The variable that sets a field of `Limits`."""


class Refused(Exception):
    """The server answered with an error."""


class LocalServer:
    """A `beca serve` with a directory of its own, which survives a restart.

    Args:
        root: The directory; plugins are in `site` below it.
        limits: Fields of `Limits`.
    """

    def __init__(self, root: Path, limits: Mapping[str, float]) -> None:
        self._root = root
        self._limits = {VARIABLES[name]: str(value) for name, value in limits.items()}
        self._start()

    def _start(self) -> None:
        self._plugins = _versions(self._root / "site")
        variables = environment(
            self._root,
            BECA_CACHE_DIR=str(default_cache_dir()),
            BECA_DATA_DIR=str(self._root / "data"),
            BECA_PORT="0",
            BECA_WORKERS="1",
            BECA_REQUIRE_TOKEN="false",
            BECA_ALLOWED_SCHEMES="file",
            BECA_FINGERPRINT_KEY=KEY.decode(),
            BECA_MAX_BODY_BYTES="256M",
            BECA_CONFIG=os.devnull,
            **self._limits,
        )
        with (self._root / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "beca_core.cli", "serve"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=variables,
                cwd=self._root,
            )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not (urls := re.findall(r"http://\S+", first)):
            raise Refused(f"the server does not start: {(self._root / 'server.log').read_text()[-300:]}")
        self._url = urls[0]

    def follow_plugins(self) -> None:
        """Restart it if the installed plugins have changed since it started."""
        if _versions(self._root / "site") != self._plugins:
            self.stop()
            self._start()

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def call(self, method: str, path: str, body: bytes | Mapping[str, Any] | None = None) -> Any:
        """Send a request, and return the JSON of the answer.

        Args:
            method: The HTTP method.
            path: Path and query.
            body: Bytes that are sent as they are, or members of a JSON object.

        Raises:
            Refused: If the answer is an error, or if there is none.
        """
        is_raw = body is None or isinstance(body, bytes)
        data = body if is_raw else json.dumps(body).encode()
        kind = "application/octet-stream" if is_raw else "application/json"
        request = urllib.request.Request(self._url + path, data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                problem = json.loads(error.read() or b"{}")
            raise Refused(f"{error.code} {problem.get('code')}: {problem.get('detail')}") from None
        except (OSError, ValueError) as error:
            raise Refused(f"no answer: {error}") from None


class ServerPool:
    """Starts servers when they are first needed, and stops all of them at the end.

    Situations with the same limits and no plugins share a server. One server with plugins is kept, for the next way in
    of its situation; a situation that changes its plugins has a server of its own.
    """

    def __init__(self) -> None:
        self._shared: dict[tuple[tuple[str, float], ...], LocalServer] = {}
        self._with_plugins: tuple[Situation, LocalServer] | None = None
        self._own: list[LocalServer] = []
        self._directory = tempfile.TemporaryDirectory(prefix="beca-false-cleans-", ignore_cleanup_errors=True)

    def server(self, situation: Situation, root: Path) -> LocalServer:
        """Return the server for a situation that has been set up in a directory."""
        if situation.plugins and situation.steps:
            self._own.append(LocalServer(root, situation.limits))
            return self._own[-1]
        if situation.plugins:
            return self._of_situation(situation)
        limits = tuple(sorted(situation.limits.items()))
        if limits not in self._shared:
            self._shared[limits] = self._start(situation)
        return self._shared[limits]

    def release(self) -> None:
        """Stop the servers that only one test can use."""
        while self._own:
            self._own.pop().stop()

    def close(self) -> None:
        """Stop all servers."""
        self.release()
        for server in self._shared.values():
            server.stop()
        self._shared.clear()
        self._forget()
        with suppress(OSError):
            self._directory.cleanup()

    def _of_situation(self, situation: Situation) -> LocalServer:
        if self._with_plugins is None or self._with_plugins[0] is not situation:
            self._forget()
            self._with_plugins = situation, self._start(situation)
        return self._with_plugins[1]

    def _forget(self) -> None:
        if self._with_plugins is not None:
            self._with_plugins[1].stop()
            self._with_plugins = None

    def _start(self, situation: Situation) -> LocalServer:
        root = Path(tempfile.mkdtemp(dir=self._directory.name))
        site = root / "site"
        site.mkdir()
        for name, source in situation.plugins.items():
            install_distribution(site, name, source)
        return LocalServer(root, situation.limits)


def _versions(site: Path) -> dict[str, tuple[int, int]]:
    """What is installed: size and time of change of each file."""
    files = [path for path in sorted(site.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}
