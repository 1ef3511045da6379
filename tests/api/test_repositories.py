"""Repositories over HTTP: the response and the effect of each operation."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]

REPOSITORY = {"name": "Project", "url": "https://example.com/team/project"}


async def create(api: Client, **changes: str) -> int:
    answer = await api.post("/repositories", json=REPOSITORY | changes)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["id"])


async def test_a_new_repository_is_returned_in_full(api: Client) -> None:
    answer = await api.post("/repositories", json=REPOSITORY)
    body = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"/repositories/{body['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert set(body) == {"id", "name", "url", "createdAt", "updatedAt"}
    assert body["name"] == "Project"
    assert body["createdAt"].endswith("Z")
    assert datetime.fromisoformat(body["createdAt"]).utcoffset() is not None


@pytest.mark.slow
async def test_the_url_is_stored_in_canonical_form(api: Client) -> None:
    answer = await api.post("/repositories", json=REPOSITORY | {"url": "HTTPS://EXAMPLE.com:443/team/project/"})
    assert (await answer.json())["url"] == REPOSITORY["url"]


async def test_a_new_repository_can_be_read_at_its_location(api: Client) -> None:
    created = await api.post("/repositories", json=REPOSITORY)
    read = await api.get(created.headers["Location"])
    assert read.status == 200
    assert await read.json() == await created.json()
    assert read.headers["ETag"] == created.headers["ETag"]


async def test_head_is_get_without_the_body(api: Client) -> None:
    identity = await create(api)
    got, head = await api.get(f"/repositories/{identity}"), await api.head(f"/repositories/{identity}")
    assert head.status == 200
    assert await head.read() == b""
    assert head.headers["Content-Length"] == str(len(await got.read()))
    assert head.headers["ETag"] == got.headers["ETag"]


async def test_a_change_affects_only_the_given_members(api: Client) -> None:
    identity = await create(api)
    answer = await api.patch(f"/repositories/{identity}", json={"name": "Renamed"})
    body = await answer.json()
    assert answer.status == 200
    assert (body["name"], body["url"]) == ("Renamed", REPOSITORY["url"])
    assert answer.headers["ETag"] == '"2"'
    assert body["updatedAt"] >= body["createdAt"]


async def test_a_client_that_has_the_version_gets_304(api: Client) -> None:
    identity = await create(api)
    path = f"/repositories/{identity}"
    for tags in ('"1"', 'W/"1"', '"0", "1"', "*"):
        answer = await api.get(path, headers={"If-None-Match": tags})
        assert (answer.status, await answer.read()) == (304, b""), tags
        assert answer.headers["ETag"] == '"1"'
    await api.patch(path, json={"name": "Renamed"})
    assert (await api.get(path, headers={"If-None-Match": '"1"'})).status == 200


async def test_a_change_applies_only_to_the_version_that_was_read(api: Client) -> None:
    identity = await create(api)
    path = f"/repositories/{identity}"
    assert (await api.patch(path, json={"name": "A"}, headers={"If-Match": '"1"'})).status == 200
    assert (await api.patch(path, json={"name": "B"}, headers={"If-Match": '"1"'})).status == 412
    assert (await api.delete(path, headers={"If-Match": '"1"'})).status == 412
    assert (await (await api.get(path)).json())["name"] == "A"
    assert (await api.patch(path, json={"name": "C"}, headers={"If-Match": '"1", "2"'})).status == 200
    assert (await api.patch(path, json={"name": "D"}, headers={"If-Match": "*"})).status == 200
    assert (await api.delete(path, headers={"If-Match": '"4"'})).status == 204


async def test_the_results_of_a_deleted_repository_remain(api: Client) -> None:
    identity = await create(api)
    queued = await api.post(f"/repositories/{identity}/scans")
    answer = await api.delete(f"/repositories/{identity}")
    assert (answer.status, await answer.read()) == (204, b"")
    assert (await api.get(f"/repositories/{identity}")).status == 404
    result = await (await api.get(queued.headers["Location"])).json()
    assert result["repositoryId"] is None
    listed = await (await api.get(f"/results?repositoryId={identity}")).json()
    assert [each["id"] for each in listed["items"]] == [result["id"]]
    assert result["repositoryUrl"] == REPOSITORY["url"]


async def test_pages_contain_every_repository_once(api: Client) -> None:
    made = [await create(api, url=f"https://example.com/{number}") for number in range(5)]
    seen, url = [], "/repositories?limit=2"
    for size in (2, 2, 1):
        answer = await api.get(url)
        page = await answer.json()
        assert len(page["items"]) == size
        seen += [item["id"] for item in page["items"]]
        if page["next"] is not None:
            assert answer.headers["Link"] == f'<{page["next"]}>; rel="next"'
            url = page["next"]
    assert seen == made
    assert page["next"] is None
    assert "Link" not in answer.headers


async def test_a_scan_that_waits_already_is_the_answer(api: Client, notifier: Any) -> None:
    identity = await create(api)
    first = await api.post(f"/repositories/{identity}/scans")
    second = await api.post(f"/repositories/{identity}/scans", json={"scope": "history"})
    assert (first.status, second.status) == (202, 200)
    assert second.headers["Location"] == first.headers["Location"]
    assert await second.json() == await first.json()
    assert (await api.post(f"/repositories/{identity}/scans", json={"scope": "head"})).status == 202


async def test_a_scan_that_waits_already_gets_a_higher_priority(api: Client) -> None:
    path = f"/repositories/{await create(api)}/scans"
    seen = []
    for priority in ("low", "normal", "low", "high"):
        answer = await api.post(path, json={"priority": priority})
        seen.append((answer.status, (await answer.json())["priority"]))
    assert seen == [(202, "low"), (200, "normal"), (200, "normal"), (200, "high")]
    assert (await api.post(path, json={"priority": "urgent"})).status == 422


async def test_a_full_queue_refuses_further_scans(
    start: Callable[..., Awaitable[Client]], settings: Settings, notifier: Any
) -> None:
    api = await start(settings.model_copy(update={"max_queued": 2}))
    first, second, third = [await create(api, url=f"https://example.com/{number}") for number in range(3)]
    for repository in (first, second):
        assert (await api.post(f"/repositories/{repository}/scans")).status == 202
    refused = await api.post(f"/repositories/{third}/scans")
    assert (refused.status, (await refused.json())["code"]) == (429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) > 0
    assert (await api.post(f"/repositories/{first}/scans")).status == 200, "it waits already"
    assert len(notifier.notified) == 2


async def test_a_scan_is_queued_and_workers_are_notified(api: Client, notifier: object) -> None:
    identity = await create(api)
    answer = await api.post(f"/repositories/{identity}/scans", json={"scope": "head"})
    body = await answer.json()
    assert answer.status == 202
    assert answer.headers["Location"] == f"/results/{body['id']}"
    assert body["status"] == "Queued"
    assert body["scope"] == "head"
    assert (body["repositoryId"], body["repositoryName"]) == (identity, "Project")
    assert (body["findings"], body["findingsCount"], body["findingsNext"]) == ([], 0, None)
    assert vars(notifier)["notified"] == [body["id"]]
    assert await (await api.get(answer.headers["Location"])).json() == body


async def test_a_scan_needs_no_body(api: Client) -> None:
    path = f"/repositories/{await create(api)}/scans"
    plain = await api.post(path)
    form = await api.post(path, data=b"", headers={"Content-Type": "application/x-www-form-urlencoded"})
    empty = await api.post(path, json={})
    assert [answer.status for answer in (plain, form, empty)] == [202, 200, 200]
    assert (await plain.json())["scope"] == "history"


async def test_a_refused_scan_notifies_no_worker(api: Client, notifier: object) -> None:
    assert (await api.post("/repositories/1/scans")).status == 404
    assert vars(notifier)["notified"] == []


async def test_one_of_many_callers_registers_a_url(api: Client) -> None:
    answers = await asyncio.gather(*(api.post("/repositories", json=REPOSITORY) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7


async def test_a_change_does_not_affect_a_finished_scan(api: Client, finished: Callable[..., int]) -> None:
    result = await (await api.get(f"/results/{finished()}")).json()
    await api.patch(f"/repositories/{result['repositoryId']}", json={"name": "Renamed"})
    assert (await (await api.get(f"/results/{result['id']}")).json())["repositoryName"] == "project"


async def test_a_list_has_the_latest_result_of_each_repository(api: Client, finished: Callable[..., int]) -> None:
    done = finished(findings=3)
    plain = (await (await api.post("/repositories", json={"name": "b", "url": "https://example.com/team/b"})).json())[
        "id"
    ]
    queued = (await (await api.post("/repositories", json={"name": "c", "url": "https://example.com/team/c"})).json())[
        "id"
    ]
    waiting = (await (await api.post(f"/repositories/{queued}/scans")).json())["id"]
    page = await (await api.get("/repositories?include=latest_result")).json()
    latest = {each["id"]: each.get("latestResult") for each in page["items"]}
    (scanned,) = latest.keys() - {plain, queued}
    assert (latest[scanned]["id"], latest[scanned]["status"], latest[scanned]["findingsCount"]) == (done, "Success", 3)
    assert latest[scanned]["complete"] is True
    assert latest[plain] is None
    assert (latest[queued]["id"], latest[queued]["status"], latest[queued]["complete"]) == (waiting, "Queued", None)
    again = (await (await api.post(f"/repositories/{scanned}/scans")).json())["id"]
    page = await (await api.get("/repositories?include=latest_result&limit=1")).json()
    assert page["items"][0]["latestResult"]["id"] == again
    assert "include=latest_result" in page["next"]
    assert all("latestResult" not in each for each in (await (await api.get("/repositories")).json())["items"])
    assert (await api.get("/repositories?include=everything")).status == 422
