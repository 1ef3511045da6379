"""The walk itself: any sequence of answers leaves what a simple model says, and undo takes back exactly one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from beca_core.cli.audit.audit_cases import audit_cases
from beca_core.cli.audit.audit_session import REASONS, AuditSession, Judgement
from beca_core.findings import Confidence, Finding, Location, Position, Severity

ONE = Finding(
    "acme", Location("a", Position(1, 1), Position(1, 5)), "x", Severity.HIGH, Confidence.HIGH, "1" * 64, "x", b"x"
)


def finding(number: int, **changes: object) -> Finding:
    return replace(ONE, fingerprint=f"{number:064x}", **changes)  # type: ignore[arg-type]


CASES = audit_cases([finding(number) for number in range(4)])


@given(st.lists(st.sampled_from([*Judgement, "skip", "undo"]), max_size=20))
def test_any_sequence_of_answers(answers: list[Judgement | str]) -> None:
    session = AuditSession(CASES)
    model: list[Judgement | None] = []
    for answer in answers:
        if answer == "undo":
            assert session.undo() == bool(model)
            del model[-1:]
        elif answer == "skip":
            session.skip()
            model += [None] if len(model) < len(CASES) else []
        else:
            session.decide(Judgement(answer))
            model += [Judgement(answer)] if len(model) < len(CASES) else []
    assert session.number == len(model)
    assert session.current == (CASES[len(model)] if len(model) < len(CASES) else None)
    assert session.skipped == model.count(None)
    expected = [(CASES[number], judgement) for number, judgement in enumerate(model) if judgement is not None]
    assert [(each.case, each.judgement) for each in session.decisions] == expected


def test_a_reason_can_be_given() -> None:
    session = AuditSession(CASES)
    session.decide(Judgement.FALSE)
    session.decide(Judgement.TEST, "fixture")
    session.decide(Judgement.REAL)
    assert [each.reason for each in session.decisions] == [REASONS[Judgement.FALSE], "fixture", ""]


def test_one_secret_is_one_case_at_all_its_places() -> None:
    places = [Location(path, Position(1, 1), Position(1, 5)) for path in ("b", "a", "c")]
    findings = [finding(1, location=place) for place in places]
    findings += [finding(2), finding(1, rule_id="other")]
    cases = audit_cases(findings, known=frozenset((0, 1, 3)))
    assert [(case.first.rule_id, len(case.findings), case.is_known) for case in cases] == [
        ("acme", 3, False),
        ("acme", 1, True),
        ("other", 1, False),
    ]
    assert [each.location.path for each in cases[0].findings] == ["a", "b", "c"]


def test_the_worst_comes_first() -> None:
    cases = audit_cases([finding(1, severity=Severity.LOW), finding(2, severity=Severity.CRITICAL)])
    assert [case.first.severity for case in cases] == [Severity.CRITICAL, Severity.LOW]
