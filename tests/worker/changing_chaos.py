"""Kill everything while repositories change, scans are cancelled, and events are delivered.

By hand::

    python tests/worker/changing_chaos.py --backend rabbitmq|redis [--scans 200] [--kills 20]

A server, two workers with a data directory each, and two listeners to events run on PostgreSQL. Each repository gets
new secrets between its scans. At the end every scan has ended, once; each secret was said to be new exactly once; each
event was delivered; and each change of state is one event. Prints one JSON object and exits with 0 if that is so.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from chaos import (
    BROKERS,
    LIMIT_SECONDS,
    Client,
    Process,
    broker_namespace,
    common_environment,
    postgres_database,
    processes_about,
)
from chaos_listener import CONSUMER
from sqlalchemy import select
from sqlmodel import col

from beca_core.storage.database import Database
from beca_core.storage.models import Issue, OutboxConsumer, OutboxEvent, Result
from beca_core.storage.services.results import ResultService

CANCELLED_SHARE = 0.15
CHANGED_SHARE = 0.7
DISTURBED_SECONDS = 1800.0


@dataclass(frozen=True)
class ChangingOutcome:
    """The counts after all scans have ended; those from `lost` on must be 0."""

    backend: str
    scans: int
    kills: int
    succeeded: int
    cancelled: int
    secrets: int
    events: int
    deliveries: int
    attempts: dict[int, int]
    seconds: float
    lost: int
    failed: int
    doubled_ends: int
    secrets_not_new_once: int
    wrong_issues: int
    events_lost: int
    events_out_of_order: int
    left_processes: int

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost or doubled."""
        wrong = (self.lost, self.failed, self.doubled_ends, self.secrets_not_new_once, self.wrong_issues)
        return not any((*wrong, self.events_lost, self.events_out_of_order, self.left_processes))


class ChangingRepository:
    """A git repository that gets one more secret with each change."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.secrets = 0
        self.id = 0
        directory.mkdir()
        self._git("init", "--initial-branch=main")
        self.change()

    def change(self) -> None:
        """Commit a file with a secret."""
        self.secrets += 1
        (self.directory / f"file{self.secrets}.txt").write_text(f"public_key{self.directory.name}{self.secrets}\n")
        self._git("add", ".")
        self._git("commit", "-m", f"number {self.secrets}")

    def _git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=self.directory, check=True, capture_output=True)


class Listener(Process):
    """A process that delivers events to a file."""

    def __init__(self, database_url: str, heard: Path, environment: dict[str, str], log: Path) -> None:
        script = Path(__file__).with_name("chaos_listener.py")
        super().__init__([str(script), database_url, str(heard)], environment, log)


def run(backend: str, scans: int, kills: int, seed: int, count: int) -> ChangingOutcome:
    """Queue, change, cancel and kill; then count."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="beca-chaos-"))
        url = stack.enter_context(postgres_database())
        environment = common_environment(directory, url, kills) | {
            "BROKER_URL": BROKERS[backend],
            "BECA_BROKER_NAMESPACE": stack.enter_context(broker_namespace(backend)),
            "BECA_FINGERPRINT_KEY": secrets.token_hex(16),
            "BECA_RULES": "secret-key",
            "BECA_KEEP_RESULTS": "1000",
        }
        heard = directory / "heard"
        server = Process.of_beca("serve", environment, directory / "server.log")
        stack.callback(server.stop)
        client = Client(int(environment["BECA_PORT"]))
        client.wait_until_ready()  # the others start when it has compiled the rules
        workers = [
            Process.of_beca("worker", environment | {"BECA_DATA_DIR": str(directory / f"data{n}")}, directory / f"w{n}")
            for n in (1, 2)
        ]
        listeners = [Listener(url, heard, environment, directory / f"listener{n}.log") for n in (1, 2)]
        victims = [server, *workers, *listeners]
        for victim in victims[1:]:
            stack.callback(victim.stop)
        with Database(url) as database:
            _wait_for_listener(database)
            began = time.monotonic()
            repositories = [ChangingRepository(directory / f"r{number}") for number in range(count)]
            for each in repositories:
                each.id = client.post("/repositories", {"name": "r", "url": f"file://{each.directory}/.git"})
            killed = _disturb(database, client, repositories, victims, scans, kills, chance)
            _settle(database, client, repositories)
            seconds = time.monotonic() - began
            _wait_for_events(database)
            for victim in victims:
                victim.stop()
            outcome = _count(database, backend, killed, repositories, heard, str(directory), seconds)
        if outcome.is_good:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            sys.stderr.write(f"The logs are in {directory}\n")
        return outcome


def _disturb(
    database: Database,
    client: Client,
    repositories: list[ChangingRepository],
    victims: list[Process],
    scans: int,
    kills: int,
    chance: random.Random,
) -> int:
    """Ask for scans until there are enough, and change, cancel and kill meanwhile; return the number of kills."""
    killed = 0
    end = time.monotonic() + DISTURBED_SECONDS
    while (known := _number_of_results(database)) < scans and time.monotonic() < end:
        repository = chance.choice(repositories)
        if chance.random() < CHANGED_SHARE:
            repository.change()
        asked = client.ask(
            f"/repositories/{repository.id}/scans", {"priority": chance.choice(["low", "normal", "high"])}
        )
        if asked is not None and chance.random() < CANCELLED_SHARE:
            client.ask(f"/results/{asked}/cancel", None)
        if killed < kills and known >= scans * (killed + 1) // (kills + 1):
            chance.choice(victims).kill_and_restart()
            killed += 1
        time.sleep(chance.uniform(0.0, 0.4))
    return killed


