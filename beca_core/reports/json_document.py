"""`--format json`: the whole report as one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.reports.escaping import to_json
from beca_core.reports.skipped import in_order

if TYPE_CHECKING:
    from typing import TextIO

    from beca_core.report import Report

VERSION: Final = 1
"""Version of the document; members may be added without a new one."""


class JsonReporter:
    """Write `{"version", "scope", "coverage", "ruleset", "findings"}`, one finding a line.

    After a scan that went on from an earlier one there is `changes` too.

    Args:
        verbose: Whether `coverage` has the member `skippedObjects`.
    """

    name = "json"

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the report; `redact=False` adds the member `secret` to each finding."""
        head = {"version": VERSION, **report.head()}
        if self._verbose:
            head["coverage"]["skippedObjects"] = [item.to_dict() for item in in_order(report.skipped)]
        stream.write(f'{to_json(head)[:-1]}, "findings": [')
        separator = "\n"
        for finding in report.findings:
            stream.write(separator + to_json(finding.to_dict(redact=redact)))
            separator = ",\n"
        stream.write("\n]}\n")
