"""Secrets in names: found once, masked wherever a report shows them, and the same for every scan."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from beca_core import Blob, Confidence, Engine, FixedShare, FlatReading, Near, Rule, Scope, Severity, Skipped, State
from beca_core.findings import NameKind
from tests.core.scanning.samples import SWORDFISH, Mailbox

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core import Report

SECRET = "swordfish" + "0123456789" * 2
OTHER = "swordfish" + "9876543210" * 2


@pytest.fixture
def engine() -> Engine:
    return Engine(rules=[SWORDFISH], processes=1, cache_dir=False)


def git(repository: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=repository, check=True, capture_output=True)


def write(root: Path, name: str, text: str = "nothing\n") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit_file(repository: Path, name: str, text: str = "nothing\n") -> None:
    write(repository, name, text)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "A file")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    return path


def shown(report: Report) -> str:
    """Everything in a report that any format writes."""
    document = report.to_dict()
    document["lists"] = [item.to_dict() for item in (*report.skipped, *report.omitted, *report.accepted)]
    return json.dumps(document, default=str)


def places(report: Report) -> set[tuple[str, NameKind | None]]:
    return {(finding.location.path, finding.name_of) for finding in report.findings}


def mask(secret: str) -> str:
    return f"swor...({len(secret)})~"


def test_the_name_of_a_file_is_a_finding_and_masked(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, f"keys/{SECRET}.txt")
    report = engine.scan(tmp_path)
    (finding,) = report.findings
    assert finding.name_of is NameKind.PATH
    assert finding.secret == SECRET.encode()
    assert finding.location.path.startswith(f"keys/{mask(SECRET)}")
    assert finding.location.path.endswith(".txt")
    assert finding.to_dict()["nameOf"] == "path"
    assert SECRET not in shown(report)
    assert report.exit_code == 1


def test_a_directory_is_found_once_however_many_files_are_in_it(engine: Engine, tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path, f"{SECRET}/{number}/a.txt", "swordfish7\n")
    report = engine.scan(tmp_path)
    in_names = [finding for finding in report.findings if finding.name_of is NameKind.PATH]
    assert len(in_names) == 1
    assert len(report.findings) == 6
    assert SECRET not in shown(report)
    assert all(finding.location.path.startswith(in_names[0].location.path) for finding in report.findings)


def test_two_secrets_never_become_one_path(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, f"{SECRET}/a.txt", "swordfish7\n")
    write(tmp_path, f"{OTHER}/a.txt", "swordfish7\n")
    report = engine.scan(tmp_path)
    assert len({finding.location.path for finding in report.findings}) == 4


def test_a_name_is_shown_the_same_way_by_every_scan_with_the_same_key(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, f"{SECRET}.txt", "swordfish7\n")
    other_key = Engine(rules=[SWORDFISH], processes=1, cache_dir=False, fingerprint_key=b"another")
    first, second, third = (places(each.scan(tmp_path)) for each in (engine, engine, other_key))
    assert first == second
    assert not {path for path, _ in first} & {path for path, _ in third}


def test_bytes_that_are_not_utf_8_stay_in_a_masked_path(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff " + SECRET.encode())).write_text("swordfish7\n")
    report = engine.scan(tmp_path)
    assert len(report.findings) == 2
    for finding in report.findings:
        assert finding.location.path.startswith("\\xff swor...")
        assert finding.location.raw_path is not None
        assert finding.location.raw_path.startswith(b"\xff swor...")
    assert SECRET.encode().hex() not in shown(report)


def test_members_of_archives_are_masked(engine: Engine, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(f"dir/{SECRET}.txt", "swordfish7\n")
    report = engine.scan(tmp_path)
    assert {name_of for _, name_of in places(report)} == {None, NameKind.PATH}
    assert SECRET not in shown(report)


def test_what_could_not_be_read_is_masked(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / SECRET).symlink_to(tmp_path.parent)
    report = engine.scan(Mailbox(Blob("a", b"x"), Skipped(f"dir/{SECRET}", "unreadable")))
    assert report.coverage.skipped == {"unreadable": 1}
    assert SECRET not in shown(report)
    report = engine.scan(tmp_path)
    assert report.coverage.omitted == {"link": 1}
    assert SECRET not in shown(report)


def test_a_name_that_only_a_word_of_low_confidence_is_in_stays_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "private_key.pem", "private_key\n")
    low = Rule(
        id="word",
        version=1,
        description="A word",
        severity=Severity.HIGH,
        confidence=Confidence.LOW,
        pattern=r"(?P<secret>private_key[a-z.]*)",
    )
    report = Engine(rules=[low], processes=1, cache_dir=False).scan(tmp_path)
    assert [finding.location.path for finding in report.findings] == ["private_key.pem"]


def test_names_do_not_depend_on_other_names(engine: Engine, tmp_path: Path) -> None:
    near = Rule(
        id="near",
        version=1,
        description="Digits near a word",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=r"\b(?P<secret>[0-9]{12})\b",
        near=(Near(words=("acme",)),),
    )
    write(tmp_path, "acme")
    write(tmp_path, "123456789012")
    write(tmp_path, "acme-210987654321")
    report = Engine(rules=[near], processes=1, cache_dir=False).scan(tmp_path)
    assert [finding.secret for finding in report.findings] == [b"210987654321"]


@pytest.mark.parametrize("scope", ["history", "head"])
def test_every_scope_sees_the_names_of_files(engine: Engine, empty: Path, scope: str) -> None:
    commit_file(empty, f"dir/{SECRET}", "swordfish7\n")
    report = engine.scan(empty, scope=scope)
    by_name = {finding.name_of: finding for finding in report.findings}
    assert by_name.keys() == {None, NameKind.PATH}
    assert by_name[NameKind.PATH].in_head
    assert SECRET not in shown(report)


def test_files_that_are_gone_are_found_in_history_with_the_commit_that_added_them(engine: Engine, empty: Path) -> None:
    commit_file(empty, f"dir/{SECRET}")
    commit_file(empty, f"dir/{SECRET}", "changed\n")
    git(empty, "rm", "-q", "-r", ".")
    git(empty, "commit", "-qm", "Gone")
    first = subprocess.run(
        ["git", "rev-list", "--reverse", "HEAD"], cwd=empty, check=True, capture_output=True, text=True
    ).stdout.split()[0]
    report = engine.scan(empty)
    (finding,) = report.findings
    assert not finding.in_head
    assert finding.commit is not None
    assert finding.commit.id == first
    assert engine.scan(empty, scope="head").findings == ()


def test_refs_are_found_and_masked(engine: Engine, empty: Path) -> None:
    commit_file(empty, "a")
    git(empty, "branch", f"topic/{SECRET}")
    git(empty, "tag", OTHER)
    report = engine.scan(empty)
    assert {name_of for _, name_of in places(report)} == {NameKind.REF}
    shown_paths = {path.partition("~")[0] for path, _ in places(report)}
    assert shown_paths == {f".git/refs/heads/topic/{mask(SECRET)}"[:-1], f".git/refs/tags/{mask(OTHER)}"[:-1]}
    assert SECRET not in shown(report)
    assert OTHER not in shown(report)


def test_authors_are_masked_and_found_in_their_commits(engine: Engine, empty: Path) -> None:
    write(empty, "a", "swordfish7\n")
    git(empty, "add", ".")
    git(empty, "commit", "-qm", "A", "--author", f"{SECRET} <{OTHER}@example.org>")
    report = engine.scan(empty)
    authors = {finding.commit.author for finding in report.findings if finding.commit is not None}
    assert len(authors) == 1
    assert authors.pop().startswith(f"{mask(SECRET)}")
    assert {finding.secret.decode() for finding in report.findings} == {SECRET, OTHER, "swordfish7"}
    assert SECRET not in shown(report)
    assert OTHER not in shown(report)
    assert SECRET not in shown(engine.scan(empty, scope="head"))


def test_what_is_not_committed_is_seen(engine: Engine, empty: Path) -> None:
    commit_file(empty, "a")
    write(empty, f"new/{SECRET}")
    write(empty, OTHER)
    git(empty, "add", OTHER)
    for scope in ("history", "head"):
        report = engine.scan(empty, scope=scope)
        assert {finding.secret.decode() for finding in report.findings} == {SECRET, OTHER}
        assert all(finding.uncommitted for finding in report.findings)
        assert SECRET not in shown(report)


def test_submodules_are_seen(engine: Engine, empty: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    commit_file(inner, SECRET)
    git(empty, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "part")
    git(empty, "commit", "-qm", "A submodule")
    report = engine.scan(empty)
    assert [finding.location.path.partition("~")[0] for finding in report.findings] == [f"part/{mask(SECRET)[:-1]}"]
    assert report.findings[0].in_head


def test_a_rescan_carries_names_and_states_hold_none(engine: Engine, empty: Path, tmp_path: Path) -> None:
    commit_file(empty, f"dir/{SECRET}", "swordfish7\n")
    git(empty, "branch", OTHER)
    first = engine.scan(empty)
    saved = tmp_path / "state"
    assert first.state is not None
    first.state.save(saved)
    assert SECRET.encode() not in saved.read_bytes()
    assert OTHER.encode() not in saved.read_bytes()
    commit_file(empty, "b")
    second = engine.scan(empty, since=State.load(saved))
    assert second.changes is not None
    assert (second.changes.new, second.changes.carried, second.changes.gone) == (0, 3, 0)
    assert places(second) == places(first)
    git(empty, "branch", "-D", OTHER)
    git(empty, "mv", f"dir/{SECRET}", "dir/plain")
    git(empty, "commit", "-qm", "Renamed")
    assert second.state is not None
    third = engine.scan(empty, since=second.state)
    assert {finding.name_of for finding in third.findings} == {None, NameKind.PATH}
    assert not any(finding.in_head for finding in third.findings if finding.name_of is NameKind.PATH)


def test_a_rescan_of_a_clean_repository_finds_new_names(engine: Engine, empty: Path) -> None:
    commit_file(empty, "a")
    first = engine.scan(empty)
    commit_file(empty, f"dir/{SECRET}")
    second = engine.scan(empty, since=first.state)
    assert second.changes is not None
    assert second.changes.new == 1
    assert [finding.name_of for finding in second.findings] == [NameKind.PATH]


def test_a_rule_that_is_new_looks_through_old_names(empty: Path) -> None:
    commit_file(empty, f"dir/{SECRET}")
    other = Rule(
        id="other",
        version=1,
        description="Something else",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=r"(?P<secret>marlin[0-9]+)",
    )
    first = Engine(rules=[other], processes=1, cache_dir=False).scan(empty)
    second = Engine(rules=[other, SWORDFISH], processes=1, cache_dir=False).scan(empty, since=first.state)
    assert [finding.rule_id for finding in second.findings] == ["swordfish"]


def test_dropped_matches_in_names_are_masked_too(tmp_path: Path) -> None:
    write(tmp_path, f"vendor/{SECRET}", "swordfish7\n")
    rule = Rule(
        id="swordfish",
        version=1,
        description="The password",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=r"\b(?P<secret>swordfish[0-9]*)\b",
        paths=("*", "!vendor/"),
    )
    report = Engine(rules=[rule], processes=1, cache_dir=False).scan(tmp_path, with_suppressed=True)
    assert report.findings == ()
    assert report.suppressed
    assert SECRET not in shown(report)


def test_a_source_of_ones_own_may_have_no_names(engine: Engine) -> None:
    class Reading(FlatReading):
        pass

    class Letters(Mailbox):
        scope = Scope.FILES

    report = engine.scan(Letters(Blob(f"from {SECRET}", b"swordfish7")))
    assert {finding.name_of for finding in report.findings} == {None, NameKind.PATH}
    assert SECRET not in shown(report)
    assert engine.scan(Letters(Blob("a", b"nothing"))).findings == ()
    assert FixedShare(()).objects == 0
    assert Reading(()).names() == ()


def test_the_table_says_that_it_is_a_name(engine: Engine, empty: Path) -> None:
    from beca_core.reports.table import TableReporter

    commit_file(empty, f"dir/{SECRET}")
    git(empty, "tag", OTHER)
    stream = io.StringIO()
    TableReporter().write(engine.scan(empty), stream, redact=True)
    text = stream.getvalue()
    assert "in the name of a file or directory" in text
    assert "in the name of a branch, a tag or another ref" in text
    assert SECRET not in text
