"""`--format json`: the whole report as one object; and how JSON is written."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from beca_core.reports.skipped import sorted_by_reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report, Suppressed


_OUTSIDE_ASCII: Final = re.compile(r"[^\x00-\x7e]")


class JsonReporter:
    """Write `Report.to_dict()`, one finding, and one dropped match, on each line.

    Args:
        verbose: Whether `coverage` has the members `skippedObjects`, `omittedObjects` and `acceptedObjects`.
    """

    name = "json"

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the report; `redact=False` adds the member `secret` to each finding."""
        head = replace(report, findings=(), suppressed=None).to_dict()
        del head["findings"]  # written one by one: as dictionaries, all at once would take much memory
        if self._verbose:
            lists = {"skipped": report.skipped, "omitted": report.omitted, "accepted": report.accepted}
            for kind, items in lists.items():
                head["coverage"][f"{kind}Objects"] = [item.to_dict() for item in sorted_by_reason(items)]
        stream.write(to_json(head)[:-1])
        _write_list(stream, "findings", report.findings, redact=redact)
        if report.suppressed is not None:
            _write_list(stream, "suppressed", report.suppressed, redact=redact)
            stream.write(f', "unlistedSuppressed": {report.unlisted_suppressed}')
        stream.write("}\n")


def _write_list(stream: TextIO, name: str, items: Iterable[Finding | Suppressed], *, redact: bool) -> None:
    stream.write(f', "{name}": [')
    separator = "\n"
    for item in items:
        stream.write(separator + to_json(item.to_dict(redact=redact)))
        separator = ",\n"
    stream.write("\n]")


def to_json(document: Any) -> str:
    """Return one line of JSON in printable ASCII, which is valid in every encoding and harmless on a terminal.

    A lone surrogate, which strict parsers refuse, becomes the six characters `\\udcXX`.
    """
    import json  # not needed for a table

    text = json.dumps(document, allow_nan=False)
    if "\\ud" not in text and "\x7f" not in text:
        return text
    return _OUTSIDE_ASCII.sub(_json_escape, json.dumps(document, ensure_ascii=False, allow_nan=False))


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    escape = "\\\\u" if "\ud800" <= char <= "\udfff" else "\\u"
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(escape + units[start : start + 4] for start in range(0, len(units), 4))
