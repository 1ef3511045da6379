"""What an audit shows: a case with its source line, the answers that are possible, and what was decided."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from beca_core.cli.audit.audit_session import Judgement
from beca_core.reports.console import Console, Style
from beca_core.reports.escaping import printable
from beca_core.reports.shared.phrasing import counted
from beca_core.reports.table_rows import SEVERITY_STYLES, TableRows

if TYPE_CHECKING:
    from typing import TextIO

    from beca_core.cli.audit.audit_cases import AuditCase
    from beca_core.cli.audit.audit_session import AuditSession
    from beca_core.report import Report

ANSWERS: Final = {
    "r": "real: a secret; it stays reported, and is not asked about again",
    "f": "false: no secret",
    "t": "test: made up, or for tests only",
    "a": "accepted: a secret, and the risk is accepted",
    "s": "skip: decide later",
    "u": "undo: back to the one before",
    "q": "quit: what was decided is kept",
    "?": "this help",
}
"""What can be answered, by key."""
_MOST_PLACES: Final = 3


class AuditScreen:
    """Writes to a stream; only a terminal gets colours, and 80 columns are enough.

    Args:
        stream: The stream.
        report: The report of the scan.
        base: The directory to which the paths are relative.
    """

    def __init__(self, stream: TextIO, report: Report, base: str) -> None:
        self._console = Console(stream)
        self._stream = stream
        self._rows = TableRows(self._console, report, redact=True, base=base)

    def show(self, session: AuditSession, case: AuditCase) -> None:
        """Show a case, and what can be answered."""
        console, finding = self._console, case.first
        severity = console.paint(finding.severity.value, SEVERITY_STYLES[finding.severity])
        rule = console.paint(printable(finding.rule_id), Style.BOLD)
        known = ", known by the baseline" if case.is_known else ""
        console.line()
        console.prose(f"{session.number + 1:,} of {len(session.cases):,}  {severity}  {rule}{known}", hang=2)
        console.prose(f"  {printable(finding.description)}, {finding.confidence.value} confidence", hang=2)
        place, path = self._rows.place(finding)
        console.line(f"  {console.link(place, path)}")
        self._rows.write_source(finding)
        for note in self._rows.notes(finding, with_commit=True):
            console.prose(f"    {console.paint(note, Style.DIM)}", hang=4)
        if others := [self._rows.place(each)[0] for each in case.findings[1:]]:
            more = f" and {len(others) - _MOST_PLACES:,} more" if len(others) > _MOST_PLACES else ""
            console.prose(f"    also at {', '.join(others[:_MOST_PLACES])}{more}", hang=4)
        self.ask("[r]eal [f]alse [t]est [a]ccepted [s]kip [u]ndo [q]uit [?]: ")

    def ask_at_end(self) -> None:
        """Ask what to do after the last case."""
        self._console.line()
        self.ask("That was the last one. [u]ndo [q]uit [?]: ")

    def ask(self, question: str) -> None:
        """Write a question without a line end."""
        self._stream.write(question)
        self._stream.flush()

    def answer(self, text: str) -> None:
        """Write what was understood, after the question."""
        self._console.line(text)

    def help(self) -> None:
        """Write what each key means."""
        self._console.line()
        for key, meaning in ANSWERS.items():
            self._console.prose(f"  {key}  {meaning}", hang=5)
        self._console.prose("Without a terminal, an answer is a line; a reason can follow the letter.")

    def end(self, session: AuditSession) -> None:
        """Write what was decided, and what follows."""
        console, decisions = self._console, session.decisions
        counts = Counter(decision.judgement for decision in decisions)
        console.line()
        said = [f"{counts[judgement]:,} {judgement.value}" for judgement in Judgement if counts[judgement]]
        left = len(session.cases) - len(decisions)
        said += [f"{left:,} left"] if left else []
        summary = f"{counted(len(decisions), 'secret')} judged: {', '.join(said)}."
        console.prose(console.paint(summary, Style.BOLD))
        if counts[Judgement.REAL]:
            console.prose("What is real stays reported: revoke it where it was issued, then remove it.")
        if any(each.judgement is Judgement.REAL and each.case.is_known for each in decisions):
            console.prose("Of what is real, the baseline hides some; `beca baseline update` drops it once it is gone.")
