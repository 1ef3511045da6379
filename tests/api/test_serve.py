"""`beca serve` as a process: its first output, its errors, and its end after a signal."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.http.server import main
from beca_core.errors import BecaError
from beca_core.storage.database import Database
from beca_core.storage.services.tokens import TokenService
from beca_core.system.settings import Settings
from beca_core.system.user_dirs import default_cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLE_URL = "https://github.com/octocat/Hello-World"
SECONDS = 180
SLOW_PLUGIN = """
import time
from beca_core import Confidence, RuleInfo, Severity, hookimpl

class Slow:
    rules = (RuleInfo(id="slow", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW),)
    anchors = (b"slow",)

    def scan(self, data):
        open(__file__ + ".asked", "w").close()
        time.sleep(1.5)
        return []

@hookimpl
def beca_register_scanners():
    return [Slow()]
"""


class Server:
    """A running `beca serve`.

    Args:
        process: The process.
        log: The file that its stderr goes to.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self.log = log
        self.first_line = self._line()
        self.url = re.findall(r"http://\S+", self.first_line)[0]

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        return line.rstrip("\n")

    def rest(self, lines: int) -> str:
        """The next lines that it prints."""
        return "\n".join(self._line() for _ in range(lines))

    def get(self, path: str) -> int:
        with urllib.request.urlopen(self.url + path, timeout=SECONDS) as answer:
            return int(answer.status)

    def post(self, path: str, body: bytes) -> Any:
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "text/plain"})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Stop it; return its exit code and the rest of its output."""
        self.process.send_signal(number)
        printed, _ = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, printed


def environment(data: Path, **settings: str) -> dict[str, str]:
    own = {"BECA_CACHE_DIR": str(default_cache_dir()), "BECA_DATA_DIR": str(data)}
    return os.environ | own | {"BECA_PORT": "0", "BECA_WORKERS": "1"} | settings


def command() -> list[str]:
    return [sys.executable, "-m", "beca_core.cli", "serve"]


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Server]:
    log = data.parent / f"{data.name}.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            command(), stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment(data, **settings)
        )
    try:
        yield Server(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refused(data: Path, **settings: str) -> str:
    """Return the error of a server that cannot start."""
    ended = subprocess.run(
        command(), capture_output=True, text=True, timeout=SECONDS, env=environment(data, **settings), check=False
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with one finding."""
    path = tmp_path / "repository"

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *identity, "-C", str(path), *arguments], check=True, capture_output=True)

    path.mkdir()
    git("init", "--quiet")
    (path / "app.env").write_text("one\nprivate_keyfdas\n")
    git("add", ".")
    git("commit", "--quiet", "--message", "First")
    return path


@pytest.mark.slow
def test_the_commands_of_the_first_start_work_when_pasted(tmp_path: Path, repository: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not there")
    with serving(tmp_path / "data", BECA_ALLOWED_SCHEMES="file") as server:
        printed = server.rest(11)
        assert "shown only this once" in printed
        script = "\n".join(line for line in printed.splitlines() if line.startswith("  "))
        assert EXAMPLE_URL in script
        script = script.replace(EXAMPLE_URL, repository.as_uri())
        pasted = subprocess.run(
            ["bash", "-e"], input=script, capture_output=True, text=True, timeout=SECONDS, check=True
        )
        created, queued, *_, ended, findings = pasted.stdout.splitlines()
        assert pasted.stderr == ""
        assert json.loads(created)["url"] == repository.as_uri()
        assert json.loads(queued)["status"] == "Queued"
        assert ended == '"status":"Success"'
        (finding,) = json.loads(findings)["items"]
        assert finding["location"]["path"] == "app.env"
        assert finding["location"]["positions"]["begin"] == {"line": 2, "column": 1}
        code, more = server.stop()
        assert (code, more) == (0, "")
        token = re.findall(r"BECA_TOKEN=(\S+)", printed)[0]
        assert token not in server.log.read_text()


@pytest.mark.slow
def test_the_token_is_printed_once_and_the_data_survives_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        token = re.findall(r"BECA_TOKEN=(\S+)", server.rest(11))[0]
        assert server.get("/readyz") == 200
        assert server.stop(signal.SIGINT) == (0, "")
    with serving(tmp_path / "data") as server:
        assert server.stop() == (0, "")
    with Database(f"sqlite:///{tmp_path / 'data' / 'beca.db'}") as database:
        assert TokenService(database).authenticate(token) is not None
        assert len(TokenService(database).list()) == 1


@pytest.mark.slow
def test_current_requests_are_finished_when_the_server_stops(tmp_path: Path) -> None:
    (tmp_path / "slow_plugin.py").write_text(SLOW_PLUGIN)
    metadata = tmp_path / "slow_plugin-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-plugin\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[beca.plugins]\nslow = slow_plugin\n")
    with serving(tmp_path / "data", BECA_REQUIRE_TOKEN="false", PYTHONPATH=str(tmp_path)) as server:
        server.post("/scan", b"x")
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(server.post, "/scan", b"slow")
            while not (tmp_path / "slow_plugin.py.asked").exists() and not under_way.done():
                time.sleep(0.05)
            assert server.stop() == (0, "")
            assert under_way.result()["coverage"]["bytes"] == 4


