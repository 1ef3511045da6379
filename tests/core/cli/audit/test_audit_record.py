"""What an audit writes: after any answers, the files say exactly what was decided; undo brings the old ones back."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core.cli.audit.audit_cases import AuditCase
from beca_core.cli.audit.audit_record import AUDIT_FILE, AuditRecord
from beca_core.cli.audit.audit_session import AuditSession, Judgement
from beca_core.cli.configuration.repository_config import find_config
from beca_core.errors import InvalidInput
from beca_core.findings import DEFAULT_FINGERPRINT_KEY, Confidence, Finding, Location, Position, Severity
from beca_core.scanning.suppression.baseline import Baseline
from beca_core.scanning.suppression.suppression import Suppression

if TYPE_CHECKING:
    from pathlib import Path

KEY = DEFAULT_FINGERPRINT_KEY
ONE = Finding(
    "acme", Location("a", Position(1, 1), Position(1, 5)), "x", Severity.HIGH, Confidence.HIGH, "0" * 64, "x", b"x"
)
CASES = [
    AuditCase(
        (replace(ONE, rule_id=rule_id, fingerprint=f"{number:064x}"[::-1], location=replace(ONE.location, path=path)),)
    )
    for number, (rule_id, path) in enumerate([("acme", "a"), ("acme", "b"), ("other", "a"), ("other", "c")], 1)
]
BEFORE = '# ours\nmin-severity = "low"\n\n[[allow]]\npath = "x/"\nreason = "y"\n'
ANSWERS = st.lists(
    st.tuples(st.sampled_from(list(Judgement)), st.sampled_from(["", "fixture", 'with "quotes"\\'])) | st.just("undo"),
    max_size=10,
)


def files(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir()}


def fresh(directory: Path, config: str = "") -> Path:
    for path in directory.iterdir():
        path.unlink()
    if config:
        (directory / ".beca.toml").write_text(config)
    return directory


@settings(max_examples=60)
@given(answers=ANSWERS, before=st.sampled_from(["", BEFORE]))
def test_after_any_answers_the_next_scan_hides_what_was_decided(
    answers: list[tuple[Judgement, str] | str], before: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp() / "record"
    base.mkdir(exist_ok=True)
    directory = fresh(base, before)
    session, record = AuditSession(CASES), AuditRecord(str(directory), KEY)
    for answer in answers:
        if isinstance(answer, str):
            session.undo()
        else:
            session.decide(*answer)
        record.save(session.decisions)
    findings = [case.first for case in CASES]
    split = Suppression(entries=find_config(str(directory)).entries).split(findings, {}, {})
    hidden = [each.case.first for each in session.decisions if each.judgement is not Judgement.REAL]
    real = [each.case.first for each in session.decisions if each.judgement is Judgement.REAL]
    assert {each.finding.fingerprint for each in split.hidden} == {each.fingerprint for each in hidden}
    reasons = {each.case.first.fingerprint: each.reason for each in session.decisions}
    assert all(each.reason == reasons[each.finding.fingerprint] for each in split.hidden)
    again = AuditRecord(str(directory), KEY)
    assert {findings[number] for number in again.judged_real(findings)} == set(real)
    if not session.decisions:
        assert files(directory) == ({".beca.toml": before} if before else {})


def test_entries_of_one_reason_are_one(tmp_path: Path) -> None:
    session, record = AuditSession(CASES), AuditRecord(str(tmp_path), KEY, "Ada", date(2999, 1, 1))
    for _ in CASES:
        session.decide(Judgement.TEST, "fixture")
    record.save(session.decisions)
    acme, other = tomllib.loads((tmp_path / ".beca.toml").read_text())["allow"]
    assert (acme["rule"], len(acme["fingerprint"]), acme["owner"], acme["expires"]) == (
        "acme",
        2,
        "Ada",
        date(2999, 1, 1),
    )
    assert (other["rule"], len(other["fingerprint"])) == ("other", 2)


def test_what_was_real_before_stays_so(tmp_path: Path) -> None:
    for case in CASES[:2]:
        session, record = AuditSession([case]), AuditRecord(str(tmp_path), KEY)
        session.decide(Judgement.REAL)
        record.save(session.decisions)
    text = (tmp_path / AUDIT_FILE).read_text()
    assert text.startswith("# Findings that `beca audit` was told are real.")
    assert len(Baseline.load(tmp_path / AUDIT_FILE, KEY).places) == 2
    assert len([line for line in text.splitlines() if line.startswith("# key")]) == 1


def test_the_files_of_two_branches_can_be_joined(tmp_path: Path) -> None:
    """Both have the key of the file that they began with, as with a baseline."""
    session, record = AuditSession(CASES[:1]), AuditRecord(str(tmp_path), KEY)
    session.decide(Judgement.REAL)
    record.save(session.decisions)
    common = (tmp_path / AUDIT_FILE).read_text()
    sides = []
    for case in CASES[1:3]:
        (tmp_path / AUDIT_FILE).write_text(common)
        session, record = AuditSession([case]), AuditRecord(str(tmp_path), KEY)
        session.decide(Judgement.REAL)
        record.save(session.decisions)
        sides.append((tmp_path / AUDIT_FILE).read_text().splitlines())
    (tmp_path / AUDIT_FILE).write_text("\n".join(dict.fromkeys([*sides[0], *sides[1]])))
    findings = [case.first for case in CASES]
    assert AuditRecord(str(tmp_path), KEY).judged_real(findings) == {0, 1, 2}


def test_the_configuration_of_the_repository_above_is_used(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".beca.toml").write_text(BEFORE)
    (tmp_path / "inner").mkdir()
    record = AuditRecord(str(tmp_path / "inner"), KEY)
    assert (record.config, record.real) == (tmp_path / ".beca.toml", tmp_path / AUDIT_FILE)


def test_a_pyproject_is_used_if_it_configures(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.beca]\nmin-severity = "low"\n')
    session, record = AuditSession(CASES[:1]), AuditRecord(str(tmp_path), KEY)
    session.decide(Judgement.FALSE)
    record.save(session.decisions)
    assert len(find_config(str(tmp_path)).entries) == 1
    assert not (tmp_path / ".beca.toml").exists()


@pytest.mark.parametrize("name", [".beca.toml", AUDIT_FILE])
def test_links_are_not_written_through(name: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("# not ours\n")
    directory = tmp_path / "inside"
    directory.mkdir()
    (directory / name).symlink_to(outside)
    with suppress(InvalidInput):
        session, record = AuditSession(CASES[:1]), AuditRecord(str(directory), KEY)
        session.decide(Judgement.REAL if name == AUDIT_FILE else Judgement.FALSE)
        record.save(session.decisions)
    assert outside.read_text() == "# not ours\n"


def test_a_directory_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    session, record = AuditSession(CASES[:1]), AuditRecord(str(tmp_path / "inner"), KEY)
    session.decide(Judgement.FALSE)
    (tmp_path / "inner").rmdir()
    with pytest.raises(InvalidInput, match="cannot be written"):
        record.save(session.decisions)
