"""`beca doctor`: each weakness is named, with what to do, and nothing is changed."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import __version__
from beca_core.storage.database import Database
from beca_core.storage.models import utc_now
from beca_core.storage.services.recorded_key import KeyRecord
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.workers import WorkerRegister
from tests.core.storage.services.conftest import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "k" * 32
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path, acme: str) -> dict[str, str]:
    """The environment, with a data directory that does not exist yet, and a rule."""
    assert acme
    return environment | {"BECA_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def doctor(beca: Callable) -> Callable[..., tuple[int, dict[str, list[dict[str, str]]]]]:
    """Returns the exit code, and the verdicts by check."""

    def run(**variables: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
        outcome = beca("doctor", "--json", **variables)
        document = json.loads(outcome.out)
        assert outcome.code == ["ok", "weak", "broken"].index(document["health"])
        found: dict[str, list[dict[str, str]]] = {}
        for verdict in document["checks"]:
            found.setdefault(verdict["check"], []).append(verdict)
        assert all(verdict["remedy"] or verdict["health"] == "ok" or verdict["said"] for verdict in document["checks"])
        return outcome.code, found

    return run


def test_a_new_deployment_is_well_and_nothing_is_made(doctor: Callable, tmp_path: Path) -> None:
    code, found = doctor()
    assert code == 0
    assert {each["health"] for verdicts in found.values() for each in verdicts} == {"ok"}
    assert found.keys() >= {"settings", "access", "data directory", "git", "cache", "plugins", "database", "broker"}
    assert not (tmp_path / "data").exists()


def test_the_table_has_a_line_for_each_check(beca: Callable) -> None:
    outcome = beca("doctor", BECA_HOTS="x")
    assert outcome.code == 1
    assert "weak" in outcome.out
    assert "Did you mean BECA_HOST?" in outcome.out


@pytest.mark.parametrize(
    ("variables", "check", "health"),
    [
        ({"BECA_WORKRES": "3"}, "settings", "weak"),
        ({"BECA_WORKERS": "many"}, "settings", "broken"),
        ({"BECA_HOST": EVERYWHERE}, "access", "weak"),
        ({"BECA_REQUIRE_TOKEN": "false"}, "access", "weak"),
        ({"BECA_REQUIRE_TOKEN": "false", "BECA_HOST": EVERYWHERE}, "access", "broken"),
        ({"BECA_ALLOWED_HOSTS": "*"}, "access", "weak"),
        ({"BECA_ALLOW_PRIVATE_HOSTS": "true"}, "fetching", "weak"),
        ({"BECA_ALLOWED_SCHEMES": "https,file"}, "fetching", "weak"),
        ({"HTTPS_PROXY": "http://proxy.example"}, "fetching", "weak"),
        ({"BECA_CONFIG": "/nowhere"}, "settings", "broken"),
        ({"BECA_DISABLED_PLUGINS": "builtin,acme"}, "plugins", "broken"),
        ({"BECA_CACHE_DIR": "/proc/nowhere"}, "cache", "weak"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "database", "broken"),
        ({"BROKER_URL": "amqp://u:hunter22@127.0.0.1:1"}, "broker", "broken"),
        ({"BROKER_URL": "kafka://x"}, "broker", "broken"),
        ({"PATH": "/nowhere"}, "git", "broken"),
    ],
)
def test_each_weakness_is_named(doctor: Callable, variables: dict[str, str], check: str, health: str) -> None:
    code, found = doctor(**variables)
    worst = max(found[check], key=lambda verdict: ["ok", "weak", "broken"].index(verdict["health"]))
    assert worst["health"] == health
    assert code >= ["ok", "weak", "broken"].index(health)
    assert "hunter22" not in json.dumps(found)


@pytest.mark.parametrize(
    ("mode", "content", "health"),
    [
        (0o600, "", "ok"),
        (0o644, "workers = 3", "ok"),
        (0o644, f'fingerprint_key = "{KEY}"', "broken"),
        (0o644, f'former_fingerprint_key = "{KEY}"', "broken"),
        (0o666, "", "broken"),
    ],
)
def test_the_settings_file_is_no_business_of_others(
    doctor: Callable, tmp_path: Path, mode: int, content: str, health: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    file.chmod(mode)
    _, found = doctor(BECA_CONFIG=str(file))
    assert [each["health"] for each in found["settings file"]] == [health]
    assert KEY not in json.dumps(found)


def test_a_data_directory_that_others_read_is_weak(doctor: Callable, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    code, found = doctor()
    assert code == 1
    assert "chmod 700" in found["data directory"][0]["remedy"]
    (tmp_path / "data").chmod(0o700)
    code, found = doctor()
    assert (code, found["disk"][0]["health"]) == (0, "ok")


def test_a_disk_that_is_full_is_broken(doctor: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from beca_core.cli.diagnosis import machine_checks

    (tmp_path / "data").mkdir(mode=0o700)
    monkeypatch.setattr(machine_checks, "room", lambda _path, _reserve: 0)
    assert doctor()[1]["disk"][0]["health"] == "broken"


def test_a_plugin_that_does_not_load_is_broken(doctor: Callable, install: Callable[..., None]) -> None:
    install("bad", "raise RuntimeError\n")
    assert doctor()[1]["plugins"][0]["health"] == "broken"


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A data directory with a database that was used with a key."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    with Database(f"sqlite:///{data / 'beca.db'}") as database:
        database.upgrade()
        KeyRecord(database).adopt(KEY.encode())
    return data


def test_the_key_is_the_one_of_the_database(doctor: Callable, used: Path) -> None:
    assert doctor(BECA_FINGERPRINT_KEY=KEY)[1]["fingerprint key"][0]["health"] == "ok"
    assert doctor(BECA_FINGERPRINT_KEY="x" * 32)[1]["fingerprint key"][0]["health"] == "broken"
    assert doctor()[1]["fingerprint key"][0]["health"] == "broken"
    assert doctor(BECA_FINGERPRINT_KEY=KEY, BECA_FORMER_FINGERPRINT_KEY="short")[1]["fingerprint key"] == [
        {
            "check": "fingerprint key",
            "health": "broken",
            "said": "BECA_FORMER_FINGERPRINT_KEY is too short to be a key. Use at least 32 characters.",
            "remedy": "",
        }
    ]
    with Database(f"sqlite:///{used / 'beca.db'}") as database:
        KeyRecord(database).replace(b"a" * 32)
    found = doctor(BECA_FINGERPRINT_KEY="a" * 32, BECA_FORMER_FINGERPRINT_KEY="x" * 32)[1]["fingerprint key"][0]
    assert found["health"] == "broken"
    assert "Set it to the key that the servers and workers had before the last rotation" in found["said"]
    assert (
        doctor(BECA_FINGERPRINT_KEY="a" * 32, BECA_FORMER_FINGERPRINT_KEY=KEY)[1]["fingerprint key"][0]["health"]
        == "ok"
    )
    assert not (used / "fingerprint.key").exists()


def test_a_database_without_a_schema_is_broken(doctor: Callable, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "beca.db").touch(mode=0o600)
    assert doctor()[1]["database"][0]["health"] == "broken"


@pytest.mark.usefixtures("used")
def test_scans_that_nobody_takes_are_broken(doctor: Callable, tmp_path: Path) -> None:
    clock = ManualClock()  # a time that has passed
    with Database(f"sqlite:///{tmp_path / 'data' / 'beca.db'}") as database:
        repository = RepositoryService(database, clock=clock).create("x", "https://example.org/x")
        clock.advance(-86400 * 365)
        ResultService(database, clock=clock).queue(repository.id)
    (verdict,) = doctor(BECA_FINGERPRINT_KEY=KEY)[1]["workers"]
    assert verdict["health"] == "broken"
    assert "beca worker" in verdict["remedy"]
    assert "minutes" in verdict["said"]


@pytest.fixture
def workers(used: Path) -> Iterator[WorkersOfDoctor]:
    """A database on which tests say who is alive, and what waits."""
    with Database(f"sqlite:///{used / 'beca.db'}") as database:
        yield WorkersOfDoctor(database)


class WorkersOfDoctor:
    """Notes workers, and queues scans."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, name: str, host: str, version: str = __version__, ago: float = 0.0) -> None:
        WorkerRegister(self._database, clock=lambda: utc_now() - timedelta(seconds=ago)).note(name, host, version, 2)

    def queue(self, ago: float = 0.0) -> None:
        repository = RepositoryService(self._database).create("x", "https://example.org/x")
        ResultService(self._database, clock=lambda: utc_now() - timedelta(seconds=ago)).queue(repository.id)


