"""Scans of texts over HTTP; nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_api.http.schemas.response_schemas import TextReport
from beca_api.texts import text_scanner
from beca_api.texts.text_scanner import SHOWN_FINDINGS
from beca_core.findings import fingerprint
from beca_core.storage.services.results import ResultService

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest
    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.storage.database import Database
    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]

PLAIN = {"Content-Type": "text/plain"}


async def test_texts_and_bytes_are_scanned_and_nothing_is_stored(api: Client, database: Database) -> None:
    answer = await api.post("/scan", data=b"public_keyasdf\n\tprivate_keyfdas\nnothing\n", headers=PLAIN)
    assert answer.status == 200
    report = await answer.json()
    TextReport.model_validate(report)
    places = [finding["location"]["positions"]["begin"] for finding in report["findings"]]
    assert places == [{"line": 1, "column": 1}, {"line": 2, "column": 2}]
    assert report["findingsCount"] == 2
    assert report["coverage"]["complete"] is True
    assert report["scope"] == "text"
    assert "private_keyfdas" not in await answer.text()
    assert ResultService(database).list().items == ()

    for body in (b"", b"\x00\xff\xfe", "ä".encode("utf-16")):
        answer = await api.post("/scan", data=body, headers={"Content-Type": "application/octet-stream"})
        assert answer.status == 200
        assert (await answer.json())["findings"] == []


async def test_bytes_without_a_content_type_are_accepted(api: Client) -> None:
    answer = await api.post("/scan", data=b"x", skip_auto_headers=["Content-Type"])
    assert answer.status == 200


async def test_a_report_is_bounded_but_counts_all_findings(
    start: Callable[..., Awaitable[Client]], settings: Settings
) -> None:
    api = await start(settings.model_copy(update={"max_body_bytes": 1024 * 1024}))
    count = SHOWN_FINDINGS + 10
    answer = await api.post("/scan", data=b"private_key\n" * count, headers=PLAIN)
    report = await answer.json()
    assert report["findingsCount"] == count
    assert len(report["findings"]) == SHOWN_FINDINGS


async def test_fingerprints_use_the_key_of_the_server(api: Client) -> None:
    answer = await api.post("/scan", data=b"private_keyfdas", headers=PLAIN)
    (finding,) = (await answer.json())["findings"]
    assert finding["fingerprint"] != fingerprint("secret-key", b"private_keyfdas")


async def test_too_many_texts_at_once_are_refused(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_scanner, "MAX_WAITING", 0)
    answer = await api.post("/scan", data=b"x", headers=PLAIN)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
    assert (await answer.json())["code"] == "too-many-requests"
