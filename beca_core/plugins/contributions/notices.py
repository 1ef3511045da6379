"""What plugins are told: that a scan starts or has ended, and what has changed on a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeAlias


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """A scan that begins.

    Args:
        target: What is scanned: a path, a URL without user, password and query, or what the caller calls it.
        scope: What is looked at: `history`, `head`, `files` or `text`.
        rules: Ids of the rules that take part, sorted.
        resumes: Whether it continues an earlier scan, so that it reads only what is new.
    """

    target: str
    scope: str
    rules: tuple[str, ...] = ()
    resumes: bool = False


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """A scan that has ended, with a report or without one.

    Args:
        target: As in `ScanStarted`.
        scope: As in `ScanStarted`.
        seconds: How long it took.
        exit_code: That of the command line; of a scan by the library, `Report.exit_code`.
        findings: Number of findings.
        new: Number of findings that the earlier scan did not have; None: there was none.
        severities: Number of findings by severity, without those that have none.
        by_rule: Number of findings by rule, without those that have none.
        coverage: The coverage in its JSON shape; empty: there is no report.
        failure: The code of the error that ended it without a report, such as `source-unreadable`; empty: none did.
    """

    target: str
    scope: str
    seconds: float
    exit_code: int
    findings: int = 0
    new: int | None = None
    severities: Mapping[str, int] = field(default_factory=dict)
    by_rule: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, Any] = field(default_factory=dict)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One change that a server made. What it is about may have changed again, or have been deleted, since.

    Args:
        id: Its number; later events have greater ones. An event that comes again has the same.
        kind: `result-ended`, `issue-opened`, `issue-fixed`, `issue-reopened`, `issue-moved` or `issue-renamed`.
        at: When, in RFC 3339 form.
        repository_id: The repository; None if that is not known any more.
        result_id: The scan that ended, or that saw the change; None: it was not a scan.
        result: The scan as `GET /results/{id}` shows it now, without findings, coverage and rule set; empty: it was
            deleted.
        issue: The issue as `GET /issues/{id}` shows it now, without its history and places; empty: the event is not
            about an issue, or it was deleted.
        before: Of an issue that was moved the path before, of one whose rule was renamed the rule before.
        after: The same after the change.
    """

    id: int
    kind: str
    at: str
    repository_id: int | None = None
    result_id: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    issue: Mapping[str, Any] = field(default_factory=dict)
    before: str | None = None
    after: str | None = None


Notice: TypeAlias = ScanStarted | ScanFinished | ServerEvent

_KINDS: Final[Mapping[str, type[Notice]]] = {
    "beca_scan_started": ScanStarted,
    "beca_scan_finished": ScanFinished,
    "beca_server_event": ServerEvent,
}


def to_request(notice: Notice) -> dict[str, Any]:
    """Return a notice as plain data."""
    return {each.name: _plain(getattr(notice, each.name)) for each in fields(notice)}


def of_request(hook: str, members: Mapping[str, Any]) -> Notice:
    """Return the notice that `to_request` has described."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in members.items()
    }
    return _KINDS[hook](**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value
