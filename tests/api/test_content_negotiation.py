"""The header Accept: the media type that the client likes best, and never a refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_api.http.content_negotiation import preferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]

OFFERED = ("application/json", "application/sarif+json")
SARIF = OFFERED[1]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", 0),
        ("*/*", 0),
        ("application/*", 0),
        ("text/html", 0),
        ("application/json", 0),
        ("application/sarif+json", 1),
        ("APPLICATION/SARIF+JSON", 1),
        ("application/sarif+json; charset=utf-8", 1),
        ("application/sarif+json;q=0.9, application/json", 0),
        ("application/json;q=0.5, application/sarif+json", 1),
        ("application/json;q=0.5, application/sarif+json;q=0.6", 1),
        ("*/*;q=0.1, application/sarif+json", 1),
        ("application/json;q=0, */*", 1),
        ("application/sarif+json;q=0", 0),
        ("application/sarif+json;q=x", 0),
        ("application/sarif+json;q=7", 0),
        (",,;q=1,/,", 0),
        ("text/html, application/xhtml+xml, */*;q=0.8", 0),
    ],
)
def test_the_preferred_media_type(accept: str, expected: int) -> None:
    assert preferred(accept, OFFERED) == OFFERED[expected]


@given(st.text(alphabet="application/json+sarif*;q=0.15, \u0661\x7f", max_size=60))
def test_any_header_has_an_answer(accept: str) -> None:
    assert preferred(accept, OFFERED) in OFFERED


async def test_findings_as_a_sarif_log(api: Client, finished: Callable[..., int]) -> None:
    path = f"/results/{finished(5)}/findings"
    answer = await api.get(path, headers={"Accept": SARIF})
    assert (answer.status, answer.content_type) == (200, SARIF)
    (run,) = json.loads(await answer.read())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["even", "odd", "even", "odd", "even"]
    assert run["invocations"][0]["executionSuccessful"] is True
    assert "Link" not in answer.headers


async def test_rules_of_a_sarif_log_are_described(api: Client, database: object, finished: Callable[..., int]) -> None:
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService
    from tests.api.conftest import finding_document

    repository = RepositoryService(database).create("p", "https://example.com/p")  # type: ignore[arg-type]
    queued = ResultService(database).queue(repository.id)  # type: ignore[arg-type]
    queue = ScanQueue(database, 60, 3)  # type: ignore[arg-type]
    claim = queue.claim(queued.id, "w")
    assert claim is not None
    found = finding_document(0) | {"ruleId": "secret-key"}
    assert queue.finish(claim, [found], {"complete": True}, {"secret-key": 1})
    answer = await api.get(f"/results/{queued.id}/findings", headers={"Accept": SARIF})
    (run,) = json.loads(await answer.read())["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "secret-key"
    assert rule["shortDescription"]["text"]
    assert rule["help"]["text"]


async def test_a_sarif_log_is_a_page_and_names_the_next(api: Client, finished: Callable[..., int]) -> None:
    seen, url = [], f"/results/{finished(5)}/findings?limit=2&ruleId=even"
    for _ in range(2):
        answer = await api.get(url, headers={"Accept": SARIF})
        (run,) = json.loads(await answer.read())["runs"]
        seen += [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
        if "Link" in answer.headers:
            url = answer.headers["Link"].partition("<")[2].partition(">")[0]
    assert seen == ["src/0.env", "src/2.env", "src/4.env"]
    assert "Link" not in answer.headers


async def test_refusals_are_problems_whatever_is_accepted(api: Client, finished: Callable[..., int]) -> None:
    path = f"/results/{finished(1)}/findings"
    for url, status in ((f"{path}?limit=0", 422), (f"{path}?after=x", 422), ("/results/999/findings", 404)):
        answer = await api.get(url, headers={"Accept": SARIF})
        assert (answer.status, answer.content_type) == (status, "application/problem+json")


async def test_without_a_preference_findings_are_json(api: Client, finished: Callable[..., int]) -> None:
    path = f"/results/{finished(1)}/findings"
    for accept in ("*/*", "text/html", "application/json"):
        answer = await api.get(path, headers={"Accept": accept})
        assert (answer.status, answer.content_type) == (200, "application/json")
