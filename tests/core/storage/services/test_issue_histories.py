"""The states of issues against a simple model, over any sequence of scans.

The nightly profile tries ten times as many sequences.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from beca_core.storage.models import Repository, Result
from beca_core.storage.services.issues import IssueService
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.summary import SummaryService

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database

SEQUENCES = 300 if os.environ.get("BECA_TEST_PROFILE") == "nightly" else 30
SECRETS = "abc"
WHERE = st.sampled_from(["head", "elsewhere", "absent"])
RULES = {"secret-key": 1}


@dataclass
class Model:
    """What is expected of one issue."""

    where: str
    state: str = "open"
    history: list[str] = field(default_factory=lambda: ["opened"])

    def follow(self, where: str) -> None:
        """Let the secret stand somewhere else."""
        rank = ["absent", "elsewhere", "head"].index
        if rank(where) < rank(self.where) and self.state != "fixed":
            self.state = "fixed"
            self.history.append("fixed")
        elif rank(where) > rank(self.where) and self.state == "fixed":
            self.state = "reopened"
            self.history.append("reopened")
        self.where = where


@st.composite
def scans(draw: st.DrawFn) -> tuple[dict[str, str], str, bool]:
    """Where each secret is, the scope of the scan, and whether it is complete."""
    where = {secret: draw(WHERE) for secret in SECRETS}
    return where, draw(st.sampled_from(["history", "history", "head"])), draw(st.sampled_from([True, True, False]))


def expect(models: dict[str, Model], where: dict[str, str], scope: str, *, complete: bool) -> dict[str, str]:
    """Let the models follow a scan, and return what it reports."""
    reported = {
        secret: place
        for secret, place in where.items()
        if place == "head" or (place == "elsewhere" and scope != "head")
    }
    for secret in SECRETS:
        seen = reported.get(secret)
        if secret not in models:
            if seen is not None:
                models[secret] = Model(seen)
            continue
        model = models[secret]
        if seen == "head" or (seen == "elsewhere" and (complete or model.where == "absent")):
            model.follow(seen)
        elif seen is None and complete and scope == "history":
            model.follow("absent")
        elif seen is None and complete and model.where == "head":
            model.follow("elsewhere")
    return reported


@pytest.mark.slow
@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(scans(), min_size=1, max_size=8))
def test_the_states_of_issues_follow_the_model(
    database: Database, make_finding: Callable[..., dict[str, Any]], steps: list[tuple[dict[str, str], str, bool]]
) -> None:
    with database.session() as session:
        for table in (Result, Repository):
            session.execute(delete(table))
    repository_id = RepositoryService(database).create("r", "https://example.org/r").id
    workers = [ScanQueue(database, 60, 3), ScanQueue(database, 60, 3)]
    issues, results = IssueService(database), ResultService(database)
    models: dict[str, Model] = {}
    for number, (where, scope, complete) in enumerate(steps):
        known = set(models)
        reported = expect(models, where, scope, complete=complete)
        found = [
            make_finding(
                fingerprint=secret * 64,
                location={**make_finding()["location"], "path": secret},
                inHead=place == "head",
            )
            for secret, place in reported.items()
        ]
        queue = workers[number % 2]
        claim = queue.claim(results.queue(repository_id, scope).id, "w")
        assert claim is not None
        assert queue.finish(claim, found, {"complete": complete}, RULES)
        shown = {issue.path: issue for issue in issues.list().items}
        assert {secret: (str(i.state), str(i.standing)) for secret, i in shown.items()} == {
            secret: (model.state, model.where) for secret, model in models.items()
        }
        unfixed = sum(1 for model in models.values() if model.state != "fixed")
        assert sum(SummaryService(database).get().open_issues.values()) == unfixed
        changes = results.get(claim.result_id).changes
        assert changes is None if number == 0 else changes is not None
        if changes is not None:
            assert changes["new"] == len(models.keys() - known), "each secret is new exactly once"
    for issue in issues.list().items:
        history = [event.kind for event in issues.get(issue.id).history]
        assert history == models[issue.path].history
