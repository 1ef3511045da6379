"""How the databases find the next scan: they walk an index, and sort nothing, however long the queue is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.results import ResultService

INDEX = "ix_result_status_priority_queued_at_id"


def plans(database: Database, call: Callable[[], object], word: str) -> list[str]:
    """Return the plan of each statement of a call that has this word. PostgreSQL sorts small tables if it may."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
        if word in statement:
            statements.append((statement, parameters))

    event.listen(database._engine, "before_cursor_execute", note)
    call()
    event.remove(database._engine, "before_cursor_execute", note)
    found = []
    with database.session() as session:
        connection = session.connection()
        if not database.is_sqlite:
            for way in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
                connection.exec_driver_sql(f"SET LOCAL {way} = off")
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
            found.append("\n".join(str(row[-1]) for row in rows))
    return found


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
