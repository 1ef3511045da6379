"""`beca worker` with real processes, real scans of a repository on loopback, and real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.worker.standalone import main
from beca_core.errors import DatabaseUnavailable, InvalidSettings, SchemaMismatch
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.database import Database
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.workers import WorkerRegister, alive_seconds
from beca_core.system.settings import Settings
from beca_core.system.user_dirs import default_cache_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.storage.models import Result

SECONDS = 120.0
SWEEP_SECONDS = 0.3


class GatedServer(ThreadingHTTPServer):
    """Serves a repository over HTTP once its gate is open; before that, a fetch hangs."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(GatedHandler, directory=str(root)))
        self.gate = Event()
        self.asked = Event()


class GatedHandler(SimpleHTTPRequestHandler):
    server: GatedServer

    def do_GET(self) -> None:
        self.server.asked.set()
        if self.server.gate.wait(SECONDS):
            super().do_GET()

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GatedServer]:
    """A gated server of a repository with three findings."""
    work, root = tmp_path / "work", tmp_path / "www"
    work.mkdir()
    root.mkdir()
    git("init", "--initial-branch=main", cwd=work)
    for number in range(3):
        (work / f"{number}.txt").write_text(f"first line\npublic_key{number}\n")
    git("init", "--bare", "--initial-branch=main", "r.git", cwd=root)
    commit(tmp_path)
    with GatedServer(root) as serving:
        Thread(target=serving.serve_forever, args=(0.05,), daemon=True).start()
        yield serving
        serving.gate.set()
        serving.shutdown()


def commit(directory: Path) -> None:
    """Commit everything in `work`, and publish it."""
    work, served = directory / "work", directory / "www" / "r.git"
    git("add", ".", cwd=work)
    git("commit", "-m", "all", cwd=work)
    git("push", str(served), "main", cwd=work)
    git("update-server-info", cwd=served)


def git(*arguments: str, cwd: Path) -> None:
    """Run git."""
    identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


class Workers:
    """Starts `beca worker` processes that share a broker and a database."""

    def __init__(self, database: Database, database_url: str, backend: Any, directory: Path) -> None:
        self.results = ResultService(database)
        self._register = WorkerRegister(database)
        self._repositories = RepositoryService(database, UrlPolicy(frozenset({"http"}), allow_private_hosts=True))
        self._directory = directory
        self._running: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BECA_")},
            "DATABASE_URL": database_url,
            "BROKER_URL": backend.url,
            "BECA_BROKER_NAMESPACE": backend.namespace,
            "BECA_CONFIG": os.devnull,
            "BECA_CACHE_DIR": str(default_cache_dir()),
            "BECA_DATA_DIR": str(directory / "data"),
            "BECA_ALLOWED_SCHEMES": "http",
            "BECA_ALLOW_PRIVATE_HOSTS": "true",
            "BECA_SWEEP_SECONDS": str(SWEEP_SECONDS),
        }

    def start(self, lease_seconds: int = 60) -> subprocess.Popen[bytes]:
        """Start one more."""
        environment = self._environment | {"BECA_LEASE_SECONDS": str(lease_seconds)}
        with (self._directory / "log").open("ab") as log:
            worker = subprocess.Popen([sys.executable, "-m", "beca_core.cli", "worker"], env=environment, stderr=log)
        self._running.append(worker)
        return worker

    def queue(self, server: GatedServer) -> int:
        """Queue a scan and return its id; no message is sent, so the sweepers have to find it."""
        url = f"http://127.0.0.1:{server.server_port}/r.git"
        self.repository_id = self._repositories.create("r", url).id
        return self.queue_again()

    def queue_again(self) -> int:
        """Queue a scan of the same repository."""
        return self.results.queue(self.repository_id).id

    def delete(self) -> None:
        """Delete the repository."""
        self._repositories.delete(self.repository_id)

    @property
    def alive(self) -> int:
        """How many are alive."""
        return len(self._register.alive(alive_seconds(SWEEP_SECONDS)))

    @property
    def mirror(self) -> Path:
        """The workers' mirror directory of the repository."""
        return self._directory / "data" / "mirrors" / str(self.repository_id)

    def get(self, result_id: int) -> Result:
        """Return a result."""
        return self.results.get(result_id)

    @property
    def log(self) -> str:
        """The log of all workers."""
        return (self._directory / "log").read_text()

    def end(self) -> None:
        """Kill those that still run."""
        for worker in self._running:
            worker.kill()
            worker.wait()


