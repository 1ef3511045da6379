"""What a worker writes to a claimed result: progress, an outcome or a release; and who may no longer write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.storage.services.conftest import LEASE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim


@pytest.fixture
def writes(queue: ScanQueue, make_finding: Callable[..., dict[str, Any]]) -> dict[str, Callable[[Claim], bool]]:
    """Everything that a worker can do with a claim."""
    return {
        "renew": lambda claim: queue.renew(claim, {"blobs": 666}),
        "finish": lambda claim: queue.finish(claim, [make_finding()], {"complete": True}, {"secret-key": 1}),
        "fail": lambda claim: queue.fail(claim, "fetch-failed", "No such host."),
        "release": queue.release,
    }


def test_renewing_keeps_the_scan(queue: ScanQueue, claim: Claim, clock: Any) -> None:
    for _ in range(5):
        clock.advance(LEASE_SECONDS - 1)
        assert queue.renew(claim)
        assert queue.claim(claim.result_id, "another") is None


def test_progress_is_shown(queue: ScanQueue, results: ResultService, claim: Claim) -> None:
    assert queue.renew(claim, {"blobs": 7, "path": "a\0"})
    shown = results.get(claim.result_id)
    assert shown.progress == {"blobs": 7, "path": "a\N{REPLACEMENT CHARACTER}"}
    assert shown.revision == 3
    queue.renew(claim)
    assert results.get(claim.result_id) == shown, "a heartbeat alone is not a visible change"


def test_a_success_is_stored_with_its_findings(
    queue: ScanQueue, results: ResultService, claim: Claim, clock: Any, make_finding: Callable[..., dict[str, Any]]
) -> None:
    clock.advance(9)
    found = [make_finding(), make_finding(inHead=False, commit=None)]
    assert queue.finish(claim, iter(found), {"complete": True, "blobs": 3}, {"secret-key": 4})
    ended = results.get(claim.result_id)
    assert (ended.status, ended.finished_at, ended.findings_count) == ("Success", clock.now, 2)
    assert (ended.coverage, ended.ruleset) == ({"complete": True, "blobs": 3}, {"secret-key": 4})
    assert ended.rule_changes is None
    assert ended.failure is None
    assert list(results.findings(claim.result_id).items) == found


def test_what_rule_files_changed_and_what_was_dropped_is_stored(
    queue: ScanQueue, results: ResultService, claim: Claim
) -> None:
    changes = [{"ruleId": "secret-key", "kind": "disabled", "plugin": "builtin", "by": "acme.toml"}]
    assert queue.finish(claim, [], {"complete": True, "suppressed": {"check": 3}}, {}, rule_changes=changes)
    ended = results.get(claim.result_id)
    assert ended.rule_changes == changes
    assert ended.coverage == {"complete": True, "suppressed": {"check": 3}}


def test_a_scan_without_findings_is_a_success(queue: ScanQueue, results: ResultService, claim: Claim) -> None:
    assert queue.finish(claim, [], {"complete": True}, {})
    assert results.get(claim.result_id).findings_count == 0


def test_a_failure_has_its_reason(queue: ScanQueue, results: ResultService, claim: Claim, clock: Any) -> None:
    clock.advance(9)
    assert queue.fail(claim, "fetch-failed", "No such host.\0")
    ended = results.get(claim.result_id)
    assert (ended.status, ended.finished_at) == ("Failure", clock.now)
    assert ended.failure == {"code": "fetch-failed", "message": "No such host.\N{REPLACEMENT CHARACTER}"}
    assert (ended.coverage, ended.findings_count) == (None, 0)


def test_a_released_scan_is_queued_as_before(queue: ScanQueue, results: ResultService, result_id: int) -> None:
    before = results.get(result_id)
    for _ in range(10):  # more often than there are attempts
        claim = queue.claim(result_id, "worker")
        assert claim is not None
        assert claim.attempt == 1
        queue.renew(claim, {"blobs": 1})
        assert queue.release(claim)
    after = results.get(result_id)
    assert (after.status, after.attempt, after.scanning_at, after.progress) == ("Queued", 0, None, None)
    assert after.queued_at == before.queued_at
    assert queue.due() == [result_id], "workers are notified at once"


@pytest.mark.parametrize("late", ["renew", "finish", "fail", "release"])
@pytest.mark.parametrize("meanwhile", ["taken over", "released", "finished", "failed"])
def test_a_worker_that_lost_its_lease_changes_nothing(
    queue: ScanQueue,
    results: ResultService,
    claim: Claim,
    clock: Any,
    writes: dict[str, Callable[[Claim], bool]],
    late: str,
    meanwhile: str,
) -> None:
    if meanwhile == "released":
        queue.release(claim)
    else:
        clock.advance(LEASE_SECONDS)
        second = queue.claim(claim.result_id, "another")
        assert second is not None
        if meanwhile != "taken over":
            writes[{"finished": "finish", "failed": "fail"}[meanwhile]](second)
    before = results.get(claim.result_id), results.findings(claim.result_id)
    assert not writes[late](claim)
    assert (results.get(claim.result_id), results.findings(claim.result_id)) == before


@pytest.mark.parametrize("late", ["renew", "finish", "fail", "release"])
@pytest.mark.parametrize("end", ["finish", "fail"])
def test_a_result_that_has_ended_never_changes(
    queue: ScanQueue,
    results: ResultService,
    claim: Claim,
    clock: Any,
    writes: dict[str, Callable[[Claim], bool]],
    late: str,
    end: str,
) -> None:
    assert writes[end](claim)
    before = results.get(claim.result_id), results.findings(claim.result_id)
    clock.advance(LEASE_SECONDS * 10)
    assert not writes[late](claim)
    assert queue.claim(claim.result_id, "another") is None
    assert queue.due() == []
    assert queue.release_orphans() == 0
    assert (results.get(claim.result_id), results.findings(claim.result_id)) == before


@pytest.mark.parametrize("write", ["renew", "finish", "fail", "release"])
@pytest.mark.parametrize("forgery", [{"owner": "worker"}, {"owner": ""}, {"attempt": 2}, {"attempt": 0}], ids=str)
def test_a_claim_cannot_be_guessed(
    claim: Claim, writes: dict[str, Callable[[Claim], bool]], write: str, forgery: dict[str, Any]
) -> None:
    assert not writes[write](replace(claim, **forgery))


def test_an_expired_lease_holds_until_another_worker_takes_over(queue: ScanQueue, claim: Claim, clock: Any) -> None:
    clock.advance(LEASE_SECONDS * 2)
    assert queue.renew(claim)
    assert queue.claim(claim.result_id, "another") is None
    clock.advance(LEASE_SECONDS * 2)
    assert queue.finish(claim, [], {}, {})
