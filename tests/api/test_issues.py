"""Issues and the summary over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from beca_core.report import Coverage
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.workers import WorkerRegister

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.storage.database import Database

    Client = TestClient[web.Request, web.Application]


async def get(api: Client, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.fixture
def scanned(database: Database, finished: Callable[..., int], document: Callable[[int], dict[str, Any]]) -> list[int]:
    """A repository whose second scan has three of four findings again; the results' ids."""
    first = finished(4)
    repository_id = ResultService(database).get(first).repository_id
    assert repository_id is not None
    queue = ScanQueue(database, lease_seconds=60, max_attempts=3)
    claim = queue.claim(ResultService(database).queue(repository_id).id, "test")
    assert claim is not None
    found = [document(number) for number in range(1, 4)]
    assert queue.finish(claim, found, Coverage().to_dict(), {"even": 1, "odd": 1})
    return [first, claim.result_id]


async def test_an_issue_has_the_documented_shape(api: Client, scanned: list[int]) -> None:
    page = await get(api, "/issues?state=fixed")
    (issue,) = page["items"]
    assert page["next"] is None
    shape = {name: issue.pop(name) for name in ("id", "repositoryId", "fingerprint", "openedAt", "changedAt")}
    assert shape["openedAt"] < shape["changedAt"]
    assert issue == {
        "ruleId": "even",
        "path": "src/0.env",
        "description": "A word",
        "severity": "CRITICAL",
        "confidence": "LOW",
        "redacted": "pu...(11)",
        "state": "fixed",
        "standing": "absent",
        "presence": None,
        "firstResultId": scanned[0],
        "firstCommitId": None,
        "lastCommitId": None,
    }
    details = await get(api, f"/issues/{shape['id']}")
    assert details.items() >= {**issue, **shape, "lastResultId": scanned[0]}.items()
    assert [(event["kind"], event["resultId"]) for event in details["history"]] == [
        ("opened", scanned[0]),
        ("fixed", scanned[1]),
    ]
    assert [finding["location"]["path"] for finding in details["findings"]] == ["src/0.env"]


async def test_no_answer_has_the_fingerprint_of_the_key_before(
    api: Client, database: Database, scanned: list[int], document: Callable[[int], dict[str, Any]]
) -> None:
    repository_id = ResultService(database).get(scanned[0]).repository_id
    assert repository_id is not None
    queue = ScanQueue(database, lease_seconds=60, max_attempts=3)
    claim = queue.claim(ResultService(database).queue(repository_id).id, "test")
    assert claim is not None
    before = document(1)
    found = {**before, "fingerprint": "a" * 64, "formerFingerprint": before["fingerprint"]}
    assert queue.finish(claim, [found], Coverage().to_dict(), {"even": 1, "odd": 1})
    (issue,) = (await get(api, "/issues?search=src/1"))["items"]
    assert issue["fingerprint"] == "a" * 64
    result = f"/results/{claim.result_id}"
    for path in (f"/issues?search={issue['path']}", result, f"{result}/findings"):
        answer = str(await get(api, path))
        assert before["fingerprint"] not in answer
        assert "ormerFingerprint" not in answer
    details = await get(api, f"/issues/{issue['id']}")
    assert [event["kind"] for event in details["history"]] == ["opened"]
    assert "ormerFingerprint" not in str(details)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", {0, 1, 2, 3}),
        ("state=unfixed", {1, 2, 3}),
        ("ruleId=odd&severity=CRITICAL", {3}),
        ("confidence=HIGH", set()),
        ("search=SRC/2", {2}),
        ("since=2026-01-01T00:00:00Z&limit=200", {0, 1, 2, 3}),
        ("since=2999-01-01T00:00:00%2B02:00", set()),
        ("since=0001-01-01T00:00:00%2B14:00", {0, 1, 2, 3}),
        ("since=9999-12-31T23:59:59-14:00", set()),
        ("repositoryId=999", set()),
    ],
)
async def test_issues_are_filtered(api: Client, scanned: list[int], query: str, numbers: set[int]) -> None:
    page = await get(api, f"/issues?{query}")
    assert {issue["path"] for issue in page["items"]} == {f"src/{number}.env" for number in numbers}


@pytest.mark.parametrize("sort", ["changed", "opened", "urgency"])
async def test_issues_are_paged_in_each_order(api: Client, scanned: list[int], sort: str) -> None:
    following: str | None = f"/issues?limit=1&sort={sort}"
    paths = []
    while following is not None:
        page = await get(api, following)
        paths += [issue["path"] for issue in page["items"]]
        following = page["next"]
    assert sorted(paths) == [f"src/{number}.env" for number in range(4)]


@pytest.mark.parametrize(
    "query",
    [
        "state=pending",
        "state=",
        "severity=high",
        "sort=path",
        "since=yesterday",
        "since=0.5",
        "since=2026-01-01T00:00:00",
        "after=x",
    ],
)
async def test_a_wrong_query_is_refused(api: Client, query: str) -> None:
    answer = await api.get(f"/issues?{query}")
    assert answer.status == 422
    (error,) = (await answer.json())["errors"]
    assert error["parameter"] == query.partition("=")[0]


async def test_an_unknown_issue_is_not_found(api: Client) -> None:
    assert (await api.get("/issues/1")).status == 404


async def test_the_summary_counts(api: Client, database: Database, scanned: list[int]) -> None:
    waiting = RepositoryService(database).create("never", "https://example.com/never")
    queued = ResultService(database).queue(waiting.id)
    WorkerRegister(database).note("one", "host", "1.0", 2)
    summary = await get(api, "/summary")
    assert summary.pop("oldestQueuedAt").endswith("Z")
    assert queued.id
    assert summary == {
        "openIssues": {"LOW": 0, "MEDIUM": 0, "HIGH": 2, "CRITICAL": 1},
        "openedThisWeek": 4,
        "fixedThisWeek": 1,
        "repositories": {"day": 1, "week": 0, "month": 0, "older": 0, "never": 1},
        "failuresThisWeek": 0,
        "queued": 1,
        "running": 0,
        "workers": 1,
    }


async def test_an_empty_summary_has_zeros(api: Client) -> None:
    summary = await get(api, "/summary")
    assert summary["oldestQueuedAt"] is None
    assert sum(summary["openIssues"].values()) == summary["openedThisWeek"] == summary["queued"] == 0
    assert summary["workers"] == 0
