"""What `beca scan` does after its options are read."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from beca_core.cli.framework.ending import Failure, HungUp, Terminated
from beca_core.cli.framework.output import ReportOutput, open_output
from beca_core.cli.framework.standard_streams import remark, standard_output
from beca_core.cli.scans.prepared_scan import PreparedScan, is_change, is_remote
from beca_core.cli.scans.scan_request import EVENTS, STDIN, TABLE
from beca_core.cli.scans.state_file import exit_code_of, keep_state, load_state
from beca_core.errors import BecaError, InvalidInput, quoted_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from beca_core.cli.scans.progress_display import OnProgress
    from beca_core.cli.scans.scan_request import ScanRequest
    from beca_core.report import Report, Reporter
    from beca_core.state.state import State


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
        if request.format == EVENTS:
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
    from beca_core.cli.scans.supervision import end_with_stdin

    end_with_stdin()


def _write_failure(failure: Failure) -> None:
    from beca_core.reports.json_lines import EventStream

    with suppress(OSError, BecaError):
        message = f"{failure.message} {failure.hint}".rstrip()
        EventStream(standard_output(), redact=True).failed(failure.code, message)


def _scan(request: ScanRequest) -> int:
    outputs = _outputs(request)
    prepared = PreparedScan(request, {output.format or request.format for output in outputs})
    since = _state(request)
    with ExitStack() as files:
        private = not request.redact
        streams = {out: files.enter_context(open_output(out.path, private=private)) for out in outputs}
        reads_all = since is None or request.show_suppressed
        with _progress(request, streams) as notify, prepared.open(notify, reads_all=reads_all) as source:
            report = prepared.run(source, notify, since, lambda report: exit_code_of(report, request.fail_on))
        for output, stream in streams.items():
            name = output.format or request.format
            if name != TABLE or not request.quiet or request.show_suppressed or report.exit_code:
                _write(report, prepared.reporter(name), stream, request.redact)
    if request.verbose:
        _list_skipped(report)
    _remark_on_acceptance(report, is_whole=_is_whole(request))
    code = exit_code_of(report, request.fail_on)
    if request.state is not None:
        keep_state(request.state, request.fail_on, since, report, code)
    return code


def _is_whole(request: ScanRequest) -> bool:
    """Whether everything is looked at in which an entry of an allow-list can match."""
    return request.scope is None and request.rules is None and not is_change(request)


def _remark_on_acceptance(report: Report, *, is_whole: bool) -> None:
    """Name what is accepted in vain."""
    for pattern in report.unused_accepts:
        remark(f"--accept-unreadable {pattern!r:.200} accepts nothing: everything that it matches was read.")
    for entry in report.expired_allows:
        remark(f"{entry.origin!r:.80} has expired on {entry.expires}, so it hides nothing: {entry.reason!r:.200}.")
    for entry in report.stale_allows if is_whole else ():
        remark(f"{entry.origin!r:.80} matches nothing any more; `beca allow prune` removes it.")


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
    """Refuse a report that would replace what is scanned, the state, or another report."""
    outputs = [output.path for output in _outputs(request)]
    for number, path in enumerate(outputs):
        if path is None:
            continue
        for what, other in (("the target", request.target), ("the state", request.state)):
            if other is not None and _is_same(path, other):
                raise InvalidInput(f"The report would replace {what}.", hint="Name another file with --output.")
        if any(other is not None and _is_same(path, other) for other in outputs[:number]):
            raise InvalidInput(f"Two reports would go to {quoted_path(path)}.", hint="Name another file with --output.")


def _outputs(request: ScanRequest) -> Sequence[ReportOutput]:
    """Return where reports go. If each file has a format of its own, the report of --format goes to standard output."""
    given = tuple(dict.fromkeys(request.outputs))
    return given if any(output.format is None or output.path is None for output in given) else (ReportOutput(), *given)


def _is_same(output: Path, other: str | Path) -> bool:
    is_file = not output.exists() or output.is_file()  # a device stays as it is
    return is_file and os.path.realpath(output) == os.path.realpath(other)


@contextmanager
def _progress(request: ScanRequest, streams: Mapping[ReportOutput, TextIO]) -> Iterator[OnProgress | None]:
    following = [stream for output, stream in streams.items() if (output.format or request.format) == EVENTS]
    if following:
        yield _event_progress(request, following[0])
    elif sys.stderr is not None and sys.stderr.isatty():
        from beca_core.cli.scans.progress_display import terminal_progress

        with terminal_progress(fetching=is_remote(request)) as notify:
            yield notify
    else:
        yield None


def _event_progress(request: ScanRequest, stream: TextIO) -> OnProgress:
    from beca_core.cli.scans.progress_display import event_progress
    from beca_core.reports.json_lines import EventStream
    from beca_core.sources.progress import Phase, Progress

    notify = event_progress(EventStream(stream, redact=request.redact))
    if is_remote(request):
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
