"""The made-up rows of the measurements of the server are rows as the services store them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from measure.filled_database import Filling

from beca_core.storage.services.issues import IssueFilter, IssueOrder, IssueService
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.summary import SummaryService

if TYPE_CHECKING:
    from beca_core.storage.database import Database


def test_the_services_read_what_was_filled(database: Database) -> None:
    Filling(repositories=3, results=2, issues=4, findings=2).fill(database)
    results = ResultService(database)
    assert [record.id for record in RepositoryService(database).list().items] == [1, 2, 3]
    assert {record.repository_id for record in results.list().items} == {1, 2, 3}
    assert [results.get(number).findings_count for number in range(1, 7)] == [2] * 6
    assert len(results.findings(6).items) == 2
    issues = IssueService(database).list(IssueFilter(), order=IssueOrder.URGENCY, limit=200)
    assert len(issues.items) == 12
    assert sum(SummaryService(database).get().open_issues.values()) == 9


def test_new_rows_get_ids_after_the_filled_ones(database: Database) -> None:
    Filling(repositories=2, results=1, issues=1, findings=1).fill(database)
    assert ResultService(database).queue(1).id == 3
