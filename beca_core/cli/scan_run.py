"""What `beca scan` does after its options are read."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.cli.ending import Failure, HungUp, Terminated
from beca_core.cli.output import open_output
from beca_core.cli.scan_settings import ScanSettings
from beca_core.cli.standard_streams import remark, standard_input, standard_output
from beca_core.cli.state_file import exit_code_of, keep_state, load_state
from beca_core.errors import BecaError, InvalidInput
from beca_core.system import processes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any, TextIO

    from beca_core.cli.progress_display import OnProgress
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.report import Report, Reporter
    from beca_core.scanning.engine import Engine
    from beca_core.sources.contracts import Source
    from beca_core.sources.limits import Limits
    from beca_core.state.state import State

STDIN: Final = "-"
_EVENTS: Final = "jsonl"
_NAMED_RULES: Final = 5


class ScanRequest(NamedTuple):
    """The options of `beca scan`.

    Args:
        target: A path, a URL or `-`.
        format: Name of the output format.
        scope: `history`, `head`, `files`, or None for the default of the target.
        output: File for the report, or None for standard output.
        rules: Ids, or several ids joined by commas; None means all rules.
        redact: Whether the report shows previews in place of secrets.
        disabled_plugins: Names of plugins to leave out, beside those of the settings.
        respect_gitignore: Whether a directory is read without what its .gitignore files exclude.
        exclude_binary: Whether a directory is read without its binary files.
        worktree: Whether what is not committed in the work tree of a repository is read, and its submodules.
        accept_unreadable: Patterns of paths that are accepted as unreadable.
        limits: Fields of `Limits` that win over the settings.
        processes: Number of processes that read, or None for the value of the settings.
        cache_dir: Where compiled rules are cached, or None for the value of the settings.
        state: File with the state of an earlier scan, if it exists; this scan saves its own there. None: no state.
        fail_on: Which findings count for the exit code: `any`, `none`, or `new` for those that are not in the state.
        verbose: Whether each object that was not read is listed.
        supervised: Whether the end of standard input ends this process.
    """

    target: str
    format: str = "table"
    scope: str | None = None
    output: Path | None = None
    rules: Sequence[str] | None = None
    redact: bool = True
    disabled_plugins: Collection[str] = ()
    respect_gitignore: bool = False
    exclude_binary: bool = False
    worktree: bool = True
    accept_unreadable: Sequence[str] = ()
    limits: Mapping[str, Any] = MappingProxyType({})
    processes: int | None = None
    cache_dir: Path | None = None
    state: Path | None = None
    fail_on: str = "any"
    verbose: bool = False
    supervised: bool = False


def run(request: ScanRequest) -> int:
    """Scan, write the report, and return the exit code.

    Raises:
        BecaError: If there is no report. With the format `jsonl`, the event `failed` has been written.
    """
    try:
        with _unwinding_at(signal.SIGTERM, Terminated), _unwinding_at(signal.SIGHUP, HungUp):
            if request.supervised:
                _supervise(request)
            return _scan(request)
    except BaseException as error:
        if request.format == _EVENTS:
            _write_failure(Failure.of(error))
        raise


@contextmanager
def _unwinding_at(number: signal.Signals, kind: type[KeyboardInterrupt]) -> Iterator[None]:
    """Unwind the stack at a signal, as Python does at Ctrl-C, so that temporary files are removed.

    A signal that is ignored, as SIGHUP is below `nohup`, stays ignored.
    """

    def unwind(_number: int, _frame: object) -> None:
        raise kind

    previous = signal.getsignal(number)
    if previous is signal.SIG_IGN:
        yield
        return
    signal.signal(number, unwind)
    try:
        yield
    finally:
        signal.signal(number, previous)


def _supervise(request: ScanRequest) -> None:
    if request.target == STDIN:
        raise InvalidInput("--supervised cannot be combined with the target -: both read standard input.")
    from beca_core.cli.supervision import end_with_stdin

    end_with_stdin()


def _write_failure(failure: Failure) -> None:
    from beca_core.reports.json_lines import EventStream

    with suppress(OSError, BecaError):
        message = f"{failure.message} {failure.hint}".rstrip()
        EventStream(standard_output(), redact=True).failed(failure.code, message)


def _scan(request: ScanRequest) -> int:
    began = time.monotonic()
    settings = ScanSettings.load()
    if request.cache_dir is not None:
        settings = settings._replace(cache_dir=request.cache_dir)
    limits = _limits(request, settings)
    since = _state(request)
    tools = (
        _tools(request, settings, limits) if _is_remote(request) else None
    )  # a wrong option is refused before the fetch
    with open_output(request.output, private=not request.redact) as stream:
        with (
            _progress(request, stream) as notify,
            _open(request, settings, limits, notify, reads_all=since is None) as source,
        ):
            tools = tools or _tools(request, settings, limits)  # meanwhile git lists the history of an open repository
            engine = _engine(request, settings, tools, _with_time_left(began, limits))
            _warn_of_uncovered_rules(engine, tools.registry)
            processes.settle()  # otherwise the collection at exit would visit everything that is loaded
            gc.enable()
            report = engine.scan(
                source,
                progress=notify,
                since=since,
                with_secrets=not request.redact,
                accept_unreadable=request.accept_unreadable,
            )
        _write(report, tools.reporter, stream, request.redact)
    if request.verbose:
        _list_skipped(report)
    for pattern in report.unused_accepts:
        remark(f"--accept-unreadable {pattern!r:.200} accepts nothing: everything that it matches was read.")
    code = exit_code_of(report, request.fail_on)
    if request.state is not None:
        keep_state(request.state, request.fail_on, since, report, code)
    return code


def _is_remote(request: ScanRequest) -> bool:
    return "://" in request.target


class _Tools(NamedTuple):
    """What plugins bring to a scan."""

    registry: PluginRegistry
    rules: frozenset[str] | None
    reporter: Reporter


def _tools(request: ScanRequest, settings: ScanSettings, limits: Limits) -> _Tools:
    """Load the plugins, and choose the rules and the reporter."""
    from beca_core.plugins.registry import PluginRegistry, load_seconds
    from beca_core.reports import choose_reporter

    disabled = settings.disabled_plugins.union(request.disabled_plugins)
    registry = PluginRegistry.load(disabled=disabled, cache_dir=settings.cache_dir, seconds=load_seconds(limits))
    if not registry.rules:
        raise InvalidInput("There are no rules to scan with.", hint="`beca plugins list` shows the plugins.")
    rules = _rule_ids(request)
    if rules is not None:
        registry.select(rules)
    return _Tools(registry, rules, choose_reporter(request.format, registry.reporters, verbose=request.verbose))


def _engine(request: ScanRequest, settings: ScanSettings, tools: _Tools, limits: Limits) -> Engine:
    from beca_core.scanning.engine import Engine

    return Engine(
        tools.registry,
        rules=tools.rules,
        limits=limits,
        fingerprint_key=settings.fingerprint_key,
        processes=request.processes or settings.processes,
        cache_dir=settings.cache_dir,
    )


def _warn_of_uncovered_rules(engine: Engine, registry: PluginRegistry) -> None:
    """Name the rules that take time in every content; the scan is complete all the same."""
    ids = [rule_id for plugin in registry.plugins for rule_id in plugin.uncovered if rule_id in engine.rules]
    if ids:
        more = f" and {len(ids) - _NAMED_RULES:,} more" if len(ids) > _NAMED_RULES else ""
        named = f"{', '.join(ids[:_NAMED_RULES])}{more}"
        remark(f"Warning: tried on every content, which takes time: {named}. `beca plugins list` shows how much.")


def _state(request: ScanRequest) -> State | None:
    """Load the state of an earlier scan; check that this scan can save one, and that its report replaces neither."""
    _refuse_overwriting(request)
    if request.state is not None:
        return load_state(request.state, request.fail_on)
    if request.fail_on == "new":
        raise InvalidInput(
            "--fail-on new needs --state, which says what is known.", hint="Name the file of a state with --state."
        )
    return None


def _refuse_overwriting(request: ScanRequest) -> None:
    """Refuse a report that would replace what is scanned, or the state."""
    if request.output is None:
        return
    for what, other in (("the target", request.target), ("the state", request.state)):
        if other is not None and _is_same(request.output, other):
            raise InvalidInput(f"The report would replace {what}.", hint="Name another file with --output.")


def _is_same(output: Path, other: str | Path) -> bool:
    is_file = not output.exists() or output.is_file()  # a device stays as it is
    return is_file and os.path.realpath(output) == os.path.realpath(other)


def _limits(request: ScanRequest, settings: ScanSettings) -> Limits:
    limits = replace(settings.limits, **request.limits)
    return replace(limits, fetch_seconds=limits.scan_seconds)


def _with_time_left(began: float, limits: Limits) -> Limits:
    """Return the limits with the seconds that remain of the scan's time."""
    return replace(limits, scan_seconds=max(0.0, limits.scan_seconds - (time.monotonic() - began)))


