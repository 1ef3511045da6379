"""Reports: their JSON document, their `repr`, and `write`."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

import beca_core
from beca_core import (
    Change,
    ChangeCounts,
    Confidence,
    Coverage,
    Engine,
    Finding,
    PluginRegistry,
    Problem,
    Report,
    hookimpl,
)
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "private_key_of_acme"
FINDINGS = tuple(Engine(rules=["secret-key"]).scan_text(f"{SECRET} public_key \xff"))


def make_report(**changes: object) -> Report:
    values: dict[str, object] = {
        "scope": "files",
        "findings": FINDINGS,
        "coverage": Coverage(blobs=1, bytes=31),
        "ruleset": {"secret-key": 1},
        "decides_from": Confidence.LOW,
    }
    return Report(**(values | changes))  # type: ignore[arg-type]


def written(report: Report, format_name: str, **options: object) -> str:
    stream = io.StringIO()
    beca_core.write(report, format_name, stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


COVERAGES = st.builds(
    Coverage,
    commits=st.integers(0, 9),
    skipped=st.dictionaries(st.sampled_from(["too-large", "missing"]), st.integers(1, 9)),
    problems=st.lists(st.builds(Problem, st.text(), st.text()), max_size=2).map(tuple),
)


@given(
    findings=st.lists(st.sampled_from(FINDINGS), max_size=3).map(tuple),
    coverage=COVERAGES,
    changes=st.none() | st.builds(ChangeCounts, st.integers(0, 9)),
    redact=st.booleans(),
)
def test_the_document_is_what_the_format_json_writes(
    findings: tuple[Finding, ...], coverage: Coverage, changes: ChangeCounts | None, redact: bool
) -> None:
    report = make_report(findings=findings, coverage=coverage, changes=changes)
    document = report.to_dict(redact=redact)
    text = written(report, "json", redact=redact)
    assert json.loads(text) == document
    assert json.dumps(json.loads(text)) == json.dumps(document), "the members come in another order"


def test_the_members_of_the_document() -> None:
    assert list(make_report().to_dict()) == ["version", "beca", "scope", "coverage", "ruleset", "findings"]
    assert list(make_report(changes=ChangeCounts()).to_dict())[-2:] == ["changes", "findings"]


def test_the_document_holds_secrets_only_when_asked_for() -> None:
    assert SECRET not in json.dumps(make_report().to_dict())
    assert make_report().to_dict(redact=False)["findings"][0]["secret"] == SECRET


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (make_report(), "<Report: files, 2 findings, complete>"),
        (make_report(findings=FINDINGS[:1]), "<Report: files, 1 finding, complete>"),
        (
            make_report(findings=(), coverage=Coverage(skipped={"missing": 1})),
            "<Report: files, 0 findings, incomplete>",
        ),
        (
            make_report(changes=ChangeCounts(new=1, carried=1, gone=1200)),
            "<Report: files, 2 findings (1 new, 1,200 gone), complete>",
        ),
    ],
)
def test_the_repr_is_short_and_holds_no_secret(report: Report, text: str) -> None:
    assert repr(report) == text


def test_secrets_are_written_only_when_asked_for() -> None:
    for format_name in ("table", "json", "jsonl"):
        assert SECRET not in written(make_report(), format_name)
        assert SECRET in written(make_report(), format_name, redact=False)


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"no format 'jsn'.*Did you mean json\?"):
        written(make_report(), "jsn")


class Counter:
    """A reporter of a plugin."""

    name = "count"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        stream.write(f"{len(report.findings)} {redact}")


@hookimpl
def beca_register_reporters() -> Iterator[Counter]:
    yield Counter()


def test_the_formats_of_a_registry_can_be_written() -> None:
    registry = PluginRegistry()
    registry.register(SimpleNamespace(beca_register_reporters=beca_register_reporters), "acme")
    assert written(make_report(), "count", registry=registry) == "2 True"
    with pytest.raises(InvalidInput, match="no format 'count'"):
        written(make_report(), "count")


@pytest.mark.parametrize(
    ("confidences", "decides_from", "code"),
    [
        ((), Confidence.LOW, 0),
        ((Confidence.LOW,), Confidence.LOW, 1),
        ((Confidence.LOW,) * 3, Confidence.MEDIUM, 0),
        ((Confidence.LOW, Confidence.MEDIUM), Confidence.MEDIUM, 1),
        ((Confidence.HIGH,), Confidence.MEDIUM, 1),
        ((Confidence.HIGH,), Confidence.HIGH, 1),
    ],
)
def test_only_findings_that_are_sure_enough_decide_the_exit_code(
    confidences: tuple[Confidence, ...], decides_from: Confidence, code: int
) -> None:
    findings = tuple(replace(FINDINGS[0], confidence=confidence) for confidence in confidences)
    report = make_report(findings=findings, decides_from=decides_from)
    assert (report.exit_code, report.exit_code_for_new) == (code, code)
    assert [report.decides(each) for each in findings] == [each >= decides_from for each in confidences]
    carried = replace(report, findings=tuple(replace(each, change=Change.CARRIED) for each in findings))
    assert (carried.exit_code, carried.exit_code_for_new) == (code, 0)
    incomplete = replace(report, coverage=Coverage(skipped={"missing": 1}))
    assert (incomplete.exit_code, incomplete.exit_code_for_new) == (2, 2)


def test_the_default_is_medium() -> None:
    assert Report("text", FINDINGS, Coverage(), {}).decides_from is Confidence.MEDIUM


@pytest.mark.parametrize(
    ("asked", "decides_from", "code"),
    [(None, "MEDIUM", 0), ("low", "LOW", 1), ("medium", "MEDIUM", 0), (Confidence.HIGH, "HIGH", 0)],
)
def test_the_two_lines_of_the_first_example_decide_where_they_are_asked_for(
    asked: Confidence | str | None, decides_from: str, code: int
) -> None:
    text = b"public_keyasdf\nprivate_keyfdas\n"
    report = Engine(min_confidence=asked, cache_dir=False).scan_bytes(text)
    assert (report.decides_from, report.exit_code) == (decides_from, code)
    expected = [b"public_keyasdf", b"private_keyfdas"] if asked in (None, "low") else []
    assert [each.secret for each in report.findings] == expected
