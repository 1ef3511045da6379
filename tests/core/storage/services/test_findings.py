"""A finding is read from the database as it was stored, whatever text the scanned repository contains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core.errors import InvalidInput
from beca_core.findings import (
    Change,
    Finding,
    format_time,
)
from beca_core.storage.models import Appearance
from beca_core.storage.services.stored_findings import finding_document, finding_values
from tests.core.storage.services.any_finding import findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService

anything = st.text(st.characters(exclude_categories=[]), max_size=40)


def stored_and_read(document: dict[str, Any]) -> dict[str, Any]:
    change = Change(document["change"]) if "change" in document else None
    return finding_document(Appearance(**finding_values(1, 1, document)), change)


@given(findings())
def test_a_finding_survives_the_conversion(finding: Finding) -> None:
    assert stored_and_read(finding.to_dict()) == finding.to_dict()


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(findings(), max_size=4))
def test_findings_survive_the_database(
    found: list[Finding], queue: ScanQueue, results: ResultService, repository_id: int
) -> None:
    documents = [replace(finding, change=None).to_dict() for finding in found]
    claim = queue.claim(results.queue(repository_id).id, "w")
    assert claim is not None
    assert queue.finish(claim, documents, {"complete": True}, {})
    stored = results.findings(claim.result_id).items
    assert [{name: said for name, said in each.items() if name != "change"} for each in stored] == documents


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=anything)
def test_a_scan_can_finish_with_any_text(
    text: str,
    queue: ScanQueue,
    results: ResultService,
    repository_id: int,
    make_finding: Callable[..., dict[str, Any]],
) -> None:
    document = make_finding(
        ruleId=text,
        type=text,
        redacted=text,
        fingerprint=text,
        location={**make_finding()["location"], "path": text},
        metadata={"description": text, "severity": "LOW", "confidence": "HIGH", "decodings": [text]},
        commit={"id": text, "author": text, "date": "2026-01-31T10:00:00Z"},
    )
    claim = queue.claim(results.queue(repository_id).id, "w")
    assert claim is not None
    assert queue.finish(claim, [document], {"text": text}, {text: 1})
    assert results.get(claim.result_id).findings_count == 1


def test_a_rule_id_that_is_too_long_for_an_index_is_cut(
    queue: ScanQueue, results: ResultService, result_id: int, make_finding: Callable[..., dict[str, Any]]
) -> None:
    claim = queue.claim(result_id, "w")
    assert claim is not None
    assert queue.finish(claim, [make_finding(ruleId="r" * 9000)], {}, {})
    assert results.findings(result_id).items[0]["ruleId"] == "r" * 255


@pytest.mark.parametrize(
    "date",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "1970-01-01T00:00:00Z",
    ],
)
def test_dates_at_the_ends_of_the_calendar_are_stored(
    date: str, queue: ScanQueue, results: ResultService, result_id: int, make_finding: Callable[..., dict[str, Any]]
) -> None:
    claim = queue.claim(result_id, "w")
    assert claim is not None
    assert queue.finish(claim, [make_finding(commit={"id": "a", "author": "a", "date": date})], {}, {})
    stored = datetime.fromisoformat(results.findings(result_id).items[0]["commit"]["date"])
    assert abs(stored.year - int(date[:4])) == 0


def test_a_date_is_stored_in_utc(make_finding: Callable[..., dict[str, Any]]) -> None:
    moment = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    values = finding_values(1, 1, make_finding(commit={"id": "a", "author": "a", "date": moment.isoformat()}))
    assert format_time(values["commit_date"].astimezone(UTC)) == "2026-01-31T10:00:00Z"


def test_a_secret_in_clear_text_is_not_copied(make_finding: Callable[..., dict[str, Any]]) -> None:
    assert "do not keep" not in repr(finding_values(1, 1, make_finding(secret="do not keep")))


WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no location": lambda f: f.pop("location"),
    "no commit": lambda f: f.pop("commit"),
    "no rule": lambda f: f.update(ruleId=None),
    "a number for a path": lambda f: f["location"].update(path=7),
    "a list for a location": lambda f: f.update(location=[]),
    "line 0": lambda f: f["location"]["positions"].update(begin={"line": 0, "column": 1}),
    "a line that is not a number": lambda f: f["location"]["positions"].update(begin={"line": "1", "column": 1}),
    "a line that is a bool": lambda f: f["location"]["positions"].update(begin={"line": True, "column": 1}),
    "an end before the beginning": lambda f: f["location"]["positions"].update(end={"line": 1, "column": 1}),
    "a line beyond 64 bits": lambda f: f["location"]["positions"].update(end={"line": 2**63, "column": 1}),
    "an unknown severity": lambda f: f["metadata"].update(severity="TERRIBLE"),
    "decodings that are not a list": lambda f: f["metadata"].update(decodings="base64"),
    "a decoding that is not text": lambda f: f["metadata"].update(decodings=[7]),
    "too many decodings": lambda f: f["metadata"].update(decodings=["hex"] * 17),
    "path bytes that are not hexadecimal": lambda f: f["location"].update(pathBytes="zz"),
    "no occurrence": lambda f: f.update(occurrences=0),
    "a date that is not a date": lambda f: f["commit"].update(date="yesterday"),
    "a date without a time zone": lambda f: f["commit"].update(date="2026-01-31T10:00:00"),
    "a number for a date": lambda f: f["commit"].update(date=7),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_an_invalid_finding_is_refused_without_repeating_it(
    spoil: Callable[[dict[str, Any]], Any], make_finding: Callable[..., dict[str, Any]]
) -> None:
    document = make_finding()
    spoil(document)
    with pytest.raises(InvalidInput, match=r"^Finding 3 of result [0-9]+ does not have the shape of a finding\.$"):
        finding_values(1, 3, document)


@pytest.mark.parametrize("document", [None, 1, "text", [], {}])
def test_a_document_that_is_not_a_finding_is_refused(document: Any) -> None:
    with pytest.raises(InvalidInput):
        finding_values(1, 1, document)


def test_if_one_finding_is_invalid_none_is_stored(
    queue: ScanQueue, results: ResultService, result_id: int, make_finding: Callable[..., dict[str, Any]]
) -> None:
    claim = queue.claim(result_id, "w")
    assert claim is not None
    with pytest.raises(InvalidInput):
        queue.finish(claim, [make_finding(), {}], {}, {})
    assert results.get(result_id).status == "In Progress"
    assert results.findings(result_id).items == ()
    assert queue.fail(claim, "invalid-input", "The output of the scan is not valid.")


def test_a_repository_can_have_an_unusual_name(repositories: RepositoryService) -> None:
    assert repositories.create("\N{PILE OF POO}", "https://example.org/x").name == "\N{PILE OF POO}"
