"""No canary is in clear in what a server and a worker send to their database and their broker, or keep and log.

All connections to PostgreSQL and to the broker pass a proxy that records both directions. PostgreSQL makes its files
and its write-ahead log from what it receives, so they cannot have a canary that is not recorded.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from beca_api.worker.notifications import queue_name
from tests.brokers import RecordingProxy, address_of, through
from tests.canaries.leaks import leaked
from tests.canaries.recorded_server import recorded_server, server_environment
from tests.worker.chaos import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.brokers import Backend
    from tests.canaries.planted import Planted
    from tests.canaries.spies import Spies

IN_CLEAR = "sslmode=disable&gssencmode=disable"


@pytest.fixture(params=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest) -> Backend:
    """Each kind of broker in turn."""
    found: Backend = request.getfixturevalue(f"{request.param}_backend")
    return found


@pytest.fixture
def to_database(postgres_url: str) -> Iterator[RecordingProxy]:
    """Records what is sent to the database and what it answers."""
    proxy = RecordingProxy(*address_of(postgres_url))
    yield proxy
    proxy.cut()


@pytest.fixture
def to_broker(broker: Backend) -> Iterator[RecordingProxy]:
    """Records what is sent to the broker and what it answers."""
    proxy = RecordingProxy(*broker.address)
    yield proxy
    proxy.cut()


@pytest.fixture
def recorded_url(postgres_url: str, to_database: RecordingProxy) -> str:
    """URL of the database through its proxy, without encryption."""
    return f"{through(to_database, postgres_url)}?{IN_CLEAR}"


def tables(url: str) -> dict[str, bytes]:
    """Return the rows of each table that has any, as text, where JSON is escaped, and as the binary values."""
    found = {}
    with psycopg.connect(url) as connection:
        for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            texts = []
            for kind in ("text", "binary"):
                with connection.cursor().copy(f'COPY "{name}" TO STDOUT (FORMAT {kind})') as copy:
                    texts.append(b"".join(map(bytes, copy)))
            if texts[0]:
                found[name] = b"".join(texts)
    return found


@pytest.mark.slow
def test_a_server_and_a_worker(
    planted: Planted,
    spies: Spies,
    tmp_path: Path,
    seconds: int,
    postgres_url: str,
    recorded_url: str,
    broker: Backend,
    to_database: RecordingProxy,
    to_broker: RecordingProxy,
) -> None:
    variables = {"DATABASE_URL": recorded_url, "BROKER_URL": broker.through(to_broker).url}
    variables |= {"BECA_BROKER_NAMESPACE": broker.namespace}
    with recorded_server(spies, tmp_path, seconds, **variables) as client:
        worker = Process.of_beca("worker", server_environment(spies, tmp_path, **variables), tmp_path / "worker.log")
        try:
            repository, result = client.scan(planted)
            client.cancel_another(repository)
            client.send_canaries(planted)
            found = client.read_all(repository, result)
        finally:
            worker.stop()
    assert len([finding for finding in found if "nameOf" in finding]) >= planted.in_names // 4
    stored, at_database, at_broker = tables(postgres_url), to_database.recorded, to_broker.recorded
    logs = [(tmp_path / f"{name}.log").read_bytes() for name in ("server", "worker")]
    kept = [file.read_bytes() for file in (tmp_path / "data").rglob("*state*") if file.is_file()]

    # The texts are what they are taken for.
    assert {"repository", "result", "finding", "issue", "outbox_event", "audit_entry"} <= stored.keys()
    assert all(any(finding["fingerprint"].encode() in text for text in at_database) for finding in found)
    assert any(queue_name(broker.namespace).encode() in text for text in at_broker)
    assert any(json.dumps({"args": [result]})[1:-1].replace(" ", "").encode() in text for text in at_broker)
    assert all(b'"level": "debug"' in text for text in logs)
    assert b"mirror_update" in spies.seen
    assert b"text_process" in spies.seen

    assert leaked(planted, *at_database) == []
    assert leaked(planted, *at_broker) == []
    assert leaked(planted, *stored.values()) == []
    assert leaked(planted, *client.answers) == []
    assert leaked(planted, *logs) == []
    assert leaked(planted, spies.seen, *kept) == []


def test_a_canary_in_a_database_is_noticed(
    planted: Planted, postgres_url: str, recorded_url: str, to_database: RecordingProxy
) -> None:
    secret = min(planted.secrets)
    with psycopg.connect(recorded_url) as connection:
        connection.execute("CREATE TABLE planted (secret bytea)")
        connection.execute("INSERT INTO planted VALUES (%s)", [secret])
    assert leaked(planted, *to_database.recorded) == [repr(secret[:4])]
    assert leaked(planted, tables(postgres_url)["planted"]) == [repr(secret[:4])]
