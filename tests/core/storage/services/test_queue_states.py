"""The queue as a state machine: its guarantees hold for any sequence of events.

Workers claim, renew, finish, fail and release scans; they sleep, and wake up long after they have lost a scan; time
passes, servers restart, scans are cancelled, repositories are deleted. Every claim is kept and used again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select
from sqlmodel import col

from beca_core.errors import Conflict
from beca_core.storage.models import Priority, Repository, Result, StoredFinding
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.transitions import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database

LEASE = 60
REPOSITORIES = 2
MAX_ATTEMPTS = 3


@dataclass
class Expected:
    """The expected state of one result."""

    holder: Claim | None = None
    lease_ends: datetime | None = None
    attempt: int = 0
    deleted: bool = False
    repository: int = 0
    rank: int = 1
    end: str | None = None
    findings: int = 0
    frozen: tuple[Any, ...] | None = None
    given: set[str] = field(default_factory=set)


class QueueMachine(RuleBasedStateMachine):
    """The queue and a model of it; the test sets the class attributes."""

    database: Database
    finding: dict[str, Any]

    result_ids = Bundle("result_ids")
    claims = Bundle("claims")

    @initialize()
    def begin(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)
        self.expected: dict[int, Expected] = {}
        with self.database.session() as session:
            for table in (StoredFinding, Result, Repository):
                session.execute(delete(table))
        clock: Callable[[], datetime] = lambda: self.now  # noqa: E731
        self.queue = ScanQueue(self.database, LEASE, MAX_ATTEMPTS, clock=clock)
        self.results = ResultService(self.database, clock=clock)
        self.repositories = RepositoryService(self.database, clock=clock)
        self.registered = 0
        self.repository_ids = [self.register() for _ in range(REPOSITORIES)]

    def register(self) -> int:
        self.registered += 1
        return self.repositories.create("shop", f"https://example.org/{self.registered}").id

    @rule(target=result_ids, place=st.integers(0, REPOSITORIES - 1), priority=st.sampled_from(list(Priority)))
    def ask(self, place: int, priority: Priority) -> Any:
        repository = self.repository_ids[place]
        waiting = [
            known
            for known in self.expected.values()
            if known.repository == repository and known.end is None and known.holder is None and not known.deleted
        ]
        asked = self.results.request(repository, "history", priority)
        assert asked.is_new == (not waiting)
        if not asked.is_new:
            waiting[0].rank = min(waiting[0].rank, priority.rank)
            return multiple()
        self.expected[asked.result.id] = Expected(repository=repository, rank=priority.rank)
        return asked.result.id

    @rule(seconds=st.sampled_from([1, LEASE - 1, LEASE, 10 * LEASE]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=claims, result_id=result_ids, worker=st.sampled_from(["w1", "w2"]))
    def claim(self, result_id: int, worker: str) -> Any:
        claim = self.queue.claim(result_id, worker)
        assert (claim is not None) == self.can_begin(result_id)
        return multiple() if claim is None else self.begun(claim)

    @rule(target=claims)
    def claim_next(self) -> Any:
        claim = self.queue.claim_next("w3")
        waiting = [result_id for result_id in self.expected if self.can_begin(result_id)]
        assert (claim and claim.result_id) == min(waiting, key=self.turn, default=None)
        return multiple() if claim is None else self.begun(claim)

    def turn(self, result_id: int) -> tuple[bool, int, int]:
        """Taken over before begun, then by priority, then by age; results have ids in the order of their times."""
        known = self.expected[result_id]
        return known.holder is None, known.rank, result_id

    def can_begin(self, result_id: int) -> bool:
        known = self.expected[result_id]
        free = known.lease_ends is None or known.lease_ends <= self.now
        others = [each for each in self.expected.values() if each is not known and each.repository == known.repository]
        blocked = any(each.holder is not None for each in others)
        return known.end is None and free and known.attempt < MAX_ATTEMPTS and not known.deleted and not blocked

    def begun(self, claim: Claim) -> Claim:
        known = self.expected[claim.result_id]
        assert claim.owner not in known.given, "every lease has a new name"
        known.given.add(claim.owner)
        known.attempt += 1
        known.holder, known.lease_ends = claim, self.now + timedelta(seconds=LEASE)
        assert claim.attempt == known.attempt
        return claim

    @rule(claim=claims, progress=st.none() | st.just({"blobs": 1}))
    def renew(self, claim: Claim, progress: dict[str, int] | None) -> None:
        known = self.expected[claim.result_id]
        assert self.queue.renew(claim, progress) == (known.holder == claim)
        if known.holder == claim:
            known.lease_ends = self.now + timedelta(seconds=LEASE)

    @rule(claim=claims, found=st.integers(0, 2))
    def finish(self, claim: Claim, found: int) -> None:
        known = self.expected[claim.result_id]
        assert self.queue.finish(claim, [self.finding] * found, {"complete": True}, {}) == (known.holder == claim)
        if known.holder == claim:
            known.findings = found
            self.end(known, "Success")

    @rule(claim=claims)
    def fail(self, claim: Claim) -> None:
        known = self.expected[claim.result_id]
        assert self.queue.fail(claim, "code", "message") == (known.holder == claim)
        if known.holder == claim:
            self.end(known, "Failure")

    @rule(claim=claims)
    def release(self, claim: Claim) -> None:
        known = self.expected[claim.result_id]
        assert self.queue.release(claim) == (known.holder == claim)
        if known.holder == claim:
            known.holder = known.lease_ends = None
            known.attempt -= 1

    @rule(result_id=result_ids)
    def cancel(self, result_id: int) -> None:
        known = self.expected[result_id]
        if known.end in (None, "cancelled"):
            assert str(self.results.cancel(result_id).status) == "Failure"
            self.end(known, "cancelled")
        else:
            with pytest.raises(Conflict):
                self.results.cancel(result_id)

    @rule(target=claims, claim=claims, seconds=st.sampled_from([LEASE - 1, LEASE]))
    def oversleep(self, claim: Claim, seconds: int) -> Any:
        """Another worker tries to take over; then the first one wakes up and continues as before."""
        self.wait(seconds)
        taken_over = self.claim(claim.result_id, "w3")
        self.renew(claim, None)
        self.finish(claim, 1)
        self.release(claim)
        return taken_over

    @rule()
    def sweep(self) -> None:
        due = self.queue.due()
        assert len(due) == len(set(due))
        for result_id, known in self.expected.items():
            waiting = known.end is None and (known.lease_ends is None or known.lease_ends <= self.now)
            hopeless = known.deleted or known.attempt >= MAX_ATTEMPTS
            if waiting and hopeless:
                self.end(known, "Failure")
            assert result_id not in due or (waiting and not hopeless and self.can_begin(result_id))

    @rule()
    def start_again(self) -> None:
        running = [known for known in self.expected.values() if known.holder is not None]
        assert self.queue.release_orphans() == len(running)
        for known in running:
            known.lease_ends = self.now

    @rule(place=st.integers(0, REPOSITORIES - 1))
    def delete_repository(self, place: int) -> None:
        self.repositories.delete(self.repository_ids[place])
        for known in self.expected.values():
            if known.repository == self.repository_ids[place]:
                if known.end is None and known.holder is None and not known.deleted:
                    self.end(known, "Failure")
                known.deleted = True
        self.repository_ids[place] = self.register()

    @rule(result_id=consumes(result_ids))
    def every_scan_can_reach_its_end(self, result_id: int) -> None:
        """From any state, a scan ends once workers work again."""
        for _ in range(MAX_ATTEMPTS + 2):
            self.now += timedelta(seconds=LEASE)
            self.sweep()
            known = self.expected[result_id]
            for other in [i for i, each in self.expected.items() if each.repository == known.repository]:
                for claim in self.only_claim(other):
                    self.finish(claim, 1)
        assert self.expected[result_id].end is not None

    def only_claim(self, result_id: int) -> list[Claim]:
        claim = self.claim(result_id, "w3")
        return [claim] if isinstance(claim, Claim) else []

    def end(self, known: Expected, status: str) -> None:
        known.end, known.holder, known.lease_ends = status, None, None

    @invariant()
    def the_database_is_as_expected(self) -> None:
        with self.database.session(read_only=True) as session:
            rows = session.scalars(select(Result)).all()
            findings = list(session.scalars(select(col(StoredFinding.result_id))))
        assert {row.id for row in rows} == self.expected.keys()
        for row in rows:
            known = self.expected[row.id]
            status = known.end or ("Queued" if known.holder is None else "In Progress")
            status = status.replace("cancelled", "Failure")
            assert row.priority.rank == known.rank
            assert (str(row.status), row.attempt) == (status, known.attempt)
            assert row.lease_owner == (known.holder.owner if known.holder else None), "one owner, the latest"
            assert row.lease_expires_at == known.lease_ends
            assert row.findings_count == findings.count(row.id) == known.findings
            self.ended_rows_never_change(row, known)

    def ended_rows_never_change(self, row: Result, known: Expected) -> None:
        if known.end is None:
            return
        visible = row.model_dump(exclude={"repository_id"})
        frozen = tuple(sorted((name, str(value)) for name, value in visible.items()))
        known.frozen = known.frozen or frozen
        assert frozen == known.frozen


@pytest.mark.slow
def test_the_guarantees_of_the_queue_hold(database: Database, make_finding: Callable[..., dict[str, Any]]) -> None:
    QueueMachine.database, QueueMachine.finding = database, make_finding()
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
