"""Issues keep their identity when the key is rotated and scans report the fingerprints of the key before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from beca_core.errors import InvalidInput
from beca_core.storage.models import Appearance, Issue
from beca_core.storage.services.recording import scan_recording
from tests.core.storage.services.repository_scans import RULES

if TYPE_CHECKING:
    from tests.core.storage.services.repository_scans import RepositoryScans

FORMER = {"a": "1", "b": "2", "c": "3", "d": "4"}
"""Digits of fingerprints with the key before, by those with the present key."""


def renewed(scans: RepositoryScans, path: str = "a.env", digit: str = "a", **changes: Any) -> dict[str, Any]:
    """A finding of a secret after a rotation, read by a worker that has both keys."""
    return scans.finding(path, digit, formerFingerprint=FORMER[digit] * 64, **changes)


def fingerprints(scans: RepositoryScans) -> dict[str, str]:
    """The digit of the fingerprint of each issue, by its path."""
    with scans.database.session(read_only=True) as session:
        rows = session.execute(select(col(Issue.path), col(Issue.fingerprint)))
        return {path: fingerprint[0] for path, fingerprint in rows}


def ids(scans: RepositoryScans) -> dict[str, int]:
    """The id of each issue, by its path."""
    return {issue.path: issue.id for issue in scans.issues.list(limit=200).items}


def test_an_issue_keeps_its_id_state_and_history(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    before = scans.only()
    assert scans.changes(scans.scan(renewed(scans))) == (0, 1, 0)
    after = scans.only()
    assert (after.id, after.state, after.opened_at, after.changed_at, after.first_result_id) == (
        before.id,
        before.state,
        before.opened_at,
        before.changed_at,
        before.first_result_id,
    )
    assert fingerprints(scans) == {"a.env": "a"}
    assert scans.history(before.id) == ["opened"]


def test_scans_after_that_need_no_former_key(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"), scans.finding("b", "2"))
    before = ids(scans)
    assert scans.changes(scans.scan(renewed(scans, "a"), renewed(scans, "b", "b"))) == (0, 2, 0)
    for again in (
        [scans.finding("a", "a"), scans.finding("b", "b")],
        [renewed(scans, "a"), scans.finding("b", "b")],
        [renewed(scans, "a"), renewed(scans, "b", "b")],
    ):
        assert scans.changes(scans.scan(*again)) == (0, 2, 0)
        assert ids(scans) == before
        assert fingerprints(scans) == {"a": "a", "b": "b"}
    assert all(scans.history(issue_id) == ["opened"] for issue_id in before.values())
    assert scans.changes(scans.scan(scans.finding("a", "a"))) == (0, 1, 1)
    assert scans.states() == {"a": "open", "b": "fixed"}


def test_without_the_former_key_everything_is_opened_anew(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    assert scans.changes(scans.scan(scans.finding(digit="a"))) == (1, 0, 1)
    assert sorted(issue.state for issue in scans.issues.list().items) == ["fixed", "open"]


def test_what_was_found_and_lost_is_reported_as_ever(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("kept"), scans.finding("lost", "2"))
    assert scans.changes(scans.scan(renewed(scans, "kept"), renewed(scans, "found", "c"))) == (1, 1, 1)
    assert scans.states() == {"kept": "open", "lost": "fixed", "found": "open"}
    assert fingerprints(scans) == {"kept": "a", "lost": "2", "found": "c"}


def test_a_secret_that_has_moved_too_keeps_its_issue(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"))
    before = scans.only().id
    removed = renewed(scans, "a", inHead=False, presence="removed")
    assert scans.changes(scans.scan(removed, renewed(scans, "b"))) == (0, 1, 1)
    assert (scans.only().id, scans.only().path, scans.only().state) == (before, "b", "open")
    assert scans.history(before) == ["opened", "moved"]
    assert scans.changes(scans.scan(removed, renewed(scans, "b"))) == (0, 2, 0)
    assert scans.history(before) == ["opened", "moved"]


def test_a_path_whose_mask_has_changed_with_the_key_is_another_one(scans: RepositoryScans) -> None:
    history = {"inHead": False, "presence": "removed"}
    scans.scan(scans.finding("abcd...(20)~1"), scans.finding("efgh...(20)~1", "2", **history))
    before = ids(scans)
    again = scans.scan(renewed(scans, "abcd...(20)~2"), renewed(scans, "efgh...(20)~2", "b", **history))
    assert scans.changes(again) == (0, 2, 1)
    after = ids(scans)
    assert after["abcd...(20)~2"] == before["abcd...(20)~1"]
    assert scans.history(after["abcd...(20)~2"]) == ["opened", "moved"]
    assert scans.states() == {"abcd...(20)~2": "open", "efgh...(20)~1": "fixed", "efgh...(20)~2": "open"}
    assert scans.history(after["efgh...(20)~2"]) == ["opened"]


def test_places_that_an_issue_had_left_before_are_its_own(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"))
    scans.scan(scans.finding("b"))
    before = scans.only().id
    removed = renewed(scans, "a", inHead=False, presence="removed")
    assert scans.changes(scans.scan(removed, renewed(scans, "b"))) == (0, 2, 0)
    assert (scans.only().id, scans.only().path) == (before, "b")
    assert scans.history(before) == ["opened", "moved"]


def test_a_copy_is_new(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("a"))
    before = scans.only().id
    assert scans.changes(scans.scan(renewed(scans, "a"), renewed(scans, "b"))) == (1, 1, 0)
    assert ids(scans)["a"] == before


def test_a_fixed_issue_stays_fixed_and_is_reopened_when_its_secret_returns(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    scans.scan(scans.finding(inHead=False, presence="removed"))
    before = scans.only()
    assert scans.changes(scans.scan(renewed(scans, inHead=False, presence="removed"))) == (0, 1, 0)
    assert (scans.only().state, scans.only().changed_at) == ("fixed", before.changed_at)
    assert scans.changes(scans.scan(scans.finding(digit="a"))) == (0, 1, 0)
    assert scans.history(before.id) == ["opened", "fixed", "reopened"]


def test_a_place_that_the_scan_does_not_see_is_renewed_with_the_secret(scans: RepositoryScans) -> None:
    """The secret is at another path still; at this one it was fixed, and comes back."""
    scans.scan(scans.finding("a"), scans.finding("b"))
    scans.scan(scans.finding("b"))
    before = ids(scans)
    assert scans.changes(scans.scan(renewed(scans, "b"))) == (0, 1, 0)
    assert fingerprints(scans) == {"a": "a", "b": "a"}
    assert scans.states() == {"a": "fixed", "b": "open"}
    scans.scan(scans.finding("a", "a"), scans.finding("b", "a"))
    assert ids(scans) == before
    assert scans.history(before["a"]) == ["opened", "fixed", "reopened"]


def test_an_issue_that_was_not_found_is_renewed_when_it_is(scans: RepositoryScans) -> None:
    """A scan of HEAD does not see history, and an incomplete one does not see everything."""
    scans.scan(scans.finding("a"), scans.finding("b", "2", inHead=False), scans.finding("c", "3"))
    before = ids(scans)
    scans.scan(renewed(scans, "a"), scope="head", complete=False)
    assert fingerprints(scans) == {"a": "a", "b": "2", "c": "3"}
    everything = scans.finding("a", "a"), renewed(scans, "b", "b", inHead=False), renewed(scans, "c", "c")
    assert scans.changes(scans.scan(*everything)) == (0, 3, 0)
    assert (ids(scans), fingerprints(scans)) == (before, {"a": "a", "b": "b", "c": "c"})
    assert set(scans.states().values()) == {"open"}


def test_of_two_issues_at_a_place_the_one_with_the_present_fingerprint_goes_on(scans: RepositoryScans) -> None:
    """Somebody has scanned without the former key first."""
    scans.scan(scans.finding("a"), scans.finding("b", "2"))
    old = ids(scans)
    scans.scan(scans.finding("a", "a"), complete=False)
    assert scans.count(Issue) == 3
    scans.scan(renewed(scans, "a"), renewed(scans, "b", "b"))
    by_id = {issue.id: issue for issue in scans.issues.list().items}
    (new,) = by_id.keys() - set(old.values())
    assert (by_id[new].state, by_id[new].fingerprint) == ("open", "a" * 64)
    assert (by_id[old["a"]].state, by_id[old["a"]].fingerprint) == ("fixed", "1" * 64)
    assert (by_id[old["b"]].state, by_id[old["b"]].fingerprint) == ("open", "b" * 64)
    assert scans.changes(scans.scan(renewed(scans, "a"), renewed(scans, "b", "b"))) == (0, 2, 0)
    assert {issue.id: issue for issue in scans.issues.list().items} == by_id


def test_a_rule_that_was_renamed_at_the_same_time_keeps_its_issue(scans: RepositoryScans) -> None:
    scans.scan(scans.finding())
    before = scans.only().id
    report = {"ruleset": {"token": 1}, "former_ids": {"secret-key": "token"}}
    assert scans.changes(scans.scan(renewed(scans, ruleId="token"), **report)) == (0, 1, 0)
    assert scans.history(before) == ["opened", "renamed"]


def test_a_less_specific_rule_gets_its_issue_back(scans: RepositoryScans) -> None:
    superseded = [{"ruleId": "secret-key", "fingerprint": "1" * 64}]
    scans.scan(scans.finding(digit="2", ruleId="specific", superseded=superseded))
    before = scans.only().id
    assert scans.changes(scans.scan(renewed(scans))) == (0, 1, 0)
    assert (scans.only().id, scans.only().rule_id, fingerprints(scans)) == (before, "secret-key", {"a.env": "a"})


def test_what_less_specific_rules_had_found_is_not_gone(scans: RepositoryScans) -> None:
    superseded = [[{"ruleId": "secret-key", "fingerprint": digit * 64}] for digit in "1a"]
    scans.scan(scans.finding(digit="2", ruleId="specific", superseded=superseded[0]))
    before = scans.only()
    again = scans.scan(renewed(scans, digit="b", ruleId="specific", superseded=superseded[1]))
    assert scans.changes(again) == (0, 1, 0)
    assert scans.history(before.id) == ["opened"]
    assert scans.changes(scans.scan(scans.finding(digit="a"))) == (0, 1, 0)
    assert scans.only().id == before.id


@pytest.mark.parametrize(
    "former",
    [
        {"a": "2", "b": "1"},
        {"1": "2", "2": "1"},
        {"1": "2", "2": "3", "3": "1"},
        {"3": "2", "2": "1"},
        {"a": "1", "b": "1"},
        {"1": "1", "2": "2"},
    ],
)
def test_contradictory_former_fingerprints_break_nothing(scans: RepositoryScans, former: dict[str, str]) -> None:
    scans.scan(scans.finding(digit="1"), scans.finding(digit="2"))
    for _ in range(2):
        scans.scan(*(scans.finding(digit=now, formerFingerprint=then * 64) for now, then in former.items()))
    rows = {(issue.fingerprint, issue.path_key) for issue in scans.issues.list().items}
    assert len(rows) == scans.count(Issue)
    assert {now * 64 for now in former} <= {fingerprint for fingerprint, _ in rows}


def test_the_former_fingerprint_must_be_a_text(scans: RepositoryScans) -> None:
    claim = scans.claim()
    with pytest.raises(InvalidInput, match="shape of a finding"):
        scans.queue.finish(claim, [scans.finding(formerFingerprint=1)], {"complete": True}, RULES)


def test_the_former_fingerprint_is_not_stored_with_a_finding(scans: RepositoryScans) -> None:
    result = scans.scan(renewed(scans))
    assert list(scans.results.findings(result.id).items) == [scans.finding(digit="a")]
    assert list(scans.issues.get(scans.only().id).findings) == [scans.finding(digit="a")]
    with scans.database.session(read_only=True) as session:
        stored = session.scalars(select(Appearance)).all() + session.scalars(select(Issue)).all()
        assert FORMER["a"] * 64 not in json.dumps([each.model_dump() for each in stored], default=str)


def test_a_scan_that_is_stored_in_several_transactions_renews_all_or_nothing(
    scans: RepositoryScans, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_arguments: object) -> None:
        raise Killed

    monkeypatch.setattr(scan_recording, "_BATCH", 1)
    scans.scan(scans.finding("a"), scans.finding("b", "2"))
    before = scans.issues.list().items
    claim = scans.claim()
    found = [renewed(scans, "a"), renewed(scans, "b", "b"), renewed(scans, "c", "c")]
    with monkeypatch.context() as patch:
        patch.setattr(scan_recording.Recording, "_publish", die)
        with pytest.raises(Killed):
            scans.queue.finish(claim, found, {"complete": True}, RULES)
    assert scans.issues.list().items == before
    assert scans.queue.finish(claim, found, {"complete": True}, RULES)
    assert scans.changes(scans.results.get(claim.result_id)) == (1, 2, 0)
    assert fingerprints(scans) == {"a": "a", "b": "b", "c": "c"}