@pytest.fixture(params=["rabbitmq"])
def workers(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> Iterator[Workers]:
    """Workers on PostgreSQL and RabbitMQ, or another broker that a test names."""
    backend = request.getfixturevalue(f"{request.param}_backend")
    with Database(postgres_url) as database:
        workers = Workers(database, postgres_url, backend, tmp_path)
        yield workers
        workers.end()


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below one."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found: set[int] = set()
    below = children.get(pid, [])
    while below:
        found |= set(below)
        below = [grandchild for child in below for grandchild in children.get(child, [])]
    return found


@pytest.mark.parametrize("workers", ["rabbitmq", "redis"], indirect=True)
def test_another_worker_takes_over_the_scan_of_a_killed_one(
    workers: Workers, server: GatedServer, wait_until: Callable[..., bool], is_alive: Callable[[int], bool]
) -> None:
    first = workers.start(lease_seconds=2)
    result_id = workers.queue(server)
    assert server.asked.wait(SECONDS), workers.log
    scans = descendants(first.pid)
    assert len(scans) >= 2, "a scan and its git"
    first.kill()
    first.wait()
    assert wait_until(lambda: not any(map(is_alive, scans)), 30.0), "the scan survives its worker"
    assert workers.get(result_id).status == "In Progress"
    assert wait_until(lambda: workers.alive == 0, SECONDS), "the register does not notice that it was killed"
    server.gate.set()
    workers.start()
    assert wait_until(lambda: workers.get(result_id).finished_at, SECONDS), workers.log
    result = workers.get(result_id)
    assert (result.status, result.findings_count) == ("Success", 3), result.failure
    assert result.attempt >= 2, "a busy machine may lose the short lease too"
    found = [finding["location"]["path"] for finding in workers.results.findings(result_id).items]
    assert sorted(found) == ["0.txt", "1.txt", "2.txt"]
    workspaces = [path for path in (workers._directory / "data" / "workspaces").iterdir() if path.is_dir()]
    assert len(workspaces) == 1, "the workspace of the killed worker is left"
    assert wait_until(lambda: workers.alive == 1)
    assert "worker started" in workers.log
    assert "guest" not in workers.log, "a password is in the log"


def test_a_rescan_resumes_until_the_repository_is_deleted(
    workers: Workers, server: GatedServer, tmp_path: Path, wait_until: Callable[..., bool]
) -> None:
    def ended(result_id: int) -> Result:
        assert wait_until(lambda: workers.get(result_id).finished_at, SECONDS), workers.log
        return workers.get(result_id)

    server.gate.set()
    workers.start()
    first = ended(workers.queue(server))
    assert first.changes is None
    (tmp_path / "work" / "0.txt").write_text("first line\npublic_key_other\n")
    commit(tmp_path)
    result = ended(workers.queue_again())
    changes = {"new": 1, "carried": 2, "gone": 1, "since": first.id}
    assert (result.status, result.changes) == ("Success", changes), result.failure
    assert result.coverage is not None
    assert (result.coverage["blobs"], result.coverage["complete"]) == (1, True)
    assert workers.mirror.is_dir()
    workers.delete()
    assert wait_until(lambda: not workers.mirror.exists(), SECONDS), workers.log


def test_a_worker_that_is_terminated_releases_its_scan(
    workers: Workers, server: GatedServer, wait_until: Callable[..., bool], is_alive: Callable[[int], bool]
) -> None:
    worker = workers.start()
    result_id = workers.queue(server)
    assert server.asked.wait(SECONDS), workers.log
    scans = descendants(worker.pid)
    assert wait_until(lambda: workers.alive == 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(SECONDS) == 0
    assert workers.alive == 0
    assert not any(map(is_alive, scans))
    result = workers.get(result_id)
    assert (result.status, result.attempt) == ("Queued", 0)
    assert not [path for path in (workers._directory / "data" / "workspaces").iterdir() if path.is_dir()]
    assert '"signal": "SIGTERM"' in workers.log
    assert "Traceback" not in workers.log


def test_a_second_signal_ends_a_worker_at_once(
    workers: Workers, server: GatedServer, wait_until: Callable[..., bool], is_alive: Callable[[int], bool]
) -> None:
    worker = workers.start()
    workers.queue(server)
    assert server.asked.wait(SECONDS), workers.log
    scans = descendants(worker.pid)
    for pid in scans:
        os.kill(pid, signal.SIGSTOP)
    worker.send_signal(signal.SIGINT)
    assert wait_until(lambda: "worker stops" in workers.log)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(SECONDS) == 128 + signal.SIGINT
    assert all(map(is_alive, scans)), "it does not wait for them"
    for pid in scans:
        os.kill(pid, signal.SIGCONT)
    assert wait_until(lambda: not any(map(is_alive, scans)), 30.0)


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _leave_logging_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("beca_api.worker.standalone.configure_logging", lambda _level: None)

    @pytest.mark.parametrize(
        ("values", "error", "message"),
        [
            ({}, InvalidSettings, "BROKER_URL is not set"),
            ({"broker_url": "kafka://host"}, InvalidSettings, "BROKER_URL cannot be used"),
            ({"broker_url": "redis://127.0.0.1:1"}, InvalidSettings, "Set DATABASE_URL to a PostgreSQL database"),
            (
                {"broker_url": "redis://127.0.0.1:1", "database_url": "postgresql://127.0.0.1:1/x"},
                DatabaseUnavailable,
                "DATABASE_URL",
            ),
        ],
    )
    def test_settings_that_are_refused(
        self, tmp_path: Path, values: dict[str, str], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            main(Settings.load(data_dir=tmp_path, **values))

    @pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
    def test_a_database_without_the_schema(self, tmp_path: Path, empty_database_url: str) -> None:
        settings = Settings.load(data_dir=tmp_path, broker_url="redis://127.0.0.1:1", database_url=empty_database_url)
        with pytest.raises(SchemaMismatch, match="beca db upgrade"):
            main(settings)

    @pytest.mark.slow
    def test_the_command_prints_the_error_in_two_lines(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "beca_core.cli", "worker"],
            env={**os.environ, "BECA_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 2
        assert "beca serve" in done.stderr
