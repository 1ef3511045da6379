"""The queue of scans: the transitions of a result from one status to the next.

::

                     claim                      finish
        Queued ----------------> In Progress ------------> Success
          |  ^                    |   |  ^  |
          |  '------ release -----'   '--'  |    fail, attempts used up,
          |                          renew  |    repository deleted, cancel
          |   attempts used up,    (claim,  '------------> Failure
          '-- repository deleted,  if the lease ran out) ---->'
              cancel

The row is the single source of truth; messages only notify, and may be lost, late or duplicated. Each arrow is one
conditional `UPDATE`: of any number of workers that try, one succeeds, on SQLite and PostgreSQL alike.

A worker holds a result by a lease, which it renews. After the lease has expired, the next claim takes the result over
and begins again: progress is reset, and `scanning_at` is the start of the new attempt. Every claim gives the lease a
name that was never used before, and every write of a worker is conditional on that name (the fence). A worker that has
lost its lease can therefore never change the result, however late it wakes up. If the lease has expired but no other
worker has taken over, its owner can still renew or finish it.

Of one repository, one scan is in progress at a time, so that no two of them fetch into the same mirror and each is
compared with the one before; the others wait. A unique index holds that. Of the scans that can begin, those whose lease
has expired come first, then the waiting ones by priority, and of one priority the oldest. An index has them in this
order, so the next one is found in the same time in a long queue as in a short one.

Workers on several machines compare times of their own clocks. If a clock is wrong by more than the lease, they take
over scans that still run; that wastes work, but never makes a result wrong.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from beca_core.storage.models import Repository, Result, Status, utc_now
from beca_core.storage.services.outbox.outbox_writing import add_result_events
from beca_core.storage.services.recorded_key import KeyRecord
from beca_core.storage.services.recording.scan_recording import Recording, ScanReport
from beca_core.storage.services.transitions import (
    ATTEMPTS_EXHAUSTED,
    REPOSITORY_DELETED,
    Claim,
    failure_values,
    fence,
    fenced,
    is_blocked,
    is_orphaned,
    is_queued,
)
from beca_core.storage.services.validation import is_id, storable_json, storable_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

MAX_DUE: Final = 100
"""How many of the waiting results are notified; the others follow as these are claimed."""
_TRIES: Final = 10

_IDS_PER_QUERY: Final = 1000


class ScanQueue:
    """Gives queued scans to workers, and stores their outcomes.

    Args:
        database: Where the results are stored.
        lease_seconds: After so long without a renewal, a worker has lost its scan.
        max_attempts: How often a scan is begun before it fails.
        notify_again_seconds: How long `due` waits before it returns the same id again.
        clock: Returns the current time.
    """

    def __init__(
        self,
        database: Database,
        lease_seconds: float,
        max_attempts: int,
        *,
        notify_again_seconds: float = 30.0,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)
        self._max_attempts = max_attempts
        self._notify_again = timedelta(seconds=notify_again_seconds)
        self._clock = clock

    def claim(self, result_id: int, owner: str) -> Claim | None:
        """Begin a scan that is queued, or whose worker's lease has expired.

        Args:
            result_id: Which one; it may come from an untrusted message.
            owner: The worker's name, for people.

        Returns:
            The claim, or None if there is nothing to do: another worker has it, it has ended, another scan of its
            repository runs, or no such result exists.
        """
        return self._begin([literal(result_id)], owner) if is_id(result_id) else None

    def claim_next(self, owner: str) -> Claim | None:
        """Begin the scan that is next, without a message; for a worker that has just ended another one.

        Args:
            owner: The worker's name, for people.

        Returns:
            The claim, or None if nothing can begin.
        """
        now = self._clock()
        following = [_in_order(waiting, *self._may_begin()).limit(1) for waiting in (is_orphaned(now), is_queued())]
        return self._begin(
            [each.with_for_update(skip_locked=True).scalar_subquery() for each in following], owner, _TRIES
        )

    def _begin(self, result_ids: Iterable[ColumnElement[int]], owner: str, tries: int = 1) -> Claim | None:
        """Begin the first of some results that can begin.

        Args:
            result_ids: Expressions for their ids.
            owner: The worker's name.
            tries: How often to try again when another worker begins a scan of the same repository meanwhile.
        """
        for _ in range(tries):
            try:
                return self._try_to_begin(result_ids, owner)
            except IntegrityError:  # of the index that lets one scan of a repository be in progress
                continue
        return None

    def _try_to_begin(self, result_ids: Iterable[ColumnElement[int]], owner: str) -> Claim | None:
        now = self._clock()
        lease = storable_text(f"{owner}#{secrets.token_hex(8)}")
        begun = {
            "status": Status.IN_PROGRESS,
            "lease_owner": lease,
            "lease_expires_at": now + self._lease,
            "attempt": col(Result.attempt) + 1,
            "scanning_at": now,
            "notified_at": None,
            "progress": None,
            "revision": col(Result.revision) + 1,
        }
        waiting = or_(is_queued(), is_orphaned(now))
        statement = update(Result).where(waiting, *self._may_begin()).values(**begun).returning(Result)
        row: Result | None = None
        with self._database.session() as session:
            for result_id in result_ids:
                row = row or session.scalars(statement.where(col(Result.id) == result_id)).one_or_none()
        if row is None or row.repository_id is None:  # a deleted repository cannot be begun
            return None
        return Claim(row.id, lease, row.attempt, row.repository_id, row.repository_name, row.repository_url, row.scope)

    def renew(self, claim: Claim, progress: Mapping[str, Any] | None = None) -> bool:
        """Extend the lease, and store the progress of the scan.

        Args:
            claim: What `claim` returned.
            progress: Shown to users unchanged; None keeps the stored progress.

        Returns:
            Whether the claim still holds; if not, stop the scan.
        """
        values: dict[str, Any] = {"lease_expires_at": self._clock() + self._lease}
        if progress is not None:
            values |= {"progress": storable_json(progress), "revision": col(Result.revision) + 1}
        return self._write(claim, values)

    def holds(self, claim: Claim) -> bool:
        """Return whether a claim still holds, without renewing it; if not, stop the scan."""
        with self._database.session(read_only=True) as session:
            return session.scalar(select(col(Result.id)).where(*fence(claim))) is not None

    def finish(
        self,
        claim: Claim,
        findings: Iterable[Mapping[str, Any]],
        coverage: Mapping[str, Any],
        ruleset: Mapping[str, int],
        rule_changes: Sequence[Mapping[str, str]] = (),
        former_ids: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Store the outcome of a scan and end it as a success; its issues and its changes are worked out here.

        The findings are stored in short transactions first, each of which renews the lease. The result and the issues
        of the repository change in one transaction at the end, so they show all of the scan or nothing.

        Args:
            claim: What `claim` returned.
            findings: In the shape of `Finding.to_dict`, in the order of the report. It is iterated several times;
                an iterator is read into memory first.
            coverage: In the shape of `Coverage.to_dict`.
            ruleset: Version of each rule that took part, by id.
            rule_changes: In the shape of `RuleChange.to_dict`.
            former_ids: Present ids of rules by ids that they had before.

        Returns:
            Whether the claim still held; if not, nothing has changed.

        Raises:
            InvalidInput: If a finding does not have that shape; nothing has changed.
        """
        if isinstance(findings, Iterator):
            findings = tuple(findings)
        report = ScanReport(findings, coverage, ruleset, rule_changes, former_ids)
        return Recording(self._database, claim, report, self._lease, clock=self._clock).store()

    def fail(self, claim: Claim, code: str, message: str) -> bool:
        """End a scan as a failure.

        Args:
            claim: What `claim` returned.
            code: Machine-readable reason, such as `fetch-failed`.
            message: What happened, for people; without scanned data.

        Returns:
            Whether the claim still held; if not, nothing was stored.
        """
        now = self._clock()
        with self._database.session() as session:
            held = session.scalar(fenced(claim, failure_values(now, code, message))) is not None
            add_result_events(session, [claim.result_id] if held else [], now)
        return held

    def release(self, claim: Claim) -> bool:
        """Release a scan, so that any worker can begin it; the attempt does not count.

        Returns:
            Whether the claim still held; if not, nothing was stored.
        """
        values = {
            "status": Status.QUEUED,
            "lease_owner": None,
            "lease_expires_at": None,
            "attempt": col(Result.attempt) - 1,
            "scanning_at": None,
            "progress": None,
            "revision": col(Result.revision) + 1,
        }
        return self._write(claim, values)

    def due(self) -> list[int]:
        """Return the ids of waiting results of which workers must be notified, in the order in which they begin.

        Only the first 100 that can begin are considered, and none is returned again before `notify_again_seconds` have
        passed, so a long queue does not fill the broker. Waiting results that can no longer be begun end as failures
        here.
        """
        now = self._clock()
        with self._database.session() as session:
            ended: list[int] = []
            for code, hopeless in self._hopeless():
                ids = _lock_first(session, now, hopeless)
                ended += ids
                session.execute(update(Result).where(col(Result.id).in_(ids)).values(**failure_values(now, code)))
            waiting = _lock_first(session, now, *self._may_begin())
            not_lately = or_(col(Result.notified_at).is_(None), col(Result.notified_at) <= now - self._notify_again)
            mark = update(Result).where(col(Result.id).in_(waiting), not_lately).values(notified_at=now)
            marked = set(session.scalars(mark.returning(col(Result.id))))
            add_result_events(session, ended, now)
        return [result_id for result_id in waiting if result_id in marked]

    def adopt_key(self, key: bytes, former: bytes | None = None) -> None:
        """Check that the fingerprints of a worker's scans are made with the key of the database.

        Args:
            key: The key of the worker.
            former: What the worker has as the key before the last rotation; None: it has none.

        Raises:
            InvalidSettings: If they are not.
        """
        KeyRecord(self._database, clock=self._clock).adopt(key, former)

    def release_orphans(self) -> int:
        """Make all scans claimable at once and return how many were in progress.

        For a server that has just started and is the only one: the process that had begun them is dead.
        """
        begun, queued = (col(Result.status) == status for status in (Status.IN_PROGRESS, Status.QUEUED))
        with self._database.session() as session:
            session.execute(update(Result).where(queued).values(notified_at=None))
            orphans = update(Result).where(begun).values(notified_at=None, lease_expires_at=self._clock())
            return len(session.scalars(orphans.returning(col(Result.id))).all())

    def known_repositories(self, ids: Collection[int]) -> set[int]:
        """Return those of some ids that are ids of repositories."""
        wanted = sorted(ids)
        known: set[int] = set()
        with self._database.session(read_only=True) as session:
            for begin in range(0, len(wanted), _IDS_PER_QUERY):
                some = col(Repository.id).in_(wanted[begin : begin + _IDS_PER_QUERY])
                known.update(session.scalars(select(col(Repository.id)).where(some)))
        return known

    def _write(self, claim: Claim, values: Mapping[str, Any]) -> bool:
        with self._database.session() as session:
            return session.scalar(fenced(claim, values)) is not None

    def _may_begin(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions under which a result that waits can begin."""
        may_try = col(Result.attempt) < self._max_attempts
        return may_try, col(Result.repository_id).is_not(None), ~is_blocked()

    def _hopeless(self) -> list[tuple[str, ColumnElement[bool]]]:
        """Return the reasons for which a waiting result can never be begun, each with its condition."""
        return [
            (REPOSITORY_DELETED, col(Result.repository_id).is_(None)),
            (ATTEMPTS_EXHAUSTED, col(Result.attempt) >= self._max_attempts),
        ]


def _in_order(*conditions: ColumnElement[bool]) -> Select[int]:
    """Return a query for the ids of results, in the order in which they begin."""
    order = col(Result.priority_rank), col(Result.queued_at), col(Result.id)
    return select(col(Result.id)).where(*conditions).order_by(*order)


def _lock_first(session: Session, now: datetime, *conditions: ColumnElement[bool]) -> list[int]:
    """Lock the first waiting rows until this transaction ends, and return their ids, in the order in which they begin.

    Rows that another transaction has locked are skipped: waiting for them could end in a deadlock.
    """
    found: list[int] = []
    for waiting in (is_orphaned(now), is_queued()):  # not one query with "or", which could not walk an index
        first = _in_order(waiting, *conditions).limit(MAX_DUE - len(found))
        found += session.scalars(first.with_for_update(skip_locked=True))
    return found
