"""SARIF and JUnit through readers that others have written: models made from the schema, and a parser."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from junitparser import Failure, JUnitXml
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from beca_core.findings import FindingPart, Position
from beca_core.reports import choose_reporter
from tests.core.reports.test_hostile_reports import REPORTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.findings import Finding
    from beca_core.report import Report


def written(name: str, report: Report) -> str:
    stream = io.StringIO()
    choose_reporter(name, {}).write(report, stream, redact=True)
    return stream.getvalue()


def test_sarif_with_everything_is_valid(finding: Callable[..., Finding], report: Callable[..., Report]) -> None:
    part = FindingPart("id", Position(1, 1), Position(1, 3), "AK", public=True)
    log = SarifLog.model_validate_json(written("sarif", report(finding(parts=(part,)))))
    (result,) = log.runs[0].results
    assert result.relatedLocations[0].message.text == "id: AK"


def test_the_reader_refuses_what_is_not_sarif(finding: Callable[..., Finding], report: Callable[..., Report]) -> None:
    text = written("sarif", report(finding())).replace('"startLine": 12', '"startLine": 0')
    with pytest.raises(ValidationError):
        SarifLog.model_validate_json(text)


@pytest.mark.slow
@given(report=REPORTS)
@settings(deadline=None)
def test_any_report_is_valid_sarif(report: Report) -> None:
    log = SarifLog.model_validate_json(written("sarif", report))
    assert len(log.runs[0].results) == len(report.findings)


@pytest.mark.slow
@given(report=REPORTS)
@settings(deadline=None)
def test_any_report_is_junit_xml(report: Report) -> None:
    (suite,) = JUnitXml.fromstring(written("junit", report).encode())
    failed = [case for case in suite if any(isinstance(result, Failure) for result in case.result)]
    assert len(failed) == suite.failures == sum(map(report.decides, report.findings))
    assert suite.tests == len(list(suite))
