"""Filters, reporters and what a plugin prints: tried with made-up findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

import pytest

from beca_core import Finding, Report, hookimpl
from beca_core.testing import assert_plugin

if TYPE_CHECKING:
    from collections.abc import Callable


class Extended:
    """A plugin with one filter or one reporter."""

    def __init__(self, *, filters: tuple[Any, ...] = (), reporters: tuple[Any, ...] = ()) -> None:
        self.filters = filters
        self.reporters = reporters

    @hookimpl
    def beca_register_filters(self) -> tuple[Any, ...]:
        return self.filters

    @hookimpl
    def beca_register_reporters(self) -> tuple[Any, ...]:
        return self.reporters


def keep_tests(finding: Finding) -> bool:
    return not finding.location.path.startswith("tests/")


def keep_nothing_said(finding: Finding) -> bool | None:
    return True if finding.commit is None else None


def keep_by_commit(finding: Finding) -> bool:
    return finding.commit.author != ""  # type: ignore[union-attr]


def keep_and_print(finding: Finding) -> bool:
    print("looking at", finding.rule_id)  # noqa: T201
    return True


class Lines:
    """A reporter that writes a line for each finding."""

    name = "lines"

    def __init__(self, line: Callable[[Finding], str]) -> None:
        self.line = line

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        stream.writelines(self.line(finding) for finding in report.findings)


def test_what_works_passes() -> None:
    assert_plugin(Extended(filters=(keep_tests,), reporters=(Lines(lambda finding: f"{finding.redacted}\n"),)))


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        (
            keep_nothing_said,
            "filter keep_nothing_said returned NoneType, and not True or False; it was asked about a fin",
        ),
        (
            keep_by_commit,
            "filter keep_by_commit raised AttributeError: 'NoneType' object has no attribute 'author', at test_ex",
        ),
        (keep_and_print, "filter keep_and_print prints, which ends up in the output of scans: looking at made-up-rule"),
    ],
)
def test_a_filter_that_does_not_work_is_reported(keep: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message.replace("(", r"\(")):
        assert_plugin(Extended(filters=(keep,)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (lambda _: "", "reporter lines wrote nothing"),
        (lambda finding: finding.secret.decode(), "reporter lines raised UnicodeDecodeError"),
        (
            lambda finding: finding.secret.decode("latin-1"),
            "reporter lines wrote the secret, and was to redact it",
        ),
        (lambda finding: finding.commit.id, "reporter lines raised AttributeError"),
    ],
)
def test_a_reporter_that_does_not_work_is_reported(line: Callable[[Finding], str], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_plugin(Extended(reporters=(Lines(line),)))


def chatty(candidate: Any) -> Any:
    print("a candidate")  # noqa: T201
    return candidate


def fragile(candidate: Any) -> Any:
    return candidate if candidate.secret.decode("ascii") else helper()


def helper() -> None:
    raise KeyError("missing")


def failing(candidate: Any) -> Any:
    helper()


def test_what_a_check_prints_is_reported(failures: Callable[..., list[str]]) -> None:
    assert "its code prints, which ends up in the output of scans: a candidate" in str(failures(checks=(chatty,)))


def test_the_cause_is_shown_where_it_is(failures: Callable[..., list[str]]) -> None:
    found = failures(checks=(failing,))
    assert any(
        "a check of rule acme-token raised KeyError: 'missing', at test_exercises.py:" in failure
        and "in helper, called from test_exercises.py:" in failure
        for failure in found
    ), found