def _rule_ids(request: ScanRequest) -> frozenset[str] | None:
    if request.rules is None:
        return None
    ids = frozenset(rule_id.strip() for given in request.rules for rule_id in given.split(",")) - {""}
    if not ids:
        raise InvalidInput("--rules names no rule.", hint="`beca rules list` shows all rules.")
    return ids


def _open(
    request: ScanRequest, settings: ScanSettings, limits: Limits, notify: OnProgress | None, *, reads_all: bool
) -> AbstractContextManager[Source]:
    if request.target != STDIN:
        from beca_core.sources.target import open_source

        return open_source(
            request.target,
            scope=request.scope,
            limits=limits,
            url_policy=settings.url_policy,
            respect_gitignore=request.respect_gitignore,
            exclude_binary=request.exclude_binary,
            worktree=request.worktree,
            progress=notify,
            reads_all=reads_all,
        )
    _refuse_choice_of_files(request)
    from beca_core.sources.texts import StreamSource

    return closing(StreamSource(standard_input()))


def _refuse_choice_of_files(request: ScanRequest) -> None:
    """Refuse what has no effect on standard input."""
    if request.scope is not None:
        raise InvalidInput("--scope cannot be used with standard input, which has one scope only: text.")
    for name in ("respect_gitignore", "exclude_binary"):
        if getattr(request, name):
            option = f"--{name.replace('_', '-')}"
            raise InvalidInput(f"{option} cannot be used with standard input.", hint="Leave it out.")