def verdicts(doctor: Callable, **variables: str) -> list[tuple[str, str]]:
    found = doctor(BECA_FINGERPRINT_KEY=KEY, **variables)[1]["workers"]
    return [(each["health"], each["said"]) for each in found]


def test_workers_that_are_alive_are_counted(doctor: Callable, workers: WorkersOfDoctor) -> None:
    for name, host in [("a-1", "a"), ("a-2", "a"), ("b-1", "b")]:
        workers.note(name, host)
    workers.note("killed", "c", "0.0.1", ago=31)
    assert verdicts(doctor) == [("ok", "3 workers alive on 2 hosts; 0 scans run, 0 wait.")]
    assert verdicts(doctor, BECA_SWEEP_SECONDS="60")[0][1].startswith("4 workers alive on 3 hosts")


def test_a_worker_that_takes_no_scan_for_ten_minutes_is_broken(doctor: Callable, workers: WorkersOfDoctor) -> None:
    workers.note("a-1", "a")
    workers.queue(ago=660)
    (said,) = verdicts(doctor)
    assert said == ("broken", "1 worker alive on 1 host; 0 scans run, 1 wait, the first for 11 minutes.")


def test_no_worker_is_needed_until_a_scan_waits_or_there_is_a_broker(
    doctor: Callable, workers: WorkersOfDoctor
) -> None:
    workers.note("killed", "a", ago=31)
    said = "None was alive within the last 30 seconds; 0 unfinished scans."
    assert verdicts(doctor) == [("ok", said)]
    assert verdicts(doctor, BROKER_URL="amqp://127.0.0.1:1") == [("broken", said)]
    workers.queue()
    assert verdicts(doctor) == [("broken", said.replace("0 unfinished scans", "1 unfinished scan"))]


