"""Everything of a plugin but its rules, tried with made-up input."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from beca_core.findings import Commit, Confidence, Finding, Location, Position, Presence, Severity, fingerprint, redact
from beca_core.report import Coverage, Problem, Report
from beca_core.rules.rule import random_text
from beca_core.testing.contribution_exercises import (
    command_failure,
    decoder_failure,
    listener_failure,
    processor_failure,
    source_failure,
)
from beca_core.testing.workbench import cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.plugins.registration import Plugin
    from beca_core.report import Filter, Reporter

_SECRET: Final = random_text("abcdefghijklmnopqrstuvwxyz0123456789", 40, "exercises")
_SHOWN: Final = 200


def extension_failures(plugin: Plugin) -> Iterator[str]:
    """Yield what is wrong with what a plugin registers beside rules and scanners; its code runs in this process."""
    for keep in plugin.filters:
        if failure := _printed(lambda keep=keep: _filter_failure(keep)):  # type: ignore[misc]
            yield f"filter {_name(keep)} {failure}"
    for reporter in plugin.reporters:
        if failure := _printed(lambda reporter=reporter: _reporter_failure(reporter)):  # type: ignore[misc]
            yield f"reporter {reporter.name} {failure}"
    yield from _contribution_failures(plugin)


def _contribution_failures(plugin: Plugin) -> Iterator[str]:
    exercises: list[tuple[str, Callable[[], str]]] = [
        *((f"processor {_name(each)}", partial(processor_failure, each, _findings())) for each in plugin.processors),
        *((f"decoder {each.name}", partial(decoder_failure, each)) for each in plugin.decoders),
        *((f"source {each.scheme}", partial(source_failure, each)) for each in plugin.sources),
        *((f"command {each.name}", partial(command_failure, each)) for each in plugin.commands),
        *((hook, partial(listener_failure, plugin, hook)) for hook in plugin.listeners),
    ]
    for name, exercise in exercises:
        if failure := _printed(exercise):
            yield f"{name} {failure}"


def _printed(try_it: Callable[[], str]) -> str:
    """Return what is wrong, or what was printed."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        failure = try_it()
    printed = " ".join(output.getvalue().split())[:_SHOWN]
    return failure or (f"prints, which ends up in the output of scans: {printed}" if printed else "")


def _filter_failure(keep: Filter) -> str:
    for name, finding in _findings().items():
        try:
            answer: object = keep(finding)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a plugin's code
            return f"raised {cause(error)}; it was asked about {name}"
        if not isinstance(answer, bool):
            return f"returned {type(answer).__name__}, and not True or False; it was asked about {name}"
    return ""


def _reporter_failure(reporter: Reporter) -> str:
    for name, report in _reports().items():
        for is_redacted in (True, False):
            stream = io.StringIO()
            try:
                reporter.write(report, stream, redact=is_redacted)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a plugin's code
                return f"raised {cause(error)}; it was to write {name}"
            if stream.closed:
                return f"closed the stream; it was to write {name}"
            if report.findings and not stream.getvalue():
                return f"wrote nothing; it was to write {name}"
            if is_redacted and _SECRET in stream.getvalue():
                return f"wrote the secret, and was to redact it: show Finding.redacted; it was to write {name}"
    return ""


def _findings() -> dict[str, Finding]:
    """Return findings with everything that a finding may have, by what they are."""
    position = Position(3, 9)
    plain = Finding(
        rule_id="made-up-rule",
        location=Location("app/settings.py", position, Position(3, 9 + len(_SECRET))),
        description="Made-up secret",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        fingerprint=fingerprint("made-up-rule", _SECRET.encode()),
        redacted=redact(_SECRET.encode()),
        secret=_SECRET.encode(),
    )
    commit = Commit("0" * 40, "Made-up Author <author@example.org>", datetime(2026, 1, 31, 10, tzinfo=UTC))
    path = 'line\nend \x1b[31m \\xff, "quote" <tag>.env'
    hostile = Location(path, position, position, path.replace("\\xff", "\xff").encode("latin-1"))
    return {
        "a finding": plain,
        "a finding of a commit": replace(
            plain, commit=commit, in_head=False, occurrences=41, presence=Presence.REMOVED
        ),
        "a finding at a path with a line end, quotes and invalid UTF-8": replace(plain, location=hostile),
        "a finding in encoded text": replace(plain, decodings=("base64", "percent"), truncated=True),
        "a finding of an earlier scan, without its secret": replace(plain, secret=b""),
        "a finding whose secret is not UTF-8": replace(plain, secret=b"\xff\xfe" + _SECRET.encode()),
    }


def _reports() -> dict[str, Report]:
    """Return reports, by what they are."""
    findings = tuple(_findings().values())
    coverage = Coverage(
        blobs=3,
        bytes=1234,
        skipped={"too-large": 1},
        problems=(Problem("made-up", "a check of rule made-up-rule raised KeyError", 2),),
        unlisted={"made-up-rule": 7},
    )
    return {
        "a report without findings": _report((), Coverage(blobs=3, bytes=1234)),
        "a report of findings": _report(findings, Coverage(blobs=3, bytes=1234)),
        "the report of an incomplete scan": _report(findings, coverage),
    }


def _report(findings: tuple[Finding, ...], coverage: Coverage) -> Report:
    return Report("text", findings, coverage, {"made-up-rule": 1})


def _name(thing: object) -> str:
    return str(getattr(thing, "__name__", type(thing).__name__))