@contextmanager
def _progress(request: ScanRequest, stream: TextIO) -> Iterator[OnProgress | None]:
    if request.format == _EVENTS:
        yield _event_progress(request, stream)
    elif sys.stderr is not None and sys.stderr.isatty():
        from beca_core.cli.progress_display import terminal_progress

        with terminal_progress(fetching=_is_remote(request)) as notify:
            yield notify
    else:
        yield None


def _event_progress(request: ScanRequest, stream: TextIO) -> OnProgress:
    from beca_core.cli.progress_display import event_progress
    from beca_core.report import Phase, Progress
    from beca_core.reports.json_lines import EventStream

    notify = event_progress(EventStream(stream, redact=request.redact))
    if _is_remote(request):
        notify(Progress(phase=Phase.FETCHING))
    return notify


def _list_skipped(report: Report) -> None:
    from beca_core.reports.skipped import skipped_lines

    lists = {"Skipped": report.skipped, "Omitted": report.omitted, "Accepted": report.accepted}
    for word, items in lists.items():
        for line in skipped_lines(items, word=word):
            remark(line)


def _write(report: Report, reporter: Reporter, stream: TextIO, redact: bool) -> None:
    try:
        reporter.write(report, stream, redact=redact)
    except (OSError, BecaError):
        raise
    except (Exception, SystemExit) as error:
        from beca_core.reports import BUILTIN_FORMATS

        if reporter.name in BUILTIN_FORMATS:
            raise
        raise BecaError(
            f"The reporter of the format {reporter.name!r:.80} raised {type(error).__name__}.",
            hint="It comes from a plugin; `beca plugins list` shows them. Choose another format.",
        ) from error