@pytest.mark.parametrize("versions", [("0.0.1",), ("0.0.1", "0.0.2"), (__version__, "0.0.1")])
def test_workers_of_another_version_are_weak(
    doctor: Callable, workers: WorkersOfDoctor, versions: tuple[str, ...]
) -> None:
    for number, version in enumerate(versions):
        workers.note(f"a-{number}", "a", version)
    (_, first), (health, said) = verdicts(doctor)
    assert "alive on 1 host" in first
    assert health == "weak"
    assert all(version in said for version in (*versions, __version__))


def test_a_broker_that_answers(doctor: Callable) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}"
        found: dict[str, Any] = doctor(BROKER_URL=url)[1]
        assert found["broker"][0]["health"] == "broken"  # with a database for one process
        assert "PostgreSQL" in found["broker"][0]["remedy"]
        found = doctor(BROKER_URL=url, DATABASE_URL="postgresql://127.0.0.1:1/x")[1]
        assert found["broker"][0]["health"] == "ok"


@pytest.mark.usefixtures("used")
def test_a_postgresql_that_does_not_care_for_its_tables_is_weak(
    doctor: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "server_settings", lambda *_names: {"autovacuum": "off", "fsync": "on"})
    found = doctor(BECA_FINGERPRINT_KEY=KEY)[1]["database"]
    assert [each["health"] for each in found] == ["ok", "weak"]
    assert "autovacuum = on" in found[1]["remedy"]
