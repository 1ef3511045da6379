"""`RepositoryScans`: stores scans of one repository, and reads what they have made of its issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from beca_core.storage.services.issues import IssueService

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.models import Issue, Result
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim

RULES = {"secret-key": 1, "specific": 1}


class RepositoryScans:
    """The scans of one repository."""

    def __init__(
        self, database: Database, queue: ScanQueue, results: ResultService, make: Callable[..., dict[str, Any]]
    ) -> None:
        self.database = database
        self.queue = queue
        self.results = results
        self.issues = IssueService(database)
        self._make = make
        self.repository_id = 0

    def finding(self, path: str = "a.env", digit: str = "1", **changes: Any) -> dict[str, Any]:
        """A finding of a secret, whose fingerprint has one digit only, at a path."""
        location = {**self._make()["location"], "path": path}
        return self._make(location=location, fingerprint=digit * 64, **changes)

    def claim(self, scope: str = "history") -> Claim:
        """Queue and claim a scan."""
        claim = self.queue.claim(self.results.queue(self.repository_id, scope).id, "w")
        assert claim is not None
        return claim

    def scan(self, *found: dict[str, Any], scope: str = "history", complete: bool = True, **report: Any) -> Result:
        """Store a scan with these findings, and return its result."""
        claim = self.claim(scope)
        arguments = {"coverage": {"complete": complete}, "ruleset": RULES, **report}
        assert self.queue.finish(claim, list(found), **arguments)
        return self.results.get(claim.result_id)

    def changes(self, result: Result) -> tuple[int, int, int]:
        """The numbers of a result's changes, which those of its findings confirm."""
        assert result.changes is not None
        found = [finding.get("change") for finding in self.results.findings(result.id, limit=1000).items]
        assert (found.count("new"), found.count("carried")) == (result.changes["new"], result.changes["carried"])
        return result.changes["new"], result.changes["carried"], result.changes["gone"]

    def states(self) -> dict[str, str]:
        """The state of each issue, by its path."""
        return {issue.path: issue.state.value for issue in self.issues.list(limit=200).items}

    def only(self) -> Issue:
        """The only issue."""
        (issue,) = self.issues.list().items
        return issue

    def history(self, issue_id: int) -> list[str]:
        """What has become of an issue."""
        return [event.kind for event in self.issues.get(issue_id).history]

    def count(self, table: type[Any]) -> int:
        """How many rows a table has."""
        with self.database.session(read_only=True) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0
