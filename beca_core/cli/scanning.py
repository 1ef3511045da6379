"""What `beca scan` does once its options are read."""

from __future__ import annotations

import signal
import sys
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from beca_core.cli.command import Failure, Terminated
from beca_core.cli.output import open_output
from beca_core.cli.progress import event_progress, terminal_progress
from beca_core.cli.scan_settings import ScanSettings
from beca_core.cli.streams import standard_input, standard_output
from beca_core.cli.supervision import end_with_stdin
from beca_core.engine import Engine
from beca_core.errors import BecaError, InvalidInput
from beca_core.hookspecs import ENTRY_POINT_GROUP
from beca_core.plugins import PluginRegistry
from beca_core.reports import BUILTIN_FORMATS, choose_reporter
from beca_core.reports.json_lines import EventStream
from beca_core.sources.target import open_target
from beca_core.sources.text import TextSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import TextIO

    from beca_core.cli.progress import Notify
    from beca_core.report import Report, Reporter
    from beca_core.sources import Limits, Source

STDIN: Final = "-"
_EVENTS: Final = "jsonl"


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """The options of `beca scan`.

    Args:
        target: A path, a URL or `-`.
        format: Name of the output format.
        scope: `history`, `head`, `files`, or None for what suits the target.
        output: File for the report, or None for standard output.
        rules: Ids, each possibly several joined by commas, or None for all rules.
        redact: Whether the report shows previews in place of secrets.
        disabled_plugins: Names of plugins to leave out, beside those of the settings.
        max_blob_bytes: Bound on contents, or None for that of the settings.
        supervised: Whether the end of standard input ends this process.
    """

    target: str
    format: str = "table"
    scope: str | None = None
    output: Path | None = None
    rules: tuple[str, ...] | None = None
    redact: bool = True
    disabled_plugins: frozenset[str] = frozenset()
    max_blob_bytes: int | None = None
    supervised: bool = False


def run(request: ScanRequest) -> int:
    """Scan, write the report, and return the exit code.

    Raises:
        BecaError: If there is no report; with the format `jsonl` the event `failed` has been written then.
    """
    try:
        with _unwinding_at_sigterm():
            if request.supervised:
                _supervise(request)
            return _scan(request)
    except BaseException as error:
        if request.format == _EVENTS:
            _write_failure(Failure.of(error))
        raise


@contextmanager
def _unwinding_at_sigterm() -> Iterator[None]:
    """Remove temporary files when asked to end, as Python does by itself at Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def _supervise(request: ScanRequest) -> None:
    if request.target == STDIN:
        raise InvalidInput("A supervised scan cannot read its text from standard input.")
    end_with_stdin()


def _write_failure(failure: Failure) -> None:
    with suppress(OSError, BecaError):
        message = f"{failure.message} {failure.hint}".rstrip()
        EventStream(standard_output(), redact=True).failed(failure.code, message)


def _scan(request: ScanRequest) -> int:
    settings = ScanSettings.load()
    limits = _limits(request, settings)
    _refuse_unknown_plugins(request.disabled_plugins)
    registry = PluginRegistry.load(disabled=settings.disabled_plugins | request.disabled_plugins)
    if not registry.rules:
        raise InvalidInput("There are no rules to scan with.", hint="`beca plugins list` shows the plugins.")
    reporter = choose_reporter(request.format, registry.reporters)
    engine = Engine(registry, rules=_rule_ids(request), limits=limits, fingerprint_key=settings.fingerprint_key)
    with open_output(request.output, private=not request.redact) as stream:
        with _progress(request, stream) as notify, _open(request, settings, limits) as source:
            report = engine.scan(source, progress=notify)
        _write(report, reporter, stream, request.redact)
    return report.exit_code


def _limits(request: ScanRequest, settings: ScanSettings) -> Limits:
    if request.max_blob_bytes is None:
        return settings.limits
    return replace(settings.limits, max_blob_bytes=request.max_blob_bytes)


def _refuse_unknown_plugins(names: frozenset[str]) -> None:
    if unknown := names and names - {plugin.name for plugin in entry_points(group=ENTRY_POINT_GROUP)}:
        raise InvalidInput(
            f"There is no plugin {min(unknown)!r:.80} to leave out.", hint="`beca plugins list` shows all plugins."
        )


def _rule_ids(request: ScanRequest) -> frozenset[str] | None:
    if request.rules is None:
        return None
    ids = frozenset(rule_id.strip() for given in request.rules for rule_id in given.split(",")) - {""}
    if not ids:
        raise InvalidInput("--rules names no rule.", hint="`beca rules list` shows all rules.")
    return ids


def _open(request: ScanRequest, settings: ScanSettings, limits: Limits) -> AbstractContextManager[Source]:
    if request.target != STDIN:
        return open_target(request.target, scope=request.scope, limits=limits, url_policy=settings.url_policy)
    if request.scope is not None:
        raise InvalidInput("--scope has no meaning for standard input.")
    return closing(TextSource(standard_input().read(limits.max_blob_bytes + 1), "<stdin>"))


@contextmanager
def _progress(request: ScanRequest, stream: TextIO) -> Iterator[Notify | None]:
    if request.format == _EVENTS:
        yield event_progress(EventStream(stream, redact=request.redact))
    elif sys.stderr is not None and sys.stderr.isatty():
        with terminal_progress(fetching="://" in request.target) as notify:
            yield notify
    else:
        yield None


def _write(report: Report, reporter: Reporter, stream: TextIO, redact: bool) -> None:
    try:
        reporter.write(report, stream, redact=redact)
    except (OSError, BecaError):
        raise
    except (Exception, SystemExit) as error:
        if reporter.name in BUILTIN_FORMATS:
            raise
        raise BecaError(
            f"The reporter of the format {reporter.name!r:.80} raised {type(error).__name__}.",
            hint="It comes from a plugin; `beca plugins list` shows them. Choose another format.",
        ) from error
