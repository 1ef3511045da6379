"""Kill workers while scans run: every scan must succeed exactly once, with one set of findings.

By hand::

    python tests/worker/chaos.py --backend embedded|rabbitmq|redis [--scans 50] [--kills 5]

`embedded` kills the server itself, on SQLite. The others run a server and two workers on PostgreSQL and kill the
workers; the services run on loopback, or at BECA_TEST_POSTGRES, BECA_TEST_RABBITMQ and BECA_TEST_REDIS. Prints one JSON
object and exits with 0 if no scan was lost or duplicated; otherwise the logs are kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from beca_core.storage.database import Database
from beca_core.storage.services.results import ResultService
from beca_core.system.user_dirs import default_cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.storage.models import Result

POSTGRES = os.environ.get("BECA_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")
BROKERS = {
    "rabbitmq": os.environ.get("BECA_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672"),
    "redis": os.environ.get("BECA_TEST_REDIS", "redis://127.0.0.1:6379/0"),
}
COMMITS = 5
LIMIT_SECONDS = 300.0
START_SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    """The counts after all scans have ended."""

    backend: str
    queued: int
    kills: int
    ended: int
    succeeded: int
    lost: int
    duplicated: int
    left_processes: int
    attempts: dict[int, int]
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether every scan succeeded, once."""
        return self.succeeded == self.ended == self.queued and not self.lost + self.duplicated + self.left_processes


class Process:
    """A Python program that can be killed and restarted."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self._command = [sys.executable, *arguments]
        self._environment = environment
        self._log = log
        self._process = self._start()

    @classmethod
    def of_beca(cls, command: str, environment: dict[str, str], log: Path) -> Process:
        """Start a command of `beca`."""
        return cls(["-m", "beca_core.cli", command], environment, log)

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill_and_restart(self) -> None:
        """Kill it, and start it again."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = self._start()

    def stop(self) -> None:
        """Terminate it; kill it if it does not end in time."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Client:
    """A client of a server that may be unavailable for a moment."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def wait_until_ready(self) -> None:
        """Wait for the server."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self._call("GET", "/healthz")
            except (URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("the server does not start")

    def post(self, path: str, body: dict[str, str]) -> int:
        """Create a record and return its id."""
        made: dict[str, int] = self._call("POST", path, body)
        return made["id"]

    def ask(self, path: str, body: dict[str, str] | None) -> int | None:
        """Do the same, and return None if the server refuses, or is away for a moment."""
        try:
            return self._call("POST", path, body)["id"]
        except (RuntimeError, URLError, OSError, HTTPException):
            return None

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, int]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"{}")  # type: ignore[no-any-return]
        except HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from None


def make_repository(directory: Path) -> str:
    """Create a git repository with one finding per commit, and return its URL."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)

    directory.mkdir()
    git("init", "--initial-branch=main")
    for number in range(COMMITS):
        (directory / f"file{number}.txt").write_text(f"nothing\npublic_key{number}\n")
        git("add", ".")
        git("commit", "-m", f"number {number}")
    return f"file://{directory}/.git"


@contextmanager
def postgres_database() -> Iterator[str]:
    """Create a database with BECA's schema, and drop it at the end."""
    import psycopg

    name = f"beca_chaos_{secrets.token_hex(6)}"
    url = f"{POSTGRES.rpartition('/')[0]}/{name}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            with Database(url) as database:
                database.upgrade()
            yield url
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def broker_namespace(backend: str) -> Iterator[str]:
    """Yield a prefix for the queues, and delete them at the end."""
    namespace = f"beca-chaos-{secrets.token_hex(6)}"
    yield namespace
    if backend == "rabbitmq":
        import pika

        with pika.BlockingConnection(pika.URLParameters(BROKERS[backend])) as connection:
            for suffix in ("", ".DQ", ".XQ"):
                connection.channel().queue_delete(f"{namespace}.scans{suffix}")
    elif backend == "redis":
        import redis

        with redis.Redis.from_url(BROKERS[backend]) as client:
            for key in client.scan_iter(f"{namespace}:*"):
                client.delete(key)


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def run(backend: str, scans: int, kills: int, seed: int) -> Outcome:
    """Queue the scans, kill processes while they run, and count the outcomes."""
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="beca-chaos-"))
        url = make_repository(directory / "repository")
        database_url = f"sqlite:///{directory}/beca.db"
        if backend != "embedded":
            database_url = stack.enter_context(postgres_database())
        environment = common_environment(directory, database_url, kills)
        if backend != "embedded":
            environment["BROKER_URL"] = BROKERS[backend]
            environment["BECA_BROKER_NAMESPACE"] = stack.enter_context(broker_namespace(backend))
        server = Process.of_beca("serve", environment, directory / "server.log")
        stack.callback(server.stop)
        victims = [server]
        if backend != "embedded":
            victims = [Process.of_beca("worker", environment, directory / f"worker{n}.log") for n in (1, 2)]
            for victim in victims:
                stack.callback(victim.stop)
        client = Client(int(environment["BECA_PORT"]))
        client.wait_until_ready()
        began = time.monotonic()
        ids = [_ask(client, directory, url, number) for number in range(scans)]
        with Database(database_url) as database:
            results = ResultService(database)
            killed = _kill_while_running(results, ids, victims, kills, random.Random(seed))
            _wait_for_all(results, ids)
            seconds = time.monotonic() - began
            stuck = [_describe(result) for result in _all(results, ids) if not _has_ended(result)]
            for victim in victims:
                victim.stop()
            outcome = _count(backend, killed, results, ids, str(directory), seconds)
        if outcome.is_good:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            sys.stderr.write("\n".join([f"The logs are in {directory}", *stuck, ""]))
        return outcome