def _settle(database: Database, client: Client, repositories: list[ChangingRepository]) -> None:
    """Wait until all scans have ended; then scan each repository once more, as it is now."""
    client.wait_until_ready()
    _wait_until(lambda: not _unended(database))
    for repository in repositories:
        client.post(f"/repositories/{repository.id}/scans", {})
    _wait_until(lambda: not _unended(database))


def _wait_for_listener(database: Database) -> None:
    def is_known() -> bool:
        with database.session(read_only=True) as session:
            return session.get(OutboxConsumer, CONSUMER) is not None

    _wait_until(is_known)


def _wait_for_events(database: Database) -> None:
    def all_heard() -> bool:
        with database.session(read_only=True) as session:
            latest = session.scalars(select(col(OutboxEvent.id)).order_by(col(OutboxEvent.id).desc()).limit(1)).one()
            consumer = session.get(OutboxConsumer, CONSUMER)
            return consumer is not None and consumer.position >= latest

    _wait_until(all_heard)


def _wait_until(condition: Any) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)


def _number_of_results(database: Database) -> int:
    return len(_rows(database, select(col(Result.id))))


def _unended(database: Database) -> int:
    return len(_rows(database, select(col(Result.id)).where(col(Result.finished_at).is_(None))))


def _rows(database: Database, statement: Any) -> list[Any]:
    with database.session(read_only=True) as session:
        return list(session.execute(statement).all())


def _count(
    database: Database,
    backend: str,
    kills: int,
    repositories: list[ChangingRepository],
    heard: Path,
    directory: str,
    seconds: float,
) -> ChangingOutcome:
    results = [row[0] for row in _rows(database, select(Result).order_by(col(Result.finished_at), col(Result.id)))]
    events = [row[0] for row in _rows(database, select(OutboxEvent).order_by(col(OutboxEvent.id)))]
    succeeded = [result for result in results if result.status == "Success"]
    cancelled = [result for result in results if (result.failure or {}).get("code") == "cancelled"]
    ends = Counter(event.result_id for event in events if event.kind == "result-ended")
    opened = Counter(event.issue_id for event in events if event.kind == "issue-opened")
    issues = _rows(database, select(col(Issue.id), col(Issue.repository_id), col(Issue.state)))
    per_repository = Counter(row.repository_id for row in issues)
    delivered = [int(line) for line in heard.read_text().split()]
    order = list(dict.fromkeys(delivered))
    return ChangingOutcome(
        backend=backend,
        scans=len(results),
        kills=kills,
        succeeded=len(succeeded),
        cancelled=len(cancelled),
        secrets=sum(each.secrets for each in repositories),
        events=len(events),
        deliveries=len(delivered),
        attempts=dict(sorted(Counter(result.attempt for result in results).items())),
        seconds=round(seconds, 1),
        lost=sum(result.finished_at is None for result in results),
        failed=len(results) - len(succeeded) - len(cancelled),
        doubled_ends=sum(ends[result.id] != 1 for result in results) + sum(count > 1 for count in opened.values()),
        secrets_not_new_once=sum(_not_new_once(database, each, succeeded) for each in repositories),
        wrong_issues=sum(abs(per_repository[each.id] - each.secrets) for each in repositories)
        + sum(row.state != "open" for row in issues)
        + len({row.id for row in issues} ^ set(opened)),
        events_lost=len({event.id for event in events} - set(delivered)),
        events_out_of_order=sum(later < earlier for earlier, later in pairwise(order)),
        left_processes=processes_about(directory),
    )


def _not_new_once(database: Database, repository: ChangingRepository, succeeded: list[Result]) -> int:
    """Return how many secrets were not said to be new exactly once; those of the first scan are new without a word."""
    service = ResultService(database)
    new: Counter[str] = Counter()
    mine = [result for result in succeeded if result.repository_id == repository.id]
    for number, result in enumerate(mine):
        findings = service.findings(result.id, limit=1000).items
        new.update(found["location"]["path"] for found in findings if number == 0 or found.get("change") == "new")
    wanted = {f"file{number}.txt" for number in range(1, repository.secrets + 1)}
    return len(wanted ^ set(new)) + sum(count != 1 for count in new.values())


def main() -> int:
    """Read the options, run, and print the outcome."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backend", choices=["rabbitmq", "redis"], default="rabbitmq")
    parser.add_argument("--scans", type=int, default=200, choices=range(1, 1001), metavar="1-1000")
    parser.add_argument("--kills", type=int, default=20, choices=range(101), metavar="0-100")
    parser.add_argument("--repositories", type=int, default=8, choices=range(1, 101), metavar="1-100")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    outcome = run(given.backend, given.scans, given.kills, given.seed, given.repositories)
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
