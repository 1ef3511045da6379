"""Reports: their JSON document, their `repr`, and `write`."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

import beca_core
from beca_core import ChangeCounts, Coverage, Finding, PluginRegistry, Problem, Report, hookimpl, scan_text
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "private_key_of_acme"
FINDINGS = tuple(scan_text(f"{SECRET} public_key \xff"))


def make_report(**changes: object) -> Report:
    values: dict[str, object] = {
        "scope": "files",
        "findings": FINDINGS,
        "coverage": Coverage(blobs=1, bytes=31),
        "ruleset": {"secret-key": 1},
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
