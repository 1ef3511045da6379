"""Plugins hear of a scan: when it begins, and when it has ended. Nothing that they do then changes its outcome."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from beca_core.errors import BecaError, PluginFailed
from beca_core.findings import Change
from beca_core.matching.code_apart import CallLimit
from beca_core.plugins.hookspecs import NOTICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from beca_core.plugins.contributions.notices import Notice, ScanFinished, ScanStarted
    from beca_core.plugins.registration import Plugin
    from beca_core.report import Report

_STARTED, _FINISHED = NOTICES
_SECONDS_AT_AN_INTERRUPT: Final = 1.0
_INTERRUPTED: Final = 130
_SHARE: Final = 1 / 6
_LEAST_SECONDS: Final = 0.25


def announced(
    scan: Callable[[], Report],
    begins: ScanStarted,
    plugins: Iterable[Plugin],
    *,
    seconds: float,
    exit_code: Callable[[Report], int] | None = None,
) -> Report:
    """Run a scan, and tell the plugins that want to know.

    Args:
        scan: Runs the scan.
        begins: What they are told of it.
        plugins: The plugins.
        seconds: Time for each call.
        exit_code: Returns the exit code that they are told; None: that of the report.
    """
    listening = [plugin for plugin in plugins if plugin.listeners]
    if not listening:
        return scan()
    began = time.monotonic()
    _tell(listening, _STARTED, begins, seconds)
    try:
        report = scan()
    except BaseException as error:
        if not isinstance(error, Exception):  # the user waits for the end
            seconds = min(seconds, _SECONDS_AT_AN_INTERRUPT)
        _tell(listening, _FINISHED, _failure(begins, error, time.monotonic() - began), seconds)
        raise
    code = report.exit_code if exit_code is None else exit_code(report)
    _tell(listening, _FINISHED, _end(begins, report, code, time.monotonic() - began), seconds)
    return report


def shown_target(target: str | os.PathLike[str]) -> str:
    """Return a path, or a URL without anything that could be a credential: user, password, query and fragment."""
    text = os.fsdecode(target)
    if "://" not in text:
        return text if os.path.lexists(text) else text.rpartition("@")[2]
    from urllib.parse import urlsplit  # most scans are of a path

    parts = urlsplit(text)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def call_seconds(plugin_seconds: float, scan_seconds: float) -> float:
    """Return the time for one call: that of all calls of plugins, and at most a sixth of that of the scan."""
    return min(plugin_seconds, max(_LEAST_SECONDS, _SHARE * scan_seconds))


def _end(begins: ScanStarted, report: Report, exit_code: int, seconds: float) -> ScanFinished:
    from beca_core.plugins.contributions.notices import ScanFinished  # here and below: most plugins hear of nothing

    findings = report.findings
    return ScanFinished(
        target=begins.target,
        scope=begins.scope,
        seconds=seconds,
        exit_code=exit_code,
        findings=len(findings),
        new=None if report.changes is None else sum(each.change is Change.NEW for each in findings),
        severities=dict(Counter(str(each.severity) for each in findings)),
        by_rule=dict(Counter(each.rule_id for each in findings)),
        coverage=report.coverage.to_dict(),
    )


def _failure(begins: ScanStarted, error: BaseException, seconds: float) -> ScanFinished:
    from beca_core.plugins.contributions.notices import ScanFinished

    code, exit_code = "internal-error", 2
    if isinstance(error, BecaError):
        code, exit_code = error.code, error.exit_code
    elif isinstance(error, KeyboardInterrupt):
        code, exit_code = "interrupted", _INTERRUPTED
    return ScanFinished(begins.target, begins.scope, seconds, exit_code, failure=code)


def _tell(plugins: Iterable[Plugin], hook: str, notice: Notice, seconds: float) -> None:
    for plugin in plugins:
        listener = plugin.listeners.get(hook)
        if listener is None:
            continue
        try:
            if (tell_within := getattr(listener, "tell_within", None)) is not None:
                tell_within(notice, CallLimit(seconds))
            else:
                listener(notice)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a listener is a plugin's code
            _warn(plugin.name, hook, error)


def _warn(plugin: str, hook: str, error: BaseException) -> None:
    """Log what a plugin did wrong; only the type of an exception, because its text may hold scanned data."""
    import logging  # most scans need no log

    event = error.event if isinstance(error, PluginFailed) else f"raised {type(error).__name__}"
    logging.getLogger("beca").warning("Plugin %.80s: %s %.80s; the scan is as it would be.", plugin, hook, event)
