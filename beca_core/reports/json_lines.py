"""`--format jsonl`: a stream of events, one JSON object on each line. A worker follows a scan through it.

Each event has `version` and `type`. The types come in this order: any number of `progress`, each `finding`, each
`allowed`, with `--show-suppressed` each `suppressed`, with `--verbose` each `skipped`, `omitted` and `accepted`, then
`coverage`, and at last `done`. If the scan fails at any point, `failed` is the last event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.reports.json_document import to_json
from beca_core.reports.skipped import sorted_by_reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report
    from beca_core.sources.progress import Progress

EVENTS_VERSION: Final = 1
"""Version of the events; members and types may be added without a new one."""


class EventStream:
    """Write events as they happen.

    Args:
        stream: Text stream to write to; it stays open.
        redact: Whether findings have no member `secret`.
        verbose: Whether each object that was not read is an event of its own.
        former_fingerprint: Returns the fingerprint that the key before gives a finding, or None; for workers only.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        redact: bool,
        verbose: bool = False,
        former_fingerprint: Callable[[Finding], str | None] | None = None,
    ) -> None:
        self._stream = stream
        self._redact = redact
        self._verbose = verbose
        self._former_fingerprint = former_fingerprint

    def progress(self, progress: Progress) -> None:
        """Write a `progress` event."""
        self._write("progress", progress.to_dict())
        self._stream.flush()

    def report(self, report: Report) -> None:
        """Write the findings and the coverage, and end the stream with `done`."""
        for finding in report.findings:
            self._write("finding", {"finding": self._document(finding)})
        for item in report.allowed:
            self._write("allowed", item.to_dict(redact=self._redact))
        for item in report.suppressed or ():
            self._write("suppressed", item.to_dict(redact=self._redact))
        if self._verbose:
            lists = {"skipped": report.skipped, "omitted": report.omitted, "accepted": report.accepted}
            for kind, items in lists.items():
                for skipped in sorted_by_reason(items):
                    self._write(kind, skipped.to_dict())
        self._write("coverage", report.head())
        self._write("done", {"findings": len(report.findings)})
        self._stream.flush()

    def failed(self, code: str, message: str) -> None:
        """End the stream with the reason why there is no report.

        Args:
            code: A word for programs, such as `BecaError.code`.
            message: A sentence for a person.
        """
        self._write("failed", {"code": code, "message": message})
        self._stream.flush()

    def _document(self, finding: Finding) -> dict[str, Any]:
        document = finding.to_dict(redact=self._redact)
        former = self._former_fingerprint and self._former_fingerprint(finding)
        return document | {"formerFingerprint": former} if former else document

    def _write(self, kind: str, members: dict[str, Any]) -> None:
        self._stream.write(to_json({"version": EVENTS_VERSION, "type": kind, **members}) + "\n")


class JsonLinesReporter:
    """Write a finished report as events.

    Args:
        verbose: Whether each object that was not read is an event of its own.
        former_fingerprint: As for `EventStream`.
    """

    name = "jsonl"

    def __init__(
        self, *, verbose: bool = False, former_fingerprint: Callable[[Finding], str | None] | None = None
    ) -> None:
        self._verbose = verbose
        self._former_fingerprint = former_fingerprint

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write all events but `progress`; `redact=False` adds the member `secret` to each finding."""
        events = EventStream(stream, redact=redact, verbose=self._verbose, former_fingerprint=self._former_fingerprint)
        events.report(report)
