"""`GET /audit`: who did what through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_api.http.keys import AUDIT, TOKENS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]
    Start = Callable[..., Awaitable[Client]]

URL = "https://example.com/team/project"


async def test_the_log_names_token_record_and_address(start: Start, settings: Settings) -> None:
    api = await start(settings, ("read", "write", "audit"))
    token = api.app[TOKENS].list()[0].id
    made = await (await api.post("/repositories", json={"name": "project", "url": URL})).json()
    await api.patch(f"/repositories/{made['id']}", json={"name": "other"})
    asked = await (await api.post(f"/repositories/{made['id']}/scans")).json()
    await api.delete(f"/repositories/{made['id']}")
    answer = await api.get("/audit")
    assert answer.status == 200
    page = await answer.json()
    assert [(each["action"], each["recordId"]) for each in page["items"]] == [
        ("repository.deleted", str(made["id"])),
        ("scan.requested", str(asked["id"])),
        ("repository.changed", str(made["id"])),
        ("repository.created", str(made["id"])),
    ]
    assert {(each["actor"], each["tokenId"], each["client"]) for each in page["items"]} == {("api", token, "127.0.0.1")}
    assert URL not in await answer.text()


async def test_pages_follow_each_other(start: Start, settings: Settings) -> None:
    api = await start(settings, ("write", "audit"))
    for number in range(5):
        await api.post("/repositories", json={"name": "x", "url": f"{URL}{number}"})
    seen, path = 0, "/audit?limit=2"
    while path:
        page = await (await api.get(path)).json()
        seen += len(page["items"])
        path = page["next"]
    assert seen == 5
    assert (await api.get("/audit?after=nonsense")).status == 422


async def test_only_tokens_that_were_made_for_it_see_the_log(start: Start, settings: Settings) -> None:
    api = await start(settings, ("read", "write"))
    refused = await api.get("/audit")
    assert refused.status == 403
    assert (await refused.json())["code"] == "forbidden"


async def test_requests_that_change_nothing_are_not_in_it(start: Start, settings: Settings) -> None:
    api = await start(settings, ("read", "write", "audit"))
    await api.get("/repositories")
    await api.post("/repositories", json={"name": "x", "url": "ftp://x"})
    await api.delete("/repositories/77")
    assert api.app[AUDIT].list().items == ()
