"""`Recording`: stores the outcome of one scan, and what it means for the issues of its repository.

Findings are stored first, in short transactions of some rows. Nobody sees them yet: a result shows findings
only when it has succeeded, and issues that begin are pending until then. The last transaction ends the result, and
changes the issues that have changed; it copies no finding, so it is short too.

Of one repository, one scan is in progress at a time, so what is compared first is still true at the end. If the scan is
cancelled in the meantime, the last transaction changes nothing, whatever other scans have stored since.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update
from sqlmodel import col

from beca_core.errors import InvalidInput
from beca_core.findings import Change
from beca_core.storage.bulk_rows import insert_rows
from beca_core.storage.models import Repository, Standing, Status, StoredFinding
from beca_core.storage.services.outbox.outbox_writing import add_scan_events
from beca_core.storage.services.recording.appearances import forget_findings, store_appearances, store_ruleset
from beca_core.storage.services.recording.issue_identity import PlaceComparison, ReportedPlaces
from beca_core.storage.services.recording.issue_rows import (
    KnownIssues,
    add_pending_issues,
    change_issues,
    count_open_issues,
    open_pending_issues,
    remove_pending_issues,
    shown_columns,
)
from beca_core.storage.services.recording.issue_states import next_standing, next_state
from beca_core.storage.services.stored_findings import finding_values, place_of
from beca_core.storage.services.transitions import ended, fenced, progress_at_end
from beca_core.storage.services.validation import storable_json, storable_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock
    from beca_core.storage.services.recording.issue_identity import Place
    from beca_core.storage.services.transitions import Claim

_BATCH: Final = 2000
"""Findings of one transaction."""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan reports.

    Args:
        findings: In the shape of `Finding.to_dict`, in the order of the report. It is iterated several times. Each may
            also have `formerFingerprint`, the one that the key before gives its secret; that is not stored.
        coverage: In the shape of `Coverage.to_dict`.
        ruleset: Version of each rule that took part, by id.
        rule_changes: In the shape of `RuleChange.to_dict`.
        former_ids: Present ids of rules by ids that they had before.
    """

    findings: Iterable[Mapping[str, Any]]
    coverage: Mapping[str, Any]
    ruleset: Mapping[str, int]
    rule_changes: Sequence[Mapping[str, str]] = ()
    former_ids: Mapping[str, str] = field(default_factory=dict)

    def ran(self, rule_id: str) -> bool:
        """Return whether a rule took part, under this id or a later one."""
        return self.former_ids.get(rule_id, rule_id) in self.ruleset


class _ClaimLost(Exception):
    """Raised when the claim no longer holds; the transaction is rolled back."""


