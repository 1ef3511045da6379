"""Calls of the database: readers do not wait behind writers, nobody waits for ever, and readiness answers in time."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.testing import capture_logs

from beca_api.http import database_calls
from beca_api.http.access import token_uses
from beca_api.http.database_calls import DatabaseCalls
from beca_api.http.keys import DATABASE, TOKEN_USES, TOKENS
from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]
    Start = Callable[..., Awaitable[Client]]

NEW = {"name": "project", "url": "https://example.com/a"}


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Threads wait at it until it is opened, at the latest when the test ends."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
async def calls(gate: threading.Event) -> AsyncIterator[DatabaseCalls]:
    with DatabaseCalls() as calls:
        yield calls
        gate.set()


@pytest.fixture
def locked(settings: Settings) -> Callable[[], contextlib.AbstractContextManager[sqlite3.Connection]]:
    """Holds the write lock of the server's SQLite database."""

    @contextlib.contextmanager
    def hold() -> Iterator[sqlite3.Connection]:
        path = settings.database_url.get_secret_value().removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield other

    return hold


async def test_readers_do_not_wait_behind_writers(calls: DatabaseCalls, gate: threading.Event) -> None:
    writers = [asyncio.create_task(calls.write(gate.wait)) for _ in range(20)]
    await asyncio.sleep(0)
    assert await calls.read(lambda: 42) == 42
    assert await asyncio.wait_for(calls.note(lambda: "noted"), 30) == "noted"
    await calls.check(lambda: None)
    gate.set()
    assert await asyncio.gather(*writers) == [True] * 20


async def test_a_bounded_number_of_calls_wait(calls: DatabaseCalls, gate: threading.Event) -> None:
    readers = [asyncio.create_task(calls.read(gate.wait)) for _ in range(200)]
    done, waiting = await asyncio.wait(readers, timeout=0.2)
    assert 90 < len(waiting) < 110
    assert {type(reader.exception()) for reader in done} == {DatabaseUnavailable}
    gate.set()
    assert await asyncio.gather(*waiting) == [True] * len(waiting)
    assert await calls.read(lambda: 1) == 1


async def test_a_call_that_waits_too_long_is_refused_and_not_begun(
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    monkeypatch.setattr(database_calls, "CALL_SECONDS", 0.2)
    begun = []
    with DatabaseCalls() as calls:
        writers = [asyncio.create_task(calls.write(gate.wait)) for _ in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(DatabaseUnavailable, match=r"within 0\.2 seconds"):
            await calls.write(lambda: begun.append(1))
        assert {type(error) for error in await asyncio.gather(*writers, return_exceptions=True)} == {
            DatabaseUnavailable
        }
        gate.set()
        monkeypatch.setattr(calls._writing, "_seconds", 60)
        assert await calls.write(lambda: 1) == 1
    assert begun == []


async def test_an_error_of_a_call_and_its_context_are_passed_on(calls: DatabaseCalls) -> None:
    with bound_contextvars(request_id="this"):
        assert (await calls.read(get_contextvars))["request_id"] == "this"
    with pytest.raises(ZeroDivisionError):
        await calls.write(lambda: 1 // 0)


async def test_who_asks_for_readiness_at_once_gets_one_answer(
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    monkeypatch.setattr(database_calls, "READY_SECONDS", 0.3)
    asked = []

    def check() -> None:
        asked.append(1)
        gate.wait()

    with DatabaseCalls() as calls:
        answers = await asyncio.gather(*(calls.check(check) for _ in range(10)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {DatabaseUnavailable}
        assert len({id(answer) for answer in answers}) == 1, "all wait for the same answer"
        with pytest.raises(DatabaseUnavailable):
            await calls.check(check)
        assert len(asked) == 1
        gate.set()
        monkeypatch.setattr(calls._checking, "_seconds", 60)
        while calls._checking._calls:  # noqa: ASYNC110 - nothing says when
            await asyncio.sleep(0.01)
        await calls.check(lambda: None)


@pytest.mark.slow
async def test_a_held_write_lock_delays_no_reader(api: Client, locked: Callable[[], Any]) -> None:
    with locked():
        writing = asyncio.create_task(api.post("/repositories", json=NEW))
        await asyncio.sleep(0.2)
        for path in ("/repositories", "/results", "/readyz", "/healthz"):
            assert (await api.get(path)).status == 200
        assert not writing.done()
        refused = await asyncio.wait_for(writing, 60)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert (await refused.json())["detail"] == "The database is busy (SQLITE_BUSY). Try again later."
    assert (await api.post("/repositories", json=NEW)).status == 201


async def test_a_database_that_does_not_answer_makes_the_server_unready(
    api: Client, monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    app = api.app
    assert app is not None
    monkeypatch.setattr(app[DATABASE], "check_ready", gate.wait)
    began = time.monotonic()
    answer = await api.get("/readyz")
    assert (answer.status, (await answer.json())["code"]) == (503, "database-unavailable")
    assert time.monotonic() - began < 30
    assert (await api.get("/healthz")).status == 200
    gate.set()


async def test_a_full_disk_makes_the_server_unready(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await api.get("/readyz")).status == 200
    monkeypatch.setattr("beca_core.storage.database.free_bytes", lambda _path: 1_000_000)
    answer = await api.get("/readyz")
    assert (answer.status, (await answer.json())["detail"]) == (
        503,
        "The disk of the database is full. Free disk space.",
    )


async def test_the_use_of_a_token_is_stored_in_the_background(
    start: Start, settings: Settings, locked: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_uses, "STORE_SECONDS", 0.05)
    api = await start(settings)
    app = api.app
    assert app is not None
    with locked():
        assert (await api.get("/repositories")).status == 200
        assert app[TOKENS].list()[0].last_used_at is None
    for _ in range(200):
        await asyncio.sleep(0.1)
        if app[TOKENS].list()[0].last_used_at is not None:
            break
    else:
        pytest.fail("the use was not stored")


async def test_a_use_that_cannot_be_stored_is_stored_later(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    app = api.app
    assert app is not None
    uses, tokens = app[TOKEN_USES], app[TOKENS]
    record_uses, failing = tokens.record_uses, True

    def fail_once(*arguments: Any) -> None:
        if failing:
            raise DatabaseUnavailable("full")
        record_uses(*arguments)

    monkeypatch.setattr(tokens, "record_uses", fail_once)
    assert (await api.get("/rules")).status == 200
    with capture_logs() as logs:
        await uses.store()
    assert [line["error"] for line in logs] == ["DatabaseUnavailable"]
    failing = False
    await uses.store()
    assert tokens.list()[0].last_used_at is not None


async def test_what_is_noted_is_stored_when_the_server_stops(api: Client, settings: Settings) -> None:
    app = api.app
    assert app is not None
    tokens = app[TOKENS]
    assert (await api.get("/rules")).status == 200
    assert tokens.list()[0].last_used_at is None
    await api.close()
    assert tokens.list()[0].last_used_at is not None
