"""`--format json`: the whole report as one object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from beca_core.reports.escaping import to_json
from beca_core.reports.skipped import sorted_by_reason

if TYPE_CHECKING:
    from typing import TextIO

    from beca_core.report import Report


class JsonReporter:
    """Write `Report.to_dict()`, one finding on each line.

    Args:
        verbose: Whether `coverage` has the member `skippedObjects`.
    """

    name = "json"

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the report; `redact=False` adds the member `secret` to each finding."""
        head = replace(report, findings=()).to_dict()
        del head["findings"]  # written one by one: as dictionaries, all at once would take much memory
        if self._verbose:
            head["coverage"]["skippedObjects"] = [item.to_dict() for item in sorted_by_reason(report.skipped)]
        stream.write(f'{to_json(head)[:-1]}, "findings": [')
        separator = "\n"
        for finding in report.findings:
            stream.write(separator + to_json(finding.to_dict(redact=redact)))
            separator = ",\n"
        stream.write("\n]}\n")
