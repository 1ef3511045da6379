"""Lists of issues: what is filtered, in which order, and by which index."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.errors import InvalidInput
from beca_core.findings import Confidence, Severity
from beca_core.storage.issue_models import FOLDED_PATH
from beca_core.storage.models import IssueState
from beca_core.storage.services.issues import IssueFilter, IssueOrder, StateFilter
from tests.core.storage.services.statement_plans import plans

if TYPE_CHECKING:
    from tests.core.storage.services.repository_scans import RepositoryScans


@pytest.fixture
def listed(scans: RepositoryScans, clock: Any) -> RepositoryScans:
    """Five issues; the first two are fixed."""
    severities = ["LOW", "CRITICAL", "HIGH", "LOW", "HIGH"]
    found = [
        scans.finding(
            f"dir/{number}.env",
            ruleId="odd" if number % 2 else "even",
            metadata={"description": "d", "severity": severity, "confidence": "HIGH" if number else "LOW"},
        )
        for number, severity in enumerate(severities)
    ]
    for count in range(1, 6):
        scans.scan(*found[:count], ruleset={"odd": 1, "even": 1})
        clock.advance(60)
    scans.scan(*found[2:], ruleset={"odd": 1, "even": 1})
    return scans


def paths(scans: RepositoryScans, which: IssueFilter | None = None, **arguments: Any) -> list[str]:
    return [issue.path[4:5] for issue in scans.issues.list(which, **arguments).items]


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (IssueFilter(), "10432"),
        (IssueFilter(repository_id=10**30), ""),
        (IssueFilter(rule_id="odd"), "13"),
        (IssueFilter(rule_id="nobody\0\ud800"), ""),
        (IssueFilter(severity=Severity.HIGH), "42"),
        (IssueFilter(confidence=Confidence.LOW), "0"),
        (IssueFilter(state=StateFilter.OPEN), "432"),
        (IssueFilter(state=StateFilter.UNFIXED), "432"),
        (IssueFilter(state=StateFilter.FIXED), "10"),
        (IssueFilter(search="DIR/3"), "3"),
        (IssueFilter(search="%"), ""),
        (IssueFilter(search="_.env"), ""),
        (IssueFilter(state=StateFilter.UNFIXED, severity=Severity.HIGH, search=".env", rule_id="even"), "42"),
    ],
    ids=str,
)
def test_issues_are_filtered(listed: RepositoryScans, which: IssueFilter, found: str) -> None:
    assert "".join(paths(listed, which)) == found


def test_issues_since_a_time_are_those_whose_state_has_changed(listed: RepositoryScans, clock: Any) -> None:
    assert paths(listed, IssueFilter(since=clock.now)) == ["1", "0"]


@pytest.mark.parametrize(("order", "found"), [("changed", "10432"), ("opened", "43210"), ("urgency", "14230")])
def test_pages_of_every_order_have_each_issue_once(listed: RepositoryScans, order: str, found: str) -> None:
    after: str | None = None
    seen: list[str] = []
    while True:
        page = listed.issues.list(order=IssueOrder(order), limit=2, after=after)
        seen += [issue.path[4:5] for issue in page.items]
        if (after := page.next) is None:
            break
    assert "".join(seen) == found


def test_a_cursor_of_another_order_is_refused(listed: RepositoryScans) -> None:
    page = listed.issues.list(limit=1)
    with pytest.raises(InvalidInput):
        listed.issues.list(order=IssueOrder.OPENED, after=page.next)


@pytest.mark.parametrize("order", list(IssueOrder))
def test_filters_that_are_combined_have_what_each_of_them_has(listed: RepositoryScans, order: IssueOrder) -> None:
    everything = listed.issues.list(order=order).items
    assert len(everything) == 5
    states = {None: set(IssueState), StateFilter.UNFIXED: {IssueState.OPEN, IssueState.REOPENED}}
    states |= {state: {IssueState(state)} for state in StateFilter if state is not StateFilter.UNFIXED}
    for state, severity, confidence, search in product(
        states, (None, *Severity), (None, *Confidence), (None, "dir/", "4", "nowhere")
    ):
        which = IssueFilter(state=state, severity=severity, confidence=confidence, search=search)
        expected = [
            issue.id
            for issue in everything
            if issue.state in states[state]
            and severity in (None, issue.severity)
            and confidence in (None, issue.confidence)
            and (search or "") in issue.path
        ]
        assert [issue.id for issue in listed.issues.list(which, order=order).items] == expected, which


@pytest.mark.parametrize(
    ("path", "search", "is_found"),
    [
        ("\N{LATIN CAPITAL LETTER E WITH ACUTE}cole/a.env", "\N{LATIN SMALL LETTER E WITH ACUTE}COLE", True),
        ("stra\N{LATIN SMALL LETTER SHARP S}e/a", "STRASSE", True),
        ("100%/a_b", "%/A_", True),
        ("100%/a_b", "1%0", False),
        ("first/" + "x" * FOLDED_PATH, "x" * FOLDED_PATH, True),
        ("first/" + "x" * FOLDED_PATH, "first", False),
        ("\N{GREEK SMALL LETTER IOTA WITH DIALYTIKA AND TONOS}" * 2 * FOLDED_PATH, "a", False),
    ],
)
def test_a_search_looks_at_the_end_of_a_path_in_any_letter_case(
    scans: RepositoryScans, path: str, search: str, is_found: bool
) -> None:
    scans.scan(scans.finding(path))
    assert bool(scans.issues.list(IssueFilter(search=search)).items) is is_found


def test_a_search_finds_an_issue_at_the_path_to_which_it_moved(scans: RepositoryScans) -> None:
    scans.scan(scans.finding("before"))
    scans.scan(scans.finding("after"))
    found = [len(scans.issues.list(IssueFilter(search=path)).items) for path in ("before", "after")]
    assert found == [0, 1]


@pytest.mark.parametrize(
    ("which", "order", "index"),
    [
        (IssueFilter(), IssueOrder.CHANGED, "COVERING INDEX ix_issue_changed_at_id"),
        (IssueFilter(state=StateFilter.UNFIXED), IssueOrder.CHANGED, "COVERING INDEX ix_issue_changed_at_id"),
        (IssueFilter(state=StateFilter.FIXED), IssueOrder.CHANGED, "COVERING INDEX ix_issue_state_changed_at_id"),
        (IssueFilter(search="settings"), IssueOrder.CHANGED, "COVERING INDEX ix_issue_changed_at_id"),
        (IssueFilter(confidence=Confidence.HIGH), IssueOrder.OPENED, "INDEX ix_issue_opened_at_id"),
        (
            IssueFilter(severity=Severity.HIGH, state=StateFilter.UNFIXED),
            IssueOrder.URGENCY,
            "INDEX ix_issue_urgency_id",
        ),
        (IssueFilter(rule_id="odd"), IssueOrder.CHANGED, "INDEX ix_issue_rule_id_changed_at_id"),
        (IssueFilter(repository_id=1), IssueOrder.URGENCY, "INDEX ix_issue_repository_id_urgency_id"),
    ],
    ids=str,
)
def test_a_page_is_found_by_walking_an_index(
    listed: RepositoryScans, which: IssueFilter, order: IssueOrder, index: str
) -> None:
    (plan,) = plans(listed.database, lambda: listed.issues.list(which, order=order), "LIMIT")
    if listed.database.is_sqlite:  # PostgreSQL may walk another one while there are few rows
        assert index in plan
        assert plan.count("TEMP B-TREE") == 1, "for the rows of the page, which are put in order"
    assert "Seq Scan" not in plan