class Recording:
    """The recording of one scan.

    Args:
        database: Where it is stored.
        claim: The claim of the scan.
        report: What it reports.
        lease: For how long each transaction renews the claim.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, claim: Claim, report: ScanReport, lease: timedelta, *, clock: Clock) -> None:
        self._database = database
        self._claim = claim
        self._report = report
        self._lease = lease
        self._clock = clock

    def store(self) -> bool:
        """Store the scan, and return whether the claim still held; if not, nothing has changed.

        Raises:
            InvalidInput: If a finding does not have the documented shape; nothing has changed.
            DatabaseUnavailable: If the database does not answer.
        """
        try:
            self._store()
        except _ClaimLost:
            return False
        except InvalidInput:
            self._discard()
            raise
        return True

    def _store(self) -> None:
        self._discard()
        reported = self._reported()
        with self._database.session(read_only=True) as session:
            known = KnownIssues.read(session, self._claim.repository_id, reported.present)
        draft = _Draft(known, PlaceComparison(known.places, reported), reported, self._clock())
        numbered = enumerate(self._report.findings, start=1)
        while batch := list(islice(numbered, _BATCH)):
            self._store_batch(draft, batch)
        self._decide(draft)
        self._publish(draft)

    def _discard(self) -> None:
        """Remove what an attempt has stored that did not come to its end."""
        removed = True
        while removed:
            with self._database.session() as session:
                self._hold(session)
                removed = forget_findings(session, self._claim.result_id)
                removed |= remove_pending_issues(session, self._claim.repository_id)

    def _reported(self) -> ReportedPlaces:
        reported = ReportedPlaces()
        for ordinal, document in enumerate(self._report.findings, start=1):
            try:
                place = place_of(document)
                in_head = bool(document["inHead"])
                others = [each for each in document.get("superseded", ()) if not each.get("partial")]
                keys = tuple((str(each["fingerprint"]), place[1]) for each in others)
                former = storable_text(document.get("formerFingerprint", place[0]), 64)
            except (KeyError, TypeError, ValueError, AttributeError):
                result_id = self._claim.result_id
                raise InvalidInput(
                    f"Finding {ordinal} of result {result_id} does not have the shape of a finding."
                ) from None
            reported.at_head[place] = in_head or reported.at_head.get(place, False)
            if keys:
                reported.superseded[place] = keys
            if former != place[0]:
                reported.present.setdefault(former, place[0])
        for fingerprint, _ in reported.at_head:
            reported.present.pop(fingerprint, None)  # it cannot be a former one, whatever a scan says
        return reported

    def _hold(self, session: Session) -> bool:
        """Renew the lease in this transaction, and return whether the repository still exists.

        The locks are taken in the order in which the deletion of a repository takes them.
        """
        exists = select(col(Repository.id)).where(col(Repository.id) == self._claim.repository_id)
        found = session.scalar(exists.with_for_update(read=True, key_share=True))
        held = fenced(self._claim, {"lease_expires_at": self._clock() + self._lease})
        if session.scalar(held) is None:
            raise _ClaimLost
        return found is not None

    def _store_batch(self, draft: _Draft, batch: list[tuple[int, Mapping[str, Any]]]) -> None:
        result_id = self._claim.result_id
        rows = [(ordinal, finding_values(result_id, ordinal, document)) for ordinal, document in batch]
        with self._database.session() as session:
            exists = self._hold(session)
            new = self._begin_issues(session, draft, [values for _, values in rows]) if exists else frozenset()
            ids = [draft.issue_of(_place(values)) if exists else None for _, values in rows]
            appearances = store_appearances(session, list(zip(ids, (values for _, values in rows), strict=True)), new)
            findings = [
                {
                    "result_id": result_id,
                    "ordinal": ordinal,
                    "appearance_id": appearance,
                    "change": draft.change_of(_place(values), in_head=values["in_head"]) if issue_id else None,
                }
                for (ordinal, values), issue_id, appearance in zip(rows, ids, appearances, strict=True)
            ]
            insert_rows(session, StoredFinding, findings)
        for issue_id, (_, values) in zip(ids, rows, strict=True):
            if issue_id is not None:
                draft.show(issue_id, values)
        draft.count += len(rows)

    def _begin_issues(self, session: Session, draft: _Draft, rows: list[dict[str, Any]]) -> frozenset[int]:
        """Store the issues that begin with these findings, and return their ids."""
        begun: dict[Place, dict[str, Any]] = {}
        for values in rows:
            if draft.issue_of(_place(values)) is None:
                first = begun.setdefault(_place(values), values)
                if values["in_head"] and not first["in_head"]:
                    begun[_place(values)] = values
        ids = add_pending_issues(session, self._claim, list(begun.values()), draft.began) if begun else []
        draft.begun.update(zip(begun, ids, strict=True))
        return frozenset(ids)

    def _decide(self, draft: _Draft) -> None:
        """Decide which known issues change their fingerprint, standing and state."""
        complete = bool(self._report.coverage.get("complete"))
        now = self._clock()
        for issue_id, fingerprint in draft.known.renewed.items():
            draft.changes.setdefault(issue_id, {"id": issue_id}).setdefault("fingerprint", fingerprint)
        for issue_id, issue in draft.known.issues.items():
            seen = draft.seen.get(issue_id)
            proves_absence = complete and (seen is not None or self._report.ran(issue.rule_id))
            after = next_standing(issue.standing, seen, self._claim.scope, proves_absence=proves_absence)
            shown = draft.changes.get(issue_id, {})
            if after is Standing.HEAD and "presence" in shown:
                shown["presence"] = None
            if after is issue.standing:
                continue
            change = draft.changes.setdefault(issue_id, {"id": issue_id})
            change |= {"standing": after, "last_result_id": None}
            if (state := next_state(issue.state, issue.standing, after)) is not issue.state:
                change |= {"state": state, "changed_at": now}
            if seen is None:
                change["presence"] = None

    def _publish(self, draft: _Draft) -> None:
        """End the result, change the issues, and add the events to the outbox, or nothing."""
        now = self._clock()
        claim, report = self._claim, self._report
        with self._database.session() as session:
            exists = self._count_scan(session, draft.known.scans, now)
            coverage = storable_json(report.coverage)
            values = ended(now, Status.SUCCESS) | {
                "coverage": coverage,
                "progress": progress_at_end(coverage),
                "ruleset_digest": store_ruleset(session, report.ruleset),
                "changes": self._changes(draft) if exists else None,
                "rule_changes": storable_json(list(report.rule_changes)) or None,
                "findings_count": draft.count,
            }
            if session.scalar(fenced(claim, values)) is None:
                raise _ClaimLost
            changed: list[dict[str, Any]] = []
            if exists:
                if open_pending_issues(session, claim, draft.began) != len(draft.begun):
                    raise _ClaimLost
                changed = change_issues(session, draft.known, draft.changes, claim.result_id, now)
                count_open_issues(session, claim.repository_id)
            add_scan_events(session, claim, changed, now)

    def _count_scan(self, session: Session, scans: int, now: datetime) -> bool:
        """Count this scan of the repository, and return whether the repository still exists.

        Raises:
            _ClaimLost: If another scan was counted since.
        """
        mine = col(Repository.id) == self._claim.repository_id
        latest = {"scans": scans + 1, "scanned_at": now, "latest_result_id": self._claim.result_id}
        counted = update(Repository).where(mine, col(Repository.scans) == scans).values(**latest)
        if session.scalar(counted.returning(col(Repository.id))) is not None:
            return True
        if session.scalar(select(col(Repository.id)).where(mine)) is not None:
            raise _ClaimLost
        return False

    def _changes(self, draft: _Draft) -> dict[str, Any] | None:
        if not draft.known.scans:
            return None
        issues = draft.known.issues
        left = (draft.known.places[place].issue_id for place in draft.comparison.left_head())
        gone = sum(1 for issue_id in left if self._report.ran(issues[issue_id].rule_id))
        return {
            "new": draft.counts[Change.NEW],
            "carried": draft.counts[Change.CARRIED],
            "gone": gone,
            "since": draft.known.latest_result_id,
        }


class _Draft:
    """What is known of a scan's issues while its findings are stored.

    Args:
        known: The issues before.
        comparison: The places of the findings beside those before.
        reported: The places of the findings.
        began: When the findings were first stored: the time at which issues are opened.
    """

    def __init__(
        self, known: KnownIssues, comparison: PlaceComparison, reported: ReportedPlaces, began: datetime
    ) -> None:
        self.known = known
        self.comparison = comparison
        self.began = began
        self.count = 0
        self.counts: Counter[Change] = Counter()
        self.begun: dict[Place, int] = {}
        self.seen: dict[int, Standing] = {}
        self.changes: dict[int, dict[str, Any]] = {}
        self._shown: set[int] = set()
        self._main: dict[int, Place] = {}
        for place, at_head in reported.at_head.items():
            if (issue_id := comparison.issue_of(place)) is not None and self._is_main(issue_id, place, at_head=at_head):
                self._main[issue_id] = place
                self.seen[issue_id] = Standing.HEAD if at_head else Standing.ELSEWHERE

    def issue_of(self, place: Place) -> int | None:
        """Return the issue of the findings at a place, or None if it has yet to be stored."""
        begun = self.begun.get(place)
        return self.comparison.issue_of(place) if begun is None else begun

    def change_of(self, place: Place, *, in_head: bool) -> Change | None:
        """Return and count the change of a finding; None if this is the first scan of the repository."""
        if not self.known.scans:
            return None
        change = self.comparison.change_of(place, in_head=in_head)
        self.counts[change] += 1
        return change

    def show(self, issue_id: int, values: Mapping[str, Any]) -> None:
        """Note how an issue is shown from now on, if this is the finding that decides it."""
        if issue_id not in self._main or _place(values) != self._main[issue_id] or issue_id in self._shown:
            return
        if (self.seen[issue_id] is Standing.HEAD) != values["in_head"]:
            return
        self._shown.add(issue_id)
        if changed := self.known.issues[issue_id].differences(shown_columns(values)):
            self.changes[issue_id] = {"id": issue_id, **changed}

    def _is_main(self, issue_id: int, place: Place, *, at_head: bool) -> bool:
        """Return whether an issue is shown at this place rather than at one that was seen earlier in the report."""
        if issue_id not in self._main:
            return True
        is_own = self.known.issues[issue_id].place == place
        if (self.seen[issue_id] is Standing.HEAD) != at_head:
            return at_head
        return is_own


def _place(values: Mapping[str, Any]) -> Place:
    return values["fingerprint"], values["path_key"]
