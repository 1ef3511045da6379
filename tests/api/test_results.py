"""Results and findings over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from beca_api.http.operations import as_json
from beca_api.http.schemas.finding_schemas import Finding as FindingSchema
from beca_api.http.schemas.response_schemas import INLINE_FINDINGS, LISTED_FINDINGS, LISTED_RESULTS
from beca_core.report import REASONS, Coverage
from beca_core.sources.progress import Phase, Progress
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from tests.core.storage.services.any_finding import findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.findings import Finding
    from beca_core.storage.database import Database
    from beca_core.storage.services.transitions import Claim

    Client = TestClient[web.Request, web.Application]

MEMBERS = {
    "id",
    "status",
    "scope",
    "priority",
    "repositoryId",
    "repositoryName",
    "repositoryUrl",
    "queuedAt",
    "scanningAt",
    "finishedAt",
    "attempt",
    "progress",
    "failure",
    "changes",
    "coverage",
    "ruleset",
    "ruleChanges",
    "findingsCount",
}


@pytest.fixture
def queue(database: Database) -> ScanQueue:
    """The queue that workers claim scans from."""
    return ScanQueue(database, lease_seconds=60, max_attempts=3)


@pytest.fixture
def result_id(database: Database) -> int:
    """A waiting scan."""
    repository = RepositoryService(database).create("project", "https://example.com/a")
    return ResultService(database).queue(repository.id).id


@pytest.fixture
def claim(queue: ScanQueue, result_id: int) -> Claim:
    """A running scan."""
    claim = queue.claim(result_id, "test")
    assert claim is not None
    return claim


async def get(api: Client, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def all_pages(api: Client, path: str) -> list[Any]:
    items: list[Any] = []
    following: str | None = path
    while following is not None:
        page = await get(api, following)
        items += page["items"]
        following = page["next"]
    return items


async def test_a_finished_result_has_the_documented_shape(api: Client, finished: Callable[..., int]) -> None:
    result = await get(api, f"/results/{finished(2)}")
    assert set(result) == MEMBERS | {"findings", "findingsNext"}
    assert result["status"] == "Success"
    assert result["coverage"] == {
        "commits": 1,
        "blobs": 2,
        "bytes": 0,
        "unwalked": 0,
        "skipped": {},
        "omitted": {},
        "accepted": {},
        "problems": [],
        "filtered": {},
        "unlisted": {},
        "costly": {},
        "suppressed": {},
        "complete": True,
    }
    assert result["ruleset"] == {"secret-key": 1}
    assert result["failure"] is None
    assert all(result[name].endswith("Z") for name in ("queuedAt", "scanningAt", "finishedAt"))
    assert result["findings"][0] == {
        "type": "sast",
        "ruleId": "even",
        "location": {
            "path": "src/0.env",
            "positions": {"begin": {"line": 1, "column": 1}, "end": {"line": 1, "column": 11}},
        },
        "metadata": {"description": "A word", "severity": "CRITICAL", "confidence": "LOW"},
        "fingerprint": result["findings"][0]["fingerprint"],
        "redacted": "pu...(11)",
        "inHead": True,
        "commit": None,
        "occurrences": 1,
    }


async def test_a_result_says_which_rules_were_changed_and_what_was_dropped(
    api: Client, queue: ScanQueue, claim: Claim
) -> None:
    changes = [{"ruleId": "secret-key", "kind": "disabled", "plugin": "builtin", "by": "acme.toml"}]
    assert (await get(api, f"/results/{claim.result_id}"))["ruleChanges"] == []
    queue.finish(claim, [], Coverage(suppressed={"check": 3}).to_dict(), {}, rule_changes=changes)
    result = await get(api, f"/results/{claim.result_id}")
    assert (result["ruleChanges"], result["coverage"]["suppressed"]) == (changes, {"check": 3})


async def test_a_failed_result_has_its_reason(api: Client, queue: ScanQueue, claim: Claim) -> None:
    queue.fail(claim, "fetch-failed", "The repository could not be fetched.")
    result = await get(api, f"/results/{claim.result_id}")
    assert result["status"] == "Failure"
    assert result["failure"] == {"code": "fetch-failed", "message": "The repository could not be fetched."}
    assert (result["coverage"], result["findings"]) == (None, [])


async def test_new_progress_of_a_running_result_changes_the_entity_tag(
    api: Client, queue: ScanQueue, claim: Claim
) -> None:
    path = f"/results/{claim.result_id}"
    before = (await api.get(path)).headers["ETag"]
    assert (await api.get(path, headers={"If-None-Match": before})).status == 304
    progress = Progress(commits=1, blobs=2, bytes=3, expected=9, phase=Phase.READING).to_dict()
    assert queue.renew(claim, progress)
    answer = await api.get(path, headers={"If-None-Match": before})
    assert answer.status == 200
    assert answer.headers["ETag"] != before
    result = await answer.json()
    assert (result["status"], result["progress"]) == ("In Progress", progress)


async def test_progress_stored_by_an_earlier_version_is_shown(api: Client, queue: ScanQueue, claim: Claim) -> None:
    stored = {"commits": 1, "blobs": 2, "bytes": 3, "skipped": 0, "expected": None}
    assert queue.renew(claim, stored)
    shown = (await get(api, f"/results/{claim.result_id}"))["progress"]
    assert shown == {"phase": "reading", "objects": None, **stored}


async def test_a_finding_lists_its_decodings(
    api: Client, queue: ScanQueue, claim: Claim, document: Callable[[int], dict[str, Any]]
) -> None:
    plain, decoded = document(0), document(1)
    decoded["metadata"]["decodings"] = ["base64", "percent"]
    decoded["location"]["path"] = "lib/app.jar!META-INF/app.properties"
    assert queue.finish(claim, [plain, decoded], Coverage().to_dict(), {"secret-key": 1})
    for path in (f"/results/{claim.result_id}/findings", f"/results/{claim.result_id}"):
        answer = await get(api, path)
        assert (answer.get("items") or answer["findings"]) == [plain, decoded]


async def test_a_result_lists_the_changes_since_the_previous_scan(
    api: Client, database: Database, queue: ScanQueue, claim: Claim, document: Callable[[int], dict[str, Any]]
) -> None:
    before = [document(1), document(3)]
    assert queue.finish(claim, before, Coverage().to_dict(), {"even": 1, "odd": 1})
    second = queue.claim(ResultService(database).queue(claim.repository_id).id, "test")
    assert second is not None
    found = [document(0), document(1), document(2), document(3) | {"inHead": False}]
    assert queue.finish(second, found, Coverage().to_dict(), {"even": 1, "odd": 1})
    shown = [each | {"change": change} for each, change in zip(found, ["new", "carried", "new", "gone"], strict=True)]
    changes = {"new": 2, "carried": 1, "gone": 1, "since": claim.result_id}
    result = await get(api, f"/results/{second.result_id}")
    assert (result["changes"], result["findings"]) == (changes, shown)
    assert (await get(api, "/results"))["items"][0]["changes"] == changes
    for change, numbers in {"new": [0, 2], "carried": [1], "gone": [3]}.items():
        some = await all_pages(api, f"/results/{second.result_id}/findings?limit=1&change={change}")
        assert some == [shown[number] for number in numbers]


async def test_a_result_without_a_previous_scan_has_no_changes(api: Client, finished: Callable[..., int]) -> None:
    identity = finished(1)
    result = await get(api, f"/results/{identity}")
    assert result["changes"] is None
    assert "change" not in result["findings"][0]
    assert await all_pages(api, f"/results/{identity}/findings?change=new") == []


async def test_an_incomplete_result_counts_skipped_objects_by_reason(
    api: Client, queue: ScanQueue, claim: Claim
) -> None:
    coverage = Coverage(blobs=1, skipped=dict.fromkeys(REASONS, 2))
    assert queue.finish(claim, [], coverage.to_dict(), {"secret-key": 1})
    result = await get(api, f"/results/{claim.result_id}")
    assert (result["status"], result["coverage"]) == ("Success", coverage.to_dict())
    assert result["coverage"]["complete"] is False


@pytest.mark.slow
async def test_a_result_has_its_first_findings_and_a_link_to_the_rest(
    api: Client, finished: Callable[..., int]
) -> None:
    identity = finished(INLINE_FINDINGS + 3)
    result = await get(api, f"/results/{identity}")
    assert result["findingsCount"] == INLINE_FINDINGS + 3
    assert len(result["findings"]) == INLINE_FINDINGS
    rest = await all_pages(api, result["findingsNext"])
    paths = [finding["location"]["path"] for finding in result["findings"] + rest]
    assert paths == [f"src/{number}.env" for number in range(INLINE_FINDINGS + 3)]


async def test_a_list_has_findings_only_if_requested(api: Client, finished: Callable[..., int]) -> None:
    identity = finished(LISTED_FINDINGS + 1)
    (plain,) = (await get(api, "/results"))["items"]
    assert set(plain) == MEMBERS
    assert plain["findingsCount"] == LISTED_FINDINGS + 1
    (full,) = (await get(api, "/results?include=findings"))["items"]
    assert len(full["findings"]) == LISTED_FINDINGS
    (last,) = await all_pages(api, full["findingsNext"])
    assert last["location"]["path"] == f"src/{LISTED_FINDINGS}.env"
    assert full["id"] == identity


async def test_a_list_has_the_findings_of_several_results(api: Client, finished: Callable[..., int]) -> None:
    ids = [finished(number, f"https://example.com/{number}") for number in range(3)]
    items = (await get(api, "/results?include=findings"))["items"]
    assert [(item["id"], len(item["findings"]), item["findingsNext"]) for item in items] == [
        (ids[2], 2, None),
        (ids[1], 1, None),
        (ids[0], 0, None),
    ]


@pytest.mark.slow
async def test_a_list_with_findings_has_short_pages_and_loses_nothing(
    api: Client, finished: Callable[..., int]
) -> None:
    ids = [finished(number % 3, f"https://example.com/{number}") for number in range(LISTED_RESULTS + 3)]
    page = await get(api, "/results?include=findings&limit=200")
    assert len(page["items"]) == LISTED_RESULTS
    items = await all_pages(api, "/results?include=findings&limit=200")
    assert [item["id"] for item in items] == ids[::-1]
    assert [len(item["findings"]) for item in items] == [item["findingsCount"] for item in items]
    assert len((await get(api, "/results?limit=200"))["items"]) == len(ids)


async def test_the_filter_of_results_applies_to_the_next_page_too(
    api: Client, finished: Callable[..., int], database: Database
) -> None:
    ended = [finished(0, f"https://example.com/{number}") for number in range(3)]
    repository = RepositoryService(database).create("other", "https://example.com/other")
    queued = ResultService(database).queue(repository.id).id
    assert [item["id"] for item in await all_pages(api, "/results?status=Success&limit=1")] == ended[::-1]
    assert [item["id"] for item in await all_pages(api, "/results?status=Queued")] == [queued]
    mine = await all_pages(api, f"/results?repositoryId={repository.id}&limit=1")
    assert [item["id"] for item in mine] == [queued]
    assert await all_pages(api, f"/results?repositoryId={2**63 - 1}") == []
    assert await all_pages(api, "/results?status=In%20Progress") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("ruleId=odd", [1, 3, 5]),
        ("severity=CRITICAL", [0, 3, 6]),
        ("ruleId=odd&severity=CRITICAL", [3]),
        ("ruleId=no-such-rule", []),
        ("ruleId=%00", []),
    ],
)
async def test_findings_are_filtered_and_paged(
    api: Client, finished: Callable[..., int], query: str, expected: list[int]
) -> None:
    found = await all_pages(api, f"/results/{finished(7)}/findings?limit=2&{query}")
    assert [finding["location"]["path"] for finding in found] == [f"src/{number}.env" for number in expected]


async def test_a_waiting_scan_is_cancelled_at_once(api: Client, result_id: int) -> None:
    answer = await api.post(f"/results/{result_id}/cancel")
    assert answer.status == 202
    cancelled = await answer.json()
    assert (cancelled["status"], cancelled["failure"]["code"]) == ("Failure", "cancelled")
    assert cancelled["finishedAt"]
    assert answer.headers["ETag"] == (await api.get(f"/results/{result_id}")).headers["ETag"]


async def test_a_running_scan_is_taken_from_its_worker(api: Client, queue: ScanQueue, claim: Claim) -> None:
    assert queue.holds(claim)
    assert (await api.post(f"/results/{claim.result_id}/cancel")).status == 202
    assert not queue.holds(claim)
    assert not queue.finish(claim, [], {}, {})
    assert (await (await api.get(f"/results/{claim.result_id}")).json())["failure"]["code"] == "cancelled"


async def test_a_scan_is_cancelled_only_once(api: Client, result_id: int) -> None:
    first, second = [await api.post(f"/results/{result_id}/cancel") for _ in range(2)]
    assert (first.status, second.status) == (202, 202)
    assert await first.json() == await second.json()
    assert first.headers["ETag"] == second.headers["ETag"]


async def test_a_scan_that_has_ended_cannot_be_cancelled(api: Client, finished: Callable[..., int]) -> None:
    result_id = finished(1)
    answer = await api.post(f"/results/{result_id}/cancel")
    assert (answer.status, (await answer.json())["code"]) == (409, "conflict")
    assert (await (await api.get(f"/results/{result_id}")).json())["status"] == "Success"


async def test_an_unknown_scan_cannot_be_cancelled(api: Client) -> None:
    for unknown in ("999999", "0", "x"):
        assert (await api.post(f"/results/{unknown}/cancel")).status == 404


async def test_to_cancel_needs_the_scope_write(start: Callable[..., Any], settings: Any) -> None:
    reader = await start(settings, ("read",))
    assert (await reader.post("/results/1/cancel")).status == 403


@given(findings())
def test_a_stored_finding_has_the_documented_shape_without_being_validated(finding: Finding) -> None:
    document = finding.to_dict()
    assert FindingSchema.model_validate(document).model_dump(mode="json", by_alias=True) == document
    assert json.loads(as_json({"items": [document]})) == {"items": [document]}
