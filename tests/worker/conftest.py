"""Fixtures of the worker tests: settings, results to claim, and a broker namespace for each test."""

from __future__ import annotations

import importlib
import os
import pkgutil
import secrets
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.testing import LogCapture

import beca_api.worker
from beca_api.worker.mirrors.mirror_store import MirrorStore
from beca_api.worker.scan_process.runner import Runner
from beca_api.worker.scan_process.workspace import Workspace
from beca_api.worker.supervisor import Supervisor
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.database import Database
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.system.settings import Settings
from tests.brokers import Backend, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_api.worker.scan_process.scan_job import ScanJob
    from beca_core.storage.models import Result
    from beca_core.storage.services.transitions import Claim

FAKE_SCAN = Path(__file__).with_name("fake_scan.py")


def _is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def _wait_until(condition: Callable[[], bool], timeout: float = 60.0) -> bool:
    """Wait for a condition; return whether it became true within so many seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Bench:
    """A database with results, and supervisors that run `fake_scan.py` in place of `beca scan`."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.database = database
        self.directory = directory
        self.repositories = RepositoryService(database, UrlPolicy())
        self.results = ResultService(database)
        self.queue = ScanQueue(database, 60.0, 3)
        self.stopping = Event()
        self._pids = directory / "pids"

    def queued(self, behaviour: str) -> int:
        """Queue a scan with this behaviour of the fake scan, and return its id."""
        url = f"https://example.org/{secrets.token_hex(4)}/{behaviour}"
        return self.results.queue(self.repositories.create(behaviour, url).id, "history").id

    def claim(self, behaviour: str) -> Claim:
        """Queue and claim a scan with this behaviour."""
        claim = self.queue.claim(self.queued(behaviour), "bench")
        assert claim is not None
        return claim

    def settings(self, **values: Any) -> Settings:
        """Return settings with a data directory of this test."""
        return Settings.load(**{"data_dir": self.directory / "data", **values})

    def command(self, job: ScanJob) -> list[str]:
        """Return the command of the fake scan."""
        return [sys.executable, str(FAKE_SCAN), job.url, str(self._pids)]

    def supervise(self, claim: Claim, queue: ScanQueue | None = None, **values: Any) -> Result:
        """Run a claimed scan to its end, in this thread, and return its result."""
        settings = self.settings(**values)
        with Workspace.open(settings.data_dir, f"bench-{secrets.token_hex(4)}") as workspace:
            runner = Runner(settings, b"key", self.stopping, self.command)
            mirrors = MirrorStore.open(settings.data_dir, settings.mirrors_bytes)
            Supervisor(queue or self.queue, settings, runner, workspace, mirrors).run(claim)
            assert not list(workspace.path.glob("scan-*"))
        assert self.pids, "the scan was never started"
        assert _wait_until(lambda: not any(map(_is_alive, self.pids)), 20.0), "a process is left"
        return self.results.get(claim.result_id)

    def wait_for_progress(self) -> bool:
        """Wait until a fake scan has started everything that it starts."""
        return _wait_until(lambda: (self.directory / "ready").exists())

    @property
    def pids(self) -> list[int]:
        """Ids of all processes that fake scans have recorded."""
        return [int(line) for line in self._pids.read_text().split()] if self._pids.exists() else []

    @property
    def workspaces(self) -> list[Path]:
        """The remaining workspaces."""
        return [path for path in (self.directory / "data" / "workspaces").iterdir() if path.is_dir()]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_api.worker.scan_process.runner._EXIT_SECONDS", 0.5)
    monkeypatch.setattr("beca_api.worker.scan_process.runner._TICK_SECONDS", 0.05)
    monkeypatch.setattr("beca_api.worker.scan_process.child_process.GRACE_SECONDS", 0.3)
    monkeypatch.setattr("beca_api.worker.scan_worker._IDLE_MILLISECONDS", 100)
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 0.3)
    monkeypatch.setattr("dramatiq.worker.POST_PROCESS_MESSAGE_RETRY_DELAY_SECS", 0.3)


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith("BECA_") and not name.startswith("BECA_TEST_"):
            monkeypatch.delenv(name)
    for name in ("DATABASE_URL", "BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BECA_CONFIG", os.devnull)


@pytest.fixture
def make_bench() -> type[Bench]:
    """Makes a bench of a database and a directory."""
    return Bench


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A database on SQLite, with BECA's schema."""
    with Database(sqlite_url) as database:
        yield database


@pytest.fixture
def bench(sqlite_database: Database, tmp_path: Path) -> Bench:
    """A bench on SQLite."""
    return Bench(sqlite_database, tmp_path)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everything that the modules of the worker log, as dictionaries."""
    capture = LogCapture()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[structlog.stdlib.add_log_level, capture],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    for module in pkgutil.walk_packages(beca_api.worker.__path__, "beca_api.worker."):
        monkeypatch.setattr(importlib.import_module(module.name), "_log", logger, raising=False)
    return capture.entries


@pytest.fixture
def wait_until() -> Callable[..., bool]:
    """Waits for a condition; returns whether it became true in time (60 seconds by default)."""
    return _wait_until


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Returns whether a process runs; a zombie does not."""
    return _is_alive


@pytest.fixture
def embedded_backend() -> Backend:
    """No broker."""
    return Backend("", "beca")


@pytest.fixture(params=["embedded", "rabbitmq", "redis"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each kind of broker in turn."""
    found: Backend = request.getfixturevalue(f"{request.param}_backend")
    return found


@pytest.fixture
def put_proxy() -> Iterator[Callable[[Backend], tuple[Proxy, Backend]]]:
    """Starts a proxy of a broker; returns it, and the broker through it."""
    with ExitStack() as stack:

        def put(backend: Backend) -> tuple[Proxy, Backend]:
            proxy = Proxy(*backend.address)
            stack.callback(proxy.cut)
            return proxy, backend.through(proxy)

        yield put