def _ask(client: Client, directory: Path, url: str, number: int) -> int:
    """Register the repository by another path and ask for a scan: of one repository, only one scan waits."""
    alias = directory / f"alias-{number}"
    alias.symlink_to(url.removeprefix("file://"))
    repository = client.post("/repositories", {"name": "chaos", "url": f"file://{alias}"})
    return client.post(f"/repositories/{repository}/scans", {})


def common_environment(directory: Path, database_url: str, kills: int) -> dict[str, str]:
    """Return the environment of all processes of a run."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BECA_")}
    return inherited | {
        "DATABASE_URL": database_url,
        "BROKER_URL": "",
        "BECA_CACHE_DIR": str(default_cache_dir()),
        "BECA_CONFIG": os.devnull,
        "BECA_DATA_DIR": str(directory / "data"),
        "BECA_PORT": str(free_port()),
        "BECA_REQUIRE_TOKEN": "false",
        "BECA_ALLOWED_SCHEMES": "file",
        "BECA_ALLOW_PRIVATE_HOSTS": "true",
        "BECA_LEASE_SECONDS": "5",
        "BECA_SWEEP_SECONDS": "0.5",
        "BECA_MAX_ATTEMPTS": str(kills + 10),  # a busy machine loses leases too
    }


def _kill_while_running(
    results: ResultService, ids: list[int], victims: list[Process], kills: int, chance: random.Random
) -> int:
    """Spread the kills over the scans; stop early only if all scans have ended."""
    done = 0
    for number in range(1, kills + 1):
        threshold = len(ids) * number // (kills + 1)
        deadline = time.monotonic() + LIMIT_SECONDS
        while (ended := sum(_has_ended(result) for result in _all(results, ids))) < threshold:
            if time.monotonic() > deadline:
                return done
            time.sleep(0.1)
        if ended < len(ids):
            time.sleep(chance.uniform(0.0, 0.5))
            chance.choice(victims).kill_and_restart()
            done += 1
    return done


def _wait_for_all(results: ResultService, ids: list[int]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not all(map(_has_ended, _all(results, ids))) and time.monotonic() < deadline:
        time.sleep(0.2)


def _all(results: ResultService, ids: list[int]) -> list[Result]:
    """Return these results; one call for each of hundreds would take more time than the scans."""
    found: dict[int, Result] = {}
    after: str | None = None
    while not found.keys() >= set(ids):
        page = results.list(limit=200, after=after)
        found |= {result.id: result for result in page.items}
        if (after := page.next) is None:
            break
    return [found[result_id] for result_id in ids]


def _describe(result: Result) -> str:
    return f"{result.id}: {result.status}, attempt {result.attempt}, {result.lease_owner}, {result.progress}"


def _has_ended(result: Result) -> bool:
    return result.finished_at is not None


def _count(backend: str, kills: int, results: ResultService, ids: list[int], directory: str, seconds: float) -> Outcome:
    found = _all(results, ids)
    stored = {result.id: len(results.findings(result.id, limit=1000).items) for result in found}
    ended = [result for result in found if _has_ended(result)]
    succeeded = [result for result in ended if result.status == "Success"]
    return Outcome(
        backend=backend,
        queued=len(ids),
        kills=kills,
        ended=len(ended),
        succeeded=len(succeeded),
        lost=len(found) - len(ended) + sum(stored[result.id] < COMMITS for result in succeeded),
        duplicated=sum(count > COMMITS for count in stored.values()) + len(results.list(limit=200).items) - len(ids),
        left_processes=processes_about(directory),
        attempts=dict(sorted(Counter(result.attempt for result in found).items())),
        seconds=round(seconds, 1),
    )


def processes_about(text: str) -> int:
    """Count the processes whose command contains a text; a dying one has a moment to end."""
    for _ in range(50):
        commands = [path for path in Path("/proc").glob("[0-9]*/cmdline") if text.encode() in _read(path)]
        if not commands:
            return 0
        time.sleep(0.1)
    return len(commands)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def main() -> int:
    """Read the options, run, and print the outcome."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backend", choices=["embedded", "rabbitmq", "redis"], default="embedded")
    parser.add_argument("--scans", type=int, default=50, choices=range(1, 201), metavar="1-200")
    parser.add_argument("--kills", type=int, default=5, choices=range(21), metavar="0-20")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    outcome = run(given.backend, given.scans, given.kills, given.seed)
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
