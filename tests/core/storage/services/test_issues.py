"""Issues: what a scan makes of them, whichever worker stored it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from beca_core.errors import InvalidInput, NotFound
from beca_core.storage.models import Appearance, Issue, IssueEvent, StoredRuleset
from beca_core.storage.services.issues import IssueFilter
from beca_core.storage.services.recording import scan_recording
from tests.core.storage.services.conftest import LEASE_SECONDS
from tests.core.storage.services.repository_scans import RULES

if TYPE_CHECKING:
    from beca_core.storage.services.repositories import RepositoryService
    from tests.core.storage.services.repository_scans import RepositoryScans

COMPLETE = {"complete": True}


# What a scan makes of issues


def test_a_finding_opens_an_issue(scans: RepositoryScans, clock: Any) -> None:
    result = scans.scan(scans.finding())
    issue = scans.only()
    assert (issue.repository_id, issue.rule_id, issue.path) == (scans.repository_id, "secret-key", "a.env")
    assert (issue.state, issue.standing, issue.presence) == ("open", "head", None)
    assert (issue.opened_at, issue.changed_at, issue.first_result_id) == (clock.now, clock.now, result.id)
    assert issue.first_commit_id == scans.finding()["commit"]["id"]
    details = scans.issues.get(issue.id)
    assert (details.last_result_id, list(details.findings)) == (result.id, [scans.finding()])
    assert result.changes is None, "the first scan is compared with nothing"


def test_places_in_one_file_are_one_issue(scans: RepositoryScans) -> None:
    scans.scan(scans.finding(), scans.finding(occurrences=2), scans.finding("b.env"), scans.finding(digit="2"))
    assert len(scans.issues.list().items) == 3


def test_the_same_scan_again_stores_references_only(scans: RepositoryScans) -> None:
    found = [scans.finding(path) for path in "abc"]
    scans.scan(*found)
    before = [scans.count(table) for table in (Issue, IssueEvent, Appearance, StoredRuleset)]
    again = scans.scan(*found)
    assert scans.changes(again) == (0, 3, 0)
    assert [scans.count(table) for table in (Issue, IssueEvent, Appearance, StoredRuleset)] == before
    assert all(scans.issues.get(issue.id).last_result_id == again.id for issue in scans.issues.list().items)


def test_what_leaves_head_is_fixed_and_what_returns_is_reopened(scans: RepositoryScans, clock: Any) -> None:
    scans.scan(scans.finding())
    clock.advance(60)
    removed = scans.scan(scans.finding(inHead=False, presence="removed"))
    assert scans.changes(removed) == (0, 0, 1)
    issue = scans.only()
    assert (issue.state, issue.standing, issue.presence, issue.changed_at) == (
        "fixed",
        "elsewhere",
        "removed",
        clock.now,
    )
    assert scans.changes(scans.scan(scans.finding(inHead=False, presence="removed"))) == (0, 1, 0)
    assert scans.changes(scans.scan(scans.finding())) == (0, 1, 0), "it is not new: it was there all the time"
    assert (scans.only().state, scans.only().presence) == ("reopened", None)
    assert scans.history(issue.id) == ["opened", "fixed", "reopened"]


def test_what_is_not_in_the_repository_any_more_is_fixed_and_says_where_it_was_last(scans: RepositoryScans) -> None:
    first = scans.scan(scans.finding())
    assert scans.changes(scans.scan()) == (0, 0, 1)
    issue = scans.only()
    assert (issue.state, issue.standing, issue.last_result_id) == ("fixed", "absent", first.id)
    scans.scan()
    assert scans.only() == issue
    assert scans.changes(scans.scan(scans.finding(inHead=False))) == (0, 1, 0)
    assert (scans.only().state, scans.only().last_result_id) == ("reopened", None)


def test_a_secret_that_was_never_at_head_is_open_until_it_is_gone(scans: RepositoryScans) -> None:
    scans.scan(scans.finding(inHead=False, presence="other-branch"))
    assert (scans.only().state, scans.only().presence) == ("open", "other-branch")
    scans.scan(scans.finding())
    assert scans.only().state == "open", "nobody has fixed it, so it is not reopened"
    scans.scan()
    assert scans.only().state == "fixed"


def test_a_scan_of_head_sees_nothing_of_history(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"), scans.finding("b", inHead=False))
    assert scans.changes(scans.scan(scope="head")) == (0, 0, 1)
    assert {issue.path: issue.standing.value for issue in scans.issues.list().items} == {
        "a": "elsewhere",
        "b": "elsewhere",
    }
    assert scans.states() == {"a": "fixed", "b": "open"}


def test_an_incomplete_scan_proves_nothing_gone(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"), scans.finding("b"))
    scans.scan(scans.finding("b", inHead=False, presence="removed"), complete=False)
    assert scans.states() == {"a": "open", "b": "open"}
    assert {(issue.standing.value, issue.presence) for issue in scans.issues.list().items} == {("head", None)}


def test_a_scan_without_the_rule_proves_nothing_gone(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    assert scans.changes(scans.scan(ruleset={"another": 1})) == (0, 0, 0)
    assert scans.only().state == "open"


def test_an_incomplete_scan_opens_and_reopens(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"))
    scans.scan()
    scans.scan(scans.finding("a"), scans.finding("b"), complete=False)
    assert scans.states() == {"a": "reopened", "b": "open"}


def test_a_moved_file_keeps_its_issue(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"))
    issue_id = scans.only().id
    moved = scans.scan(scans.finding("a", inHead=False, presence="removed"), scans.finding("b"))
    assert scans.changes(moved) == (0, 1, 1)
    issue = scans.only()
    assert (issue.id, issue.path, issue.state) == (issue_id, "b", "open")
    event = scans.issues.get(issue_id).history[-1]
    assert (event.kind, event.before, event.after) == ("moved", "a", "b")
    again = scans.scan(scans.finding("a", inHead=False, presence="removed"), scans.finding("b"))
    assert scans.changes(again) == (0, 2, 0)
    assert scans.only() == issue
    scans.scan(scans.finding("a", inHead=False, presence="removed"), scans.finding("b", inHead=False))
    assert scans.only().state == "fixed"


def test_a_copy_is_an_issue_of_its_own(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"))
    assert scans.changes(scans.scan(scans.finding("a"), scans.finding("b"))) == (1, 1, 0)
    assert scans.states() == {"a": "open", "b": "open"}


def test_of_two_copies_one_is_the_moved_one(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"))
    before = scans.only().id
    assert scans.changes(scans.scan(scans.finding("c"), scans.finding("b"))) == (1, 1, 1)
    assert {issue.path: issue.id == before for issue in scans.issues.list().items} == {"b": True, "c": False}


def test_a_renamed_rule_keeps_its_issues(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    before = scans.only().id
    renamed = scans.scan(scans.finding(ruleId="token"), ruleset={"token": 1}, former_ids={"secret-key": "token"})
    assert scans.changes(renamed) == (0, 1, 0)
    assert (scans.only().id, scans.only().rule_id) == (before, "token")
    assert scans.history(before) == ["opened", "renamed"]


def test_an_issue_of_a_renamed_rule_that_is_gone_is_fixed(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    gone = scans.scan(ruleset={"token": 1}, former_ids={"secret-key": "token"})
    assert scans.changes(gone) == (0, 0, 1)
    assert scans.only().state == "fixed"


def test_a_more_specific_rule_takes_over_the_issue_and_gives_it_back(scans: RepositoryScans) -> None:
    generic = scans.finding(digit="1")
    superseded = [{"ruleId": "secret-key", "fingerprint": "1" * 64}]
    specific = scans.finding(digit="2", ruleId="specific", superseded=superseded)
    scans.scan(generic)
    before = scans.only().id
    assert scans.changes(scans.scan(specific)) == (0, 1, 0)
    assert (scans.only().id, scans.only().rule_id, scans.only().state) == (before, "specific", "open")
    assert scans.changes(scans.scan(generic)) == (0, 1, 0)
    assert (scans.only().id, scans.only().rule_id, scans.only().state) == (before, "secret-key", "open")


def test_a_secret_that_history_has_at_another_path_too_is_not_new(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("b"), scope="head")
    assert scans.changes(scans.scan(scans.finding("a", inHead=False), scans.finding("b"))) == (0, 2, 0)
    assert scans.states() == {"a": "open", "b": "open"}


def test_what_is_said_of_an_issue_follows_the_latest_scan(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    metadata = {"description": "Worse", "severity": "CRITICAL", "confidence": "HIGH"}
    scans.scan(scans.finding(metadata=metadata))
    issue = scans.only()
    assert (issue.description, issue.severity, issue.confidence) == ("Worse", "CRITICAL", "HIGH")
    assert scans.history(issue.id) == ["opened"]


def test_each_repository_has_its_own_issues(scans: RepositoryScans, repositories: RepositoryService) -> None:
    scans.scan(scans.finding())
    scans.repository_id = repositories.create("other", "https://example.org/other").id
    assert scans.scan(scans.finding()).changes is None
    assert len(scans.issues.list().items) == 2
    assert len(scans.issues.list(IssueFilter(repository_id=scans.repository_id)).items) == 1


def test_issues_are_deleted_with_their_repository_and_its_results_remain(
    scans: RepositoryScans, repositories: RepositoryService
) -> None:
    result = scans.scan(scans.finding())
    issue = scans.only()
    repositories.delete(scans.repository_id)
    assert not scans.issues.list().items
    assert scans.count(IssueEvent) == 0
    with pytest.raises(NotFound):
        scans.issues.get(issue.id)
    assert list(scans.results.findings(result.id).items) == [scans.finding()]


def test_a_scan_whose_repository_was_deleted_has_findings_and_no_issues(
    scans: RepositoryScans, repositories: RepositoryService
) -> None:
    claim = scans.claim()
    repositories.delete(scans.repository_id)
    assert scans.queue.finish(claim, [scans.finding()] * 2, COMPLETE, RULES)
    assert list(scans.results.findings(claim.result_id).items) == [scans.finding()] * 2
    assert scans.count(Issue) == 0


# Storing in several transactions


def test_nothing_is_seen_of_a_scan_that_is_being_stored(
    scans: RepositoryScans, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_arguments: object) -> None:
        raise Killed

    monkeypatch.setattr(scan_recording, "_BATCH", 2)
    scans.scan(scans.finding("a"))
    claim = scans.claim()
    found = [scans.finding(path, digit=path) for path in "bcde"]
    with monkeypatch.context() as patch:
        patch.setattr(scan_recording.Recording, "_publish", die)
        with pytest.raises(Killed):
            scans.queue.finish(claim, found, COMPLETE, RULES)
    assert scans.count(Issue) == 5, "they are stored"
    assert scans.states() == {"a": "open"}, "and not shown"
    assert not scans.results.findings(claim.result_id).items
    assert scans.issues.get(scans.only().id).last_result_id != claim.result_id
    assert scans.queue.finish(claim, found[:3], COMPLETE, RULES), "the next attempt may find something else"
    assert scans.states() == {"a": "fixed", "b": "open", "c": "open", "d": "open"}
    assert scans.count(Issue) == 4
    assert scans.changes(scans.results.get(claim.result_id)) == (3, 0, 1)


def test_a_scan_that_is_cancelled_while_it_is_stored_changes_nothing(
    scans: RepositoryScans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next scan of the repository begins, ends, and is what counts."""
    claim = scans.claim()
    publish = scan_recording.Recording._publish

    def overtake(self: Any, draft: Any) -> None:
        monkeypatch.undo()
        scans.results.cancel(claim.result_id)
        scans.scan(scans.finding("a"), scans.finding("b"))
        publish(self, draft)

    monkeypatch.setattr(scan_recording.Recording, "_publish", overtake)
    assert not scans.queue.finish(claim, [scans.finding("a"), scans.finding("c", "2")], COMPLETE, RULES)
    assert scans.states() == {"a": "open", "b": "open"}
    assert all(scans.history(issue.id) == ["opened"] for issue in scans.issues.list().items)
    assert scans.count(Issue) == 2


