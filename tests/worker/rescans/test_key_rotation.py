"""Rescans after a rotation of the fingerprint key, by a worker that has a mirror and a state of the key before."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.findings import fingerprint
from beca_core.storage.services.issues import IssueService
from tests.worker.rescans.conftest import Site, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.storage.database import Database
    from beca_core.storage.models import Result

pytestmark = pytest.mark.slow

BEFORE, AFTER = "b" * 32, "a" * 32
SECRETS = {"a.txt": b"swordfish-1", "b.txt": b"swordfish-2"}


@pytest.fixture
def store(database: Database) -> Database:
    """A database of each kind, since issues are stored."""
    return database


@pytest.fixture
def known(site: Site) -> Site:
    """A site that was scanned twice with the key before."""
    assert scan(site, BEFORE).changes is None
    assert numbers(scan(site, BEFORE)) == (0, 2, 0)
    assert {path: issue.fingerprint for path, issue in issues(site).items()} == fingerprints(BEFORE)
    return site


def scan(site: Site, key: str, scope: str = "history", **settings: Any) -> Result:
    """Scan with a key."""
    return site.run(site.queue(scope), key.encode(), **settings)


def issues(site: Site) -> dict[str, Any]:
    """The issues, by path."""
    return {issue.path: issue for issue in IssueService(site.bench.database).list().items}


def fingerprints(key: str, found: Mapping[str, bytes] | None = None) -> dict[str, str]:
    """The fingerprints of the secrets, by path."""
    return {path: fingerprint("fish", secret, key.encode()) for path, secret in (found or SECRETS).items()}


def test_all_issues_are_kept(known: Site) -> None:
    before = issues(known)
    result = scan(known, AFTER, former_fingerprint_key=BEFORE)
    assert numbers(result) == (0, 2, 0)
    assert result.coverage is not None
    assert result.coverage["blobs"] == 2, "a state of another key is of no use, so everything is read"
    after = issues(known)
    assert {path: issue.fingerprint for path, issue in after.items()} == fingerprints(AFTER)
    kept = ("id", "state", "opened_at", "changed_at", "first_result_id", "first_commit_id")
    for path, issue in before.items():
        assert [getattr(issue, name) for name in kept] == [getattr(after[path], name) for name in kept]
        history = IssueService(known.bench.database).get(issue.id).history
        assert [event.kind for event in history] == ["opened"]


def test_the_next_scans_resume_again_with_and_without_the_former_key(known: Site) -> None:
    scan(known, AFTER, former_fingerprint_key=BEFORE)
    before = issues(known)
    for settings in ({"former_fingerprint_key": BEFORE}, {}):
        result = scan(known, AFTER, **settings)
        assert numbers(result) == (0, 2, 0)
        assert result.coverage is not None
        assert result.coverage["blobs"] == 0
        assert issues(known) == before
    known.push("c.txt", "swordfish-3\n")
    assert numbers(scan(known, AFTER, former_fingerprint_key=BEFORE)) == (1, 2, 0)
    assert {path: issues(known)[path] for path in before} == before


def test_what_was_pushed_meanwhile_is_told_apart(known: Site) -> None:
    before = issues(known)
    known.push("a.txt", "nothing\n")
    known.push("c.txt", "swordfish-3\n")
    assert numbers(scan(known, AFTER, former_fingerprint_key=BEFORE)) == (1, 1, 1)
    after = issues(known)
    assert {path: issue.state for path, issue in after.items()} == {"a.txt": "fixed", "b.txt": "open", "c.txt": "open"}
    assert {path: issue.fingerprint for path, issue in after.items()} == fingerprints(
        AFTER, {**SECRETS, "c.txt": b"swordfish-3"}
    )
    assert all(after[path].id == issue.id for path, issue in before.items())


def test_without_the_former_key_all_issues_are_opened_anew(known: Site) -> None:
    assert numbers(scan(known, AFTER)) == (2, 0, 2)


def test_a_scan_of_head_renews_what_it_sees(known: Site) -> None:
    known.push("a.txt", "nothing\n")
    scan(known, BEFORE)
    before = issues(known)
    assert numbers(scan(known, AFTER, "head", former_fingerprint_key=BEFORE)) == (0, 1, 0)
    assert issues(known)["a.txt"] == before["a.txt"]
    assert numbers(scan(known, AFTER, former_fingerprint_key=BEFORE)) == (0, 2, 0)
    assert {path: issue.fingerprint for path, issue in issues(known).items()} == fingerprints(AFTER)
    assert {path: issue.id for path, issue in issues(known).items()} == {p: issue.id for p, issue in before.items()}


def test_the_process_of_a_scan_reports_both_fingerprints_of_what_it_has_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = secrets.token_hex(16)
    finish = site.bench.queue.finish
    written: list[list[dict[str, Any]]] = []

    def note(claim: Any, findings: Any, **report: Any) -> bool:
        written.append(list(findings))
        assert finish(claim, findings, **report)
        return True

    monkeypatch.setattr(site.bench.queue, "finish", note)
    for settings in ({"former_fingerprint_key": former}, {"former_fingerprint_key": former}, {}):
        result = scan(site, AFTER, **settings)
        shown = [list(site.bench.results.findings(result.id).items), result.coverage, result.changes, result.ruleset]
        assert "former" not in json.dumps(shown).lower()
    first, resumed, without = ({found["location"]["path"]: found for found in scanned} for scanned in written)
    assert {path: found["formerFingerprint"] for path, found in first.items()} == fingerprints(former)
    assert {path: found["fingerprint"] for path, found in first.items()} == fingerprints(AFTER)
    assert not any("formerFingerprint" in found for found in (*resumed.values(), *without.values()))
