"""The main flow of the API on both databases: it must not depend on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core.report import Coverage
from beca_core.storage.database import Database
from beca_core.storage.services.queue import ScanQueue
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a server on either kind of database."""
    return Settings.load(database_url=database_url, data_dir=tmp_path)


async def test_from_a_repository_to_its_findings(
    start: Callable[..., Awaitable[Client]], settings: Settings, document: Callable[[int], dict[str, object]]
) -> None:
    api = await start(settings)
    body = {"name": "Schlüssel 🔑", "url": "https://example.com/a"}
    created = await api.post("/repositories", json=body)
    assert created.status == 201
    assert (await api.post("/repositories", json=body)).status == 409
    path = created.headers["Location"]
    assert (await api.patch(path, json={"name": "Project"}, headers={"If-Match": '"7"'})).status == 412
    changed = await api.patch(path, json={"name": "Project"}, headers={"If-Match": created.headers["ETag"]})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')

    queued = await api.post(f"{path}/scans", json={"scope": "head"})
    assert queued.status == 202
    identity = (await queued.json())["id"]
    with Database.from_settings(settings) as database:
        queue = ScanQueue(database, lease_seconds=60, max_attempts=3)
        claim = queue.claim(identity, "test")
        assert claim is not None
        queue.finish(claim, (document(number) for number in range(5)), Coverage().to_dict(), {"even": 1, "odd": 1})

    result = await (await api.get(queued.headers["Location"])).json()
    assert (result["status"], result["findingsCount"], len(result["findings"])) == ("Success", 5, 5)
    assert result["queuedAt"] <= result["scanningAt"] <= result["finishedAt"]
    page = await (await api.get(f"/results/{identity}/findings?ruleId=odd&limit=1")).json()
    rest = await (await api.get(page["next"])).json()
    assert page["items"] + rest["items"] == [result["findings"][1], result["findings"][3]]
    listed = await (await api.get("/results?status=Success&include=findings")).json()
    assert listed["items"][0]["findings"] == result["findings"]
    assert (await api.delete(path)).status == 204
    assert (await (await api.get(f"/results/{identity}")).json())["repositoryId"] is None


async def test_unusual_ids_and_filters_do_not_reach_the_database(
    start: Callable[..., Awaitable[Client]], settings: Settings
) -> None:
    api = await start(settings)
    for path, status in {
        "/repositories/9223372036854775807": 404,
        "/repositories/9223372036854775808": 404,
        "/results?repositoryId=9223372036854775807": 200,
        "/results/1/findings?ruleId=%00": 404,
        "/repositories?after=%00": 422,
    }.items():
        assert (await api.get(path)).status == status, path
    assert (await api.get("/readyz")).status == 200