@pytest.mark.slow
def test_no_token_is_created_if_none_is_required(tmp_path: Path) -> None:
    with serving(tmp_path / "data", BECA_REQUIRE_TOKEN="false") as server:
        assert server.get("/repositories") == 200
        assert server.stop() == (0, "")


@pytest.mark.slow
def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        message = refused(tmp_path / "data")
        assert f"Another BECA server uses the SQLite database {tmp_path}" in message
        assert server.get("/healthz") == 200


@pytest.mark.slow
def test_an_address_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = refused(tmp_path / "data", BECA_PORT=str(port))
        assert f"Another program listens on 127.0.0.1, port {port}." in message
        assert "BECA_PORT" in message
    assert "token" not in message


@pytest.mark.slow
def test_an_address_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise PermissionError(errno.EACCES, "hunter2")

    monkeypatch.setattr(socket, "create_server", fail)
    with pytest.raises(BecaError, match=r"cannot listen on 127\.0\.0\.1, port 80\.") as caught:
        main(Settings.load(data_dir=tmp_path, port=80))
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_database_of_another_version(tmp_path: Path, postgres_server: Any) -> None:
    url = postgres_server.create(schema=False)
    try:
        assert "beca db upgrade" in refused(tmp_path / "data", DATABASE_URL=url)
    finally:
        postgres_server.drop(url)


@pytest.mark.slow
def test_an_unavailable_database(tmp_path: Path) -> None:
    message = refused(tmp_path / "data", DATABASE_URL="postgresql://user:hunter2@127.0.0.1:1/beca")
    assert "database" in message
    assert "hunter2" not in message


@pytest.mark.slow
def test_an_invalid_broker_url(tmp_path: Path) -> None:
    message = refused(tmp_path / "data", BROKER_URL="carrier-pigeon://hunter2@127.0.0.1")
    assert "BROKER_URL" in message
    assert "hunter2" not in message


@pytest.mark.slow
def test_an_unusable_data_directory(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert "BECA_DATA_DIR" in refused(tmp_path / "data")


@pytest.mark.slow
def test_a_stop_ends_the_streams_of_clients(tmp_path: Path) -> None:
    """A stream would go on for as long as its scan waits, and the server waits for the requests that it answers."""
    with serving(tmp_path / "data", BROKER_URL="redis://127.0.0.1:1", BECA_REQUIRE_TOKEN="false") as server:
        for path, body in (("/repositories", {"name": "a", "url": EXAMPLE_URL}), ("/repositories/1/scans", {})):
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers)
            urllib.request.urlopen(request, timeout=SECONDS).close()
        with urllib.request.urlopen(server.url + "/results/1/events", timeout=SECONDS) as stream:
            first = [stream.readline() for _ in range(4)]
            assert first[2:] == [b"id: 1\n", b"event: progress\n"]
            assert server.stop()[0] == 0
            assert b"event: end" not in stream.read(), "it ends as it should, without the end of the scan"
