"""The screen: what a hostile repository says cannot break it, and it fits into 80 columns, with and without colours."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from beca_core.cli.audit.audit_cases import AuditCase
from beca_core.cli.audit.audit_screen import ANSWERS, AuditScreen
from beca_core.cli.audit.audit_session import AuditSession, Judgement
from beca_core.findings import Commit, Confidence, Finding, Location, Position, Severity
from beca_core.report import Coverage, Report
from beca_core.reports.console import cells

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = b"hunter2" * 4
WHERE = Location("config/app.env", Position(3, 7), Position(3, 35))
FOUND = Finding(
    "acme-token",
    WHERE,
    "A token of ACME",
    Severity.CRITICAL,
    Confidence.HIGH,
    "f" * 64,
    "hunt...(28)",
    SECRET,
    commit=Commit("a" * 40, "Ada <ada@example.org>", datetime(2026, 1, 2, tzinfo=UTC)),
    occurrences=4,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[AuditScreen, io.StringIO]]:
    def make(
        *findings: Finding, terminal: bool = True, line: tuple[str, str] = ("token = ", "  # why")
    ) -> tuple[AuditScreen, io.StringIO]:
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("TERM", "xterm")
        stream = Terminal() if terminal else io.StringIO()
        lines = {(finding.location, finding.fingerprint): line for finding in findings}
        report = Report("history", findings, Coverage(), {}, lines=lines)
        return AuditScreen(stream, report, "/nowhere"), stream

    return make


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", text)


def show(screen: tuple[AuditScreen, io.StringIO], *findings: Finding, known: bool = False) -> str:
    case = AuditCase(findings, known)
    screen[0].show(AuditSession([case, case]), case)
    return screen[1].getvalue()


def test_a_case(screen: Callable[..., tuple[AuditScreen, io.StringIO]]) -> None:
    text = show(screen(FOUND, terminal=False), FOUND)
    assert text.splitlines() == [
        "",
        "1 of 2  CRITICAL  acme-token",
        "  A token of ACME, HIGH confidence",
        "  config/app.env:3:7",
        "    token = hunt...(28)  # why",
        "            ^^^^^^^^^^^",
        "    aaaaaaaaaa 2026-01-02 Ada <ada@example.org>",
        "    in 4 versions",
        "[r]eal [f]alse [t]est [a]ccepted [s]kip [u]ndo [q]uit [?]: ",
    ]


@pytest.mark.parametrize("places", [1, 2, 4, 9])
def test_all_places_are_counted(places: int, screen: Callable[..., tuple[AuditScreen, io.StringIO]]) -> None:
    findings = [replace(FOUND, location=replace(WHERE, path=f"{number}.env")) for number in range(places)]
    text = plain(show(screen(*findings), *findings))
    named = re.findall(r"\b(\d)\.env:3:7", text)
    more = re.search(r"and (\d) more", text)
    assert len(named) + (int(more[1]) if more else 0) == places


def test_what_the_baseline_knows_is_said(screen: Callable[..., tuple[AuditScreen, io.StringIO]]) -> None:
    assert "acme-token, known by the baseline" in plain(show(screen(FOUND), FOUND, known=True))


LONG = "x" * 300
HOSTILE = [
    replace(FOUND, description=f"a\x1b[2J{LONG} {LONG}"),
    replace(FOUND, location=replace(WHERE, path="\u202e/a\nb\x1b]8;;")),
    replace(FOUND, commit=replace(FOUND.commit, author="A\r\x1b[31m" + "y " * 100)),  # type: ignore[type-var]
    replace(FOUND, labels=("test", "vendored"), lowered_from=Confidence.HIGH, variant="live"),
]


@pytest.mark.parametrize("finding", HOSTILE)
def test_nothing_of_the_repository_moves_the_cursor(
    finding: Finding, screen: Callable[..., tuple[AuditScreen, io.StringIO]]
) -> None:
    text = show(screen(finding, terminal=False, line=("\x1b[2Ja\t", "\u202eb\r")), finding)
    assert all(line.isprintable() for line in text.split("\n"))
    assert SECRET.decode() not in text


@pytest.mark.parametrize("finding", [FOUND, HOSTILE[2], HOSTILE[3]])
def test_it_fits_into_80_columns(finding: Finding, screen: Callable[..., tuple[AuditScreen, io.StringIO]]) -> None:
    session = AuditSession([AuditCase((finding,), is_known=True)] * 3)
    made, stream = screen(finding, line=("a" * 100, "b" * 100))
    made.show(session, session.cases[0])
    made.answer("real")
    session.decide(Judgement.REAL)
    made.help()
    made.ask_at_end()
    made.answer("quit")
    made.end(session)
    assert max(cells(line) for line in plain(stream.getvalue()).split("\n")) <= 80


def test_colours_are_for_terminals(
    screen: Callable[..., tuple[AuditScreen, io.StringIO]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b[31m" in show(screen(FOUND), FOUND)
    assert "\x1b" not in show(screen(FOUND, terminal=False), FOUND)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", show(screen(FOUND), FOUND))


def test_help_has_each_answer(screen: Callable[..., tuple[AuditScreen, io.StringIO]]) -> None:
    made, stream = screen(FOUND)
    made.help()
    assert re.findall(r"^  (.)  ", plain(stream.getvalue()), re.MULTILINE) == list(ANSWERS)


def test_the_end_counts(screen: Callable[..., tuple[AuditScreen, io.StringIO]]) -> None:
    made, stream = screen(FOUND)
    session = AuditSession([AuditCase((FOUND,), is_known=True)] * 5)
    for judgement in (Judgement.REAL, Judgement.FALSE, Judgement.FALSE):
        session.decide(judgement)
    session.skip()
    made.end(session)
    text = plain(stream.getvalue())
    assert "3 secrets judged: 1 real, 2 false, 2 left." in text
    assert "What is real stays reported" in text
    assert "the baseline hides some" in text.replace("\n", " ")
