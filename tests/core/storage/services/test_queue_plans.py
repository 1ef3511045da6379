"""How the databases find the next scan: they walk an index, and sort nothing, however long the queue is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.core.storage.services.statement_plans import plans

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.results import ResultService

INDEX = "ix_result_status_priority_queued_at_id"


def test_the_next_scan_is_found_without_sorting_the_queue(
    database: Database, queue: ScanQueue, another: Callable[..., int]
) -> None:
    for _ in range(20):
        another()
    found = plans(database, lambda: queue.claim_next("worker"), "LIMIT")
    assert len(found) == 2, "one for scans to take over, one for those that wait"
    for plan in found:
        assert (INDEX if database.is_sqlite else "ix_result_") in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan


def test_results_of_a_repository_with_a_status_are_found_without_sorting(
    database: Database, results: ResultService, repository_id: int, another: Callable[..., int]
) -> None:
    for _ in range(20):
        another()
    (plan,) = plans(database, lambda: results.list(repository_id=repository_id, status="Queued"), "LIMIT")
    # With few rows, PostgreSQL may walk another index of the same order.
    assert ("ix_result_original_repository_id_status_queued_at_id" if database.is_sqlite else "ix_result_") in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