def test_the_lease_is_renewed_while_findings_are_stored(
    scans: RepositoryScans, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    monkeypatch.setattr(scan_recording, "_BATCH", 1)
    store = scan_recording.Recording._store_batch
    claim = scans.claim()

    def store_slowly(self: Any, draft: Any, batch: Any) -> None:
        clock.advance(LEASE_SECONDS - 1)
        assert scans.queue.claim(claim.result_id, "another") is None
        store(self, draft, batch)

    monkeypatch.setattr(scan_recording.Recording, "_store_batch", store_slowly)
    assert scans.queue.finish(claim, [scans.finding(path) for path in "abc"], COMPLETE, RULES)
    assert scans.results.get(claim.result_id).attempt == 1


def test_a_claim_that_is_lost_while_findings_are_stored_changes_nothing(
    scans: RepositoryScans, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    claim = scans.claim()
    store = scan_recording.Recording._store_batch

    def lose(self: Any, draft: Any, batch: Any) -> None:
        store(self, draft, batch)
        scans.queue.fail(claim, "code", "message")

    monkeypatch.setattr(scan_recording.Recording, "_store_batch", lose)
    assert not scans.queue.finish(claim, [scans.finding()], COMPLETE, RULES)
    monkeypatch.undo()
    assert not scans.issues.list().items
    assert scans.scan(scans.finding()).changes is None
    assert scans.states() == {"a.env": "open"}


def test_an_invalid_finding_after_valid_ones_leaves_nothing(
    scans: RepositoryScans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_recording, "_BATCH", 1)
    claim = scans.claim()
    with pytest.raises(InvalidInput):
        scans.queue.finish(claim, [scans.finding(), scans.finding("b", occurrences=0)], COMPLETE, RULES)
    assert (scans.count(Issue), scans.count(Appearance)) == (0, 0)


@pytest.mark.parametrize("unknown", [0, -1, 999_999, 2**63, 10**30])
def test_an_unknown_issue_is_not_found(scans: RepositoryScans, unknown: int) -> None:
    with pytest.raises(NotFound):
        scans.issues.get(unknown)


def test_findings_refer_to_their_issue(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"), scans.finding("b"))
    with scans.database.session(read_only=True) as session:
        rows = session.execute(
            select(col(Appearance.path), col(Issue.path)).join(Issue, col(Issue.id) == col(Appearance.issue_id))
        ).all()
    assert sorted(tuple(row) for row in rows) == [("a", "a"), ("b", "b")]
