"""Server-sent events of a scan: its progress, then its end, on whichever process it changes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from aiohttp import ClientError
from structlog.testing import capture_logs

from beca_api.http.connections.listening import most_connections
from beca_api.http.keys import RESULT_WATCH
from beca_api.http.streams import result_events
from beca_core.errors import DatabaseUnavailable
from beca_core.report import Coverage
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse, web
    from aiohttp.test_utils import TestClient

    from beca_core.storage.database import Database
    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]

SECONDS = 30
"""Longest wait for something that takes a second at most."""


class Received(NamedTuple):
    """One event that arrived."""

    id: int
    kind: str
    result: dict[str, Any]


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_api.http.streams.result_watch.LOOK_SECONDS", 0.02)


@pytest.fixture
def results(database: Database) -> ResultService:
    return ResultService(database)


@pytest.fixture
def queue(database: Database) -> ScanQueue:
    """Another process: a worker that changes results."""
    return ScanQueue(database, lease_seconds=60, max_attempts=3)


@pytest.fixture
def result_id(database: Database, results: ResultService) -> int:
    """A waiting scan."""
    return results.queue(RepositoryService(database).create("project", "https://example.com/a").id).id


async def follow(api: Client, result_id: int, last: int | None = None) -> ClientResponse:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    answer = await api.get(f"/results/{result_id}/events", headers=headers)
    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    return answer


async def block(answer: ClientResponse) -> list[str]:
    """Return the lines up to the next empty one; none: the stream has ended."""
    lines: list[str] = []
    async with asyncio.timeout(SECONDS):
        while line := (await answer.content.readline()).decode():
            if line == "\n":
                return lines
            lines.append(line.rstrip("\n"))
    return lines


async def next_event(answer: ClientResponse) -> Received | None:
    """Return the next event; None: the stream has ended."""
    while lines := await block(answer):
        members = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        if "data" in members:
            return Received(int(members["id"]), members["event"], json.loads(members["data"]))
    return None


async def rest(answer: ClientResponse) -> list[Received]:
    found = []
    while (received := await next_event(answer)) is not None:
        found.append(received)
    return found


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - nothing says when
            await asyncio.sleep(0.01)


def followers(api: Client) -> int:
    app = api.app
    assert app is not None
    return len(app[RESULT_WATCH]._followed)


async def test_a_scan_is_followed_from_the_queue_to_its_end(api: Client, queue: ScanQueue, result_id: int) -> None:
    answer = await follow(api, result_id)
    waiting = await next_event(answer)
    assert waiting is not None
    assert (waiting.id, waiting.kind, waiting.result["status"]) == (1, "progress", "Queued")
    claim = queue.claim(result_id, "worker")
    assert claim is not None
    begun = await next_event(answer)
    assert begun is not None
    assert (begun.kind, begun.result["status"]) == ("progress", "In Progress")
    progress = {"phase": "reading", "commits": 1, "blobs": 2, "bytes": 3, "skipped": 0, "objects": 4, "expected": 8}
    assert queue.renew(claim, progress)
    running = await next_event(answer)
    assert running is not None
    assert running.result["progress"] == progress
    assert queue.finish(claim, [], Coverage().to_dict(), {})
    end = await next_event(answer)
    assert end is not None
    assert (end.kind, end.result["status"], end.result["progress"]["phase"]) == ("end", "Success", "done")
    assert "findings" not in end.result
    assert waiting.id < begun.id < running.id < end.id
    assert await next_event(answer) is None
    await until(lambda: followers(api) == 0)


async def test_a_cancelled_scan_ends_its_stream(api: Client, result_id: int) -> None:
    answer = await follow(api, result_id)
    await next_event(answer)
    assert (await api.post(f"/results/{result_id}/cancel")).status == 202
    (end,) = await rest(answer)
    assert (end.kind, end.result["failure"]["code"]) == ("end", "cancelled")


async def test_a_scan_that_has_ended_is_its_end(api: Client, finished: Callable[..., int]) -> None:
    (end,) = await rest(await follow(api, finished(2)))
    assert (end.kind, end.result["status"], end.result["findingsCount"]) == ("end", "Success", 2)


async def test_a_client_continues_after_the_last_event_that_it_has(
    api: Client, queue: ScanQueue, result_id: int
) -> None:
    first = await follow(api, result_id)
    waiting = await next_event(first)
    assert waiting is not None
    first.close()
    again = await follow(api, result_id, waiting.id)
    claim = queue.claim(result_id, "worker")
    assert claim is not None
    begun = await next_event(again)
    assert begun is not None
    assert begun.result["status"] == "In Progress", "what it has is not sent again"
    again.close()
    queue.fail(claim, "code", "message")
    (end,) = await rest(await follow(api, result_id, begun.id))
    assert end.kind == "end"
    done = await api.get(f"/results/{result_id}/events", headers={"Last-Event-ID": str(end.id)})
    assert (done.status, await done.read()) == (204, b""), "a browser does not connect again"


@pytest.mark.parametrize("header", ["", "x", "-1", "1" * 40, "0", "999999"])
async def test_an_id_that_was_never_given_is_ignored(api: Client, result_id: int, header: str) -> None:
    answer = await api.get(f"/results/{result_id}/events", headers={"Last-Event-ID": header})
    received = await next_event(answer)
    assert received is not None
    assert received.id == 1
    answer.close()


async def test_comments_are_sent_while_nothing_happens(
    api: Client, result_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_events, "HEARTBEAT_SECONDS", 0.05)
    answer = await follow(api, result_id)
    assert await block(answer) == ["retry: 3000"]
    await next_event(answer)
    for _ in range(3):
        assert await block(answer) == [": still waiting"]
    answer.close()


async def test_a_client_that_goes_away_makes_room(api: Client, result_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_events, "HEARTBEAT_SECONDS", 0.02)
    answers = [await follow(api, result_id) for _ in range(3)]
    assert followers(api) == 3
    for answer in answers:
        answer.close()
    await until(lambda: followers(api) == 0)


async def test_the_number_of_streams_is_bounded(api: Client, result_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.app is not None
    monkeypatch.setattr(api.app[RESULT_WATCH], "_most", 2)
    answers = [await follow(api, result_id) for _ in range(2)]
    refused = await api.get(f"/results/{result_id}/events")
    assert (refused.status, (await refused.json())["code"]) == (429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) > 0
    assert (await api.get(f"/results/{result_id}")).status == 200
    for answer in answers:
        answer.close()


async def test_a_head_request_follows_nothing(api: Client, result_id: int) -> None:
    answer = await api.head(f"/results/{result_id}/events")
    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    await until(lambda: followers(api) == 0)


async def test_a_stream_has_the_headers_of_every_response(api: Client, result_id: int) -> None:
    answer = await follow(api, result_id)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]
    assert answer.headers["X-Accel-Buffering"] == "no"
    answer.close()


async def test_a_setting_bounds_the_streams(
    start: Callable[..., Awaitable[Client]], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, expected in ((7, 7), (10_000, 500)):
        api = await start(settings.model_copy(update={"max_event_streams": limit}))
        assert api.app is not None
        assert api.app[RESULT_WATCH]._most <= expected
        assert api.app[RESULT_WATCH]._most == min(limit, most_connections(settings) // 2)
        await api.close()


async def test_unknown_scans_and_callers_are_refused(api: Client, result_id: int) -> None:
    assert (await api.get("/results/999/events")).status == 404
    stranger = await api.get(f"/results/{result_id}/events", headers={"Authorization": "Bearer x"})
    assert stranger.status == 401


async def test_streams_end_when_the_server_stops(api: Client, result_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [await follow(api, result_id) for _ in range(3)]
    for answer in answers:
        await next_event(answer)
    assert api.app is not None
    await api.app.shutdown()
    assert [await rest(answer) for answer in answers] == [[], [], []]
    assert (await api.get(f"/results/{result_id}/events")).status == 429


async def test_a_stream_survives_that_results_cannot_be_looked_at(
    api: Client, results: ResultService, queue: ScanQueue, result_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await follow(api, result_id)
    await next_event(answer)
    failures: list[object] = []

    def fail(_service: object, ids: object) -> dict[int, int]:
        failures.append(ids)
        raise DatabaseUnavailable("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(ResultService, "revisions", fail)
        await until(lambda: len(failures) > 2)
    results.cancel(result_id)
    (end,) = await rest(answer)
    assert end.kind == "end"


async def test_a_stream_whose_database_does_not_answer_ends_and_can_be_continued(
    api: Client, results: ResultService, result_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await follow(api, result_id)
    last = await next_event(answer)
    assert last is not None

    def fail(*_arguments: object) -> None:
        raise DatabaseUnavailable("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(ResultService, "get", fail)
        with pytest.raises(DatabaseUnavailable):
            results.cancel(0)
        claim = ScanQueue(results._database, 60, 3).claim(result_id, "worker")
        assert claim is not None
        assert await rest(answer) == []
    following = await next_event(await follow(api, result_id, last.id))
    assert following is not None
    assert following.result["status"] == "In Progress"


async def test_a_stream_that_breaks_is_cut(api: Client, result_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_result: object) -> bytes:
        raise ValueError("a secret")

    monkeypatch.setattr(result_events, "event", fail)
    with capture_logs() as logged:
        answer = await follow(api, result_id)
        with pytest.raises(ClientError):
            await rest(answer)
    assert [entry["error"] for entry in logged if entry["event"] == "stream broken"] == ["ValueError"]
    assert "secret" not in str(logged)
    await until(lambda: followers(api) == 0)


async def test_many_clients_follow_many_scans(api: Client, database: Database, results: ResultService) -> None:
    repositories = RepositoryService(database)
    ids = [results.queue(repositories.create("p", f"https://example.com/{n}").id).id for n in range(4)]
    answers = [(number, await follow(api, number)) for number in ids * 5]
    for _, answer in answers:
        await next_event(answer)
    for number in ids:
        results.cancel(number)
    for number, answer in answers:
        assert [(each.kind, each.result["id"]) for each in await rest(answer)] == [("end", number)]
    await until(lambda: followers(api) == 0)
