"""`beca audit`: somebody judges the findings of a scan, one by one."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.cli.audit.audit_session import REASONS, AuditSession, Judgement
from beca_core.cli.framework.command import Command
from beca_core.cli.framework.options import choice, parsed
from beca_core.cli.framework.standard_streams import remark, say, standard_output
from beca_core.errors import InvalidInput, quoted_path

if TYPE_CHECKING:
    from beca_core.cli.audit.answers import KeyAnswers, LineAnswers
    from beca_core.cli.audit.audit_record import AuditRecord
    from beca_core.cli.audit.audit_screen import AuditScreen
    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.cli.scans.prepared_scan import PreparedScan
    from beca_core.findings import Finding

_JUDGEMENTS: Final = {judgement.value[0]: judgement for judgement in Judgement}


def _declare(parser: CommandParser) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", default=".", help="What is scanned. Default: .")
    parser.add_argument("--scope", help="What to scan; as for `beca scan`.", **choice("history", "head", "files"))
    parser.add_argument("--new", action="store_true", help="Leave out what the baseline knows.")
    parser.add_argument("--again", action="store_true", help="Ask also about what was judged real before.")
    parser.add_argument(
        "--min-confidence",
        help="Least confidence of what is asked about. Default: medium.",
        **choice("low", "medium", "high", any_case=True),
    )
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="The baseline. Default: as for `beca scan`.")
    parser.add_argument("--owner", metavar="NAME", default="", help="Owner of the entries of the allow-list.")
    parser.add_argument("--expires", help="Last day on which the entries hold.", **parsed(_day, "DATE"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Write it as 2030-01-31.") from None


def audit(
    target: str,
    scope: str | None,
    min_confidence: str | None,
    baseline: Path | None,
    owner: str,
    expires: date | None,
    *,
    new: bool,
    again: bool,
) -> None:
    """Judge the findings of a scan, one by one.

    Each secret is shown once, with its line and the secret masked, and is real, false, a test or accepted. What is
    false, a test or accepted becomes an entry of the allow-list in the configuration, with a reason. What is real stays
    reported, and is noted in `.beca.audit`, so that it is not asked about again. Each decision is written at once: the
    walk can be ended at any time, and goes on where it was.

    On a terminal, an answer is a key. Otherwise it is a line: the letter, and maybe a reason.
    """
    from beca_core.cli.audit.audit_cases import audit_cases
    from beca_core.cli.audit.audit_record import AuditRecord
    from beca_core.cli.audit.audit_screen import AuditScreen
    from beca_core.cli.scans.prepared_scan import PreparedScan
    from beca_core.cli.scans.scan_request import TABLE, ScanRequest

    if not Path(target).is_dir():
        raise InvalidInput("The target is not a directory, so it cannot hold what is decided.")
    request = ScanRequest(target, scope=scope, baseline=baseline, min_confidence=min_confidence)
    prepared = PreparedScan(request, formats=(TABLE,))
    record = AuditRecord(target, prepared.settings.fingerprint_key, owner, expires)
    known_by = _Known(prepared)
    report = prepared.without_baseline().scan()
    if not report.coverage.complete:
        remark("Warning: not everything could be read, so there may be more. `beca scan` says why.")
    findings = [finding for finding in report.findings if report.decides(finding)]
    judged = frozenset() if again else record.judged_real(findings)
    findings = [finding for number, finding in enumerate(findings) if number not in judged]
    cases = audit_cases(findings, known_by.numbers(findings))
    session = AuditSession([case for case in cases if not (new and case.is_known)])
    if not session.cases:
        say("There is nothing to judge.")
        return
    screen = AuditScreen(standard_output(), report, str(Path(target).resolve()))
    with _answers() as answers:
        _walk(session, screen, answers, record)
    screen.end(session)
    if session.decisions:
        say(f"To be committed: {', '.join(quoted_path(os.path.relpath(path)) for path in record.files)}")


class _Known:
    """What the baseline of a scan knows.

    Args:
        prepared: The scan.
    """

    def __init__(self, prepared: PreparedScan) -> None:
        from beca_core.scanning.suppression.baseline import Baseline

        path = prepared.request.baseline
        self._baseline = None if path is None else Baseline.load(path, prepared.settings.fingerprint_key)

    def numbers(self, findings: list[Finding]) -> frozenset[int]:
        """Return the numbers of the findings that are known."""
        return frozenset() if self._baseline is None else self._baseline.known(findings)


def _answers() -> KeyAnswers | LineAnswers:
    from beca_core.cli.audit.answers import KeyAnswers, LineAnswers

    if sys.stdin is None:
        raise InvalidInput("Standard input is closed, so there is nobody to ask.")
    return KeyAnswers(sys.stdin) if sys.stdin.isatty() else LineAnswers(sys.stdin)


def _walk(session: AuditSession, screen: AuditScreen, answers: KeyAnswers | LineAnswers, record: AuditRecord) -> None:
    while True:
        if (case := session.current) is not None:
            screen.show(session, case)
        else:
            screen.ask_at_end()
        key, reason = answers.read()
        if key in ("", "q"):
            screen.answer("quit")
            return
        if key == "u":
            screen.answer("undo" if session.undo() else "there is nothing to undo")
            record.save(session.decisions)
        elif case is None:
            screen.help()
        elif judgement := _JUDGEMENTS.get(key):
            screen.answer(judgement.value)
            if judgement in REASONS:
                reason = reason or answers.reason(REASONS[judgement], screen.ask)
            session.decide(judgement, reason)
            record.save(session.decisions)
        elif key == "s":
            screen.answer("skip")
            session.skip()
        else:
            screen.help()


COMMANDS: Final = {"audit": Command(audit, _declare)}
