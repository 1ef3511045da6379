"""Reports built by hand: reporters need no scan to be tested."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.findings import Commit, Confidence, Finding, Location, Position, Severity, redact
from beca_core.report import Coverage, Report
from beca_core.reports import choose_reporter

if TYPE_CHECKING:
    from collections.abc import Callable


def build_finding(
    rule_id: str = "secret-key", path: str = "config/app.env", secret: bytes = b"private_key = 0", **changes: Any
) -> Finding:
    begin = changes.pop("begin", Position(12, 5))
    members: dict[str, Any] = {
        "rule_id": rule_id,
        "location": Location(path, begin, Position(begin.line, begin.column + 15)),
        "description": "Name of a key",
        "severity": Severity.HIGH,
        "confidence": Confidence.MEDIUM,
        "fingerprint": "0f" * 32,
        "redacted": redact(secret),
        "secret": secret,
        "commit": Commit("1a2b3c4d5e" * 4, "Ada <ada@example.org>", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    }
    return Finding(**(members | changes))


def build_report(*findings: Finding, **changes: Any) -> Report:
    members: dict[str, Any] = {
        "scope": "history",
        "findings": findings,
        "coverage": Coverage(commits=3, blobs=20, bytes=1_500_000),
        "ruleset": {"secret-key": 1},
    }
    return Report(**(members | changes))


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return build_finding


@pytest.fixture
def report() -> Callable[..., Report]:
    return build_report


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Write a report in one format, and return the text."""

    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")

    def write_report(
        name: str,
        report: Report,
        *,
        redact: bool = True,
        terminal: bool = False,
        verbose: bool = False,
        base: str | None = None,
    ) -> str:
        stream = Terminal() if terminal else io.StringIO()
        choose_reporter(name, {}, verbose=verbose, base=base).write(report, stream, redact=redact)
        return stream.getvalue()

    return write_report
