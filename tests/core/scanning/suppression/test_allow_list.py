"""Entries of an allow-list and a baseline, in scans of texts and repositories."""

from __future__ import annotations

import gzip
import os
import subprocess
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, PluginRegistry, Rule, Severity, State, Step
from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.rules.allow_entry import AllowEntry
from beca_core.scanning.suppression.baseline import Baseline
from beca_core.scanning.suppression.suppression import Suppression

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.report import Report

FISH = Rule(
    id="fish",
    version=1,
    description="fish",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>fish[0-9]+)\b",
)
ENGINE = Engine(PluginRegistry(), rules=[FISH], cache_dir=False)
TODAY = date(2027, 1, 31)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {"a/one": "fish1\n", "b/two": "fish2 fish3\n"}.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path / "tree"


def scanned(tree: Path, *entries: AllowEntry, **changes: object) -> Report:
    suppression = Suppression(entries=entries, today=TODAY)
    return ENGINE.scan(tree, suppression=suppression, **changes)  # type: ignore[arg-type]


def found(report: Report) -> list[str]:
    return [each.secret.decode() for each in report.findings]


def test_what_is_allowed_is_listed_with_who_and_why(tree: Path) -> None:
    report = scanned(tree, AllowEntry("made up", paths=("a/",), owner="Ada", expires=TODAY, origin="entry 1"))
    assert found(report) == ["fish2", "fish3"]
    (item,) = report.allowed
    assert (item.step, item.name, item.reason, item.value) == (
        Step.ALLOW_LIST,
        "entry 1",
        "made up",
        "by Ada until 2027-01-31",
    )
    assert item.finding.location.path == "a/one"
    assert report.coverage.suppressed == {"allow-list": 1}
    assert report.to_dict()["allowed"][0]["finding"]["ruleId"] == "fish"


def test_everything_may_be_allowed_and_then_the_scan_passes(tree: Path) -> None:
    report = scanned(tree, AllowEntry("all", rules=("*",)))
    assert (report.exit_code, len(report.findings), len(report.allowed)) == (0, 0, 3)


def test_an_expired_entry_hides_nothing_and_is_named(tree: Path) -> None:
    entry = AllowEntry("for a while", paths=("a/",), expires=date(2027, 1, 30))
    report = scanned(tree, entry)
    assert found(report) == ["fish1", "fish2", "fish3"]
    assert (report.expired_allows, report.stale_allows) == ((entry,), ())


def test_an_entry_that_matches_nothing_is_named(tree: Path) -> None:
    stale, used = AllowEntry("old", values=("fish9",)), AllowEntry("new", values=("fish1",))
    assert scanned(tree, stale, used, replace(stale, standing=True)).stale_allows == (stale,)


def test_no_entry_is_stale_if_not_everything_was_read(tree: Path) -> None:
    (tree / "damaged.gz").write_bytes(gzip.compress(os.urandom(1000))[:-100])
    report = scanned(tree, AllowEntry("old", values=("fish9",)))
    assert not report.coverage.complete
    assert report.stale_allows == ()


def test_an_entry_behind_another_is_in_use_too(tree: Path) -> None:
    report = scanned(tree, AllowEntry("first", paths=("a/",)), AllowEntry("second", values=("fish1",)))
    assert [item.reason for item in report.allowed] == ["first"]
    assert report.stale_allows == ()


def test_the_list_of_what_was_dropped_has_it_too(tree: Path) -> None:
    report = scanned(tree, AllowEntry("made up", paths=("a/",)), with_suppressed=True)
    assert [(item.step, item.finding.secret) for item in report.suppressed or ()] == [(Step.ALLOW_LIST, b"fish1")]


def git(repository: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(repository), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tree: Path) -> Path:
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "one")
    return tree


def test_a_rescan_allows_the_same(repository: Path, tmp_path: Path) -> None:
    (repository / "a" / "one").write_text("fish1\nfish4  # beca:allow fish made up\n")
    git(repository, "commit", "-qam", "two")
    entry = AllowEntry("made up", values=("fish1",))
    first = scanned(repository, entry)
    assert first.state is not None
    first.state.save(tmp_path / "state")
    again = scanned(repository, entry, since=State.load(tmp_path / "state"), with_secrets=False)
    assert [item.step for item in again.allowed] == [Step.ALLOW_LIST, Step.INLINE]
    assert [each.fingerprint for each in again.findings] == [each.fingerprint for each in first.findings]
    assert again.changes is not None
    assert (again.changes.new, again.changes.carried, again.changes.gone) == (0, 2, 0)


def test_what_an_entry_hides_is_not_known_to_the_state(repository: Path) -> None:
    first = scanned(repository, AllowEntry("for a while", values=("fish1",)))
    after = scanned(repository, since=first.state)
    assert [(each.secret, str(each.change)) for each in after.findings] == [
        (b"fish1", "new"),
        (b"fish2", "carried"),
        (b"fish3", "carried"),
    ]


def test_a_baseline_knows_what_was_there_and_nothing_else(repository: Path, tmp_path: Path) -> None:
    Baseline.of(ENGINE.scan(repository).findings, DEFAULT_FINGERPRINT_KEY).save(tmp_path / "base")
    (repository / "c").write_text("fish5\n")
    git(repository, "mv", "a/one", "moved")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    baseline = Baseline.load(tmp_path / "base", DEFAULT_FINGERPRINT_KEY)
    report = ENGINE.scan(repository, suppression=Suppression(baselines=(baseline,)))
    assert found(report) == ["fish5"]
    assert {item.step for item in report.allowed} == {Step.BASELINE}
    assert {item.name for item in report.allowed} == {"base"}
