"""How the command line ends: with an exit code and at most one message, which never holds a secret."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from beca_core.cli.framework.standard_streams import remark
from beca_core.errors import BecaError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Terminated(KeyboardInterrupt):
    """Raised when SIGTERM asks this process to end. Not a `SystemExit`, because those of plugins are contained."""


class HungUp(KeyboardInterrupt):
    """Raised when SIGHUP says that the terminal is gone."""


class Failure(NamedTuple):
    """Why a command failed.

    Args:
        code: A word for machines.
        message: A sentence for a person.
        hint: What to do about it, or an empty string.
        exit_code: Exit code of the process.
    """

    code: str
    message: str
    hint: str = ""
    exit_code: int = 2

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Describe an exception. Unexpected ones are not quoted, because their text may hold scanned data."""
        if isinstance(error, BecaError):
            return cls(error.code, error.message, error.hint, error.exit_code)
        if isinstance(error, KeyboardInterrupt):
            return cls("interrupted", "Interrupted.", exit_code=128 + _signal_of(error))
        if isinstance(error, OSError) and error.strerror:
            where = f": {error.filename}" if error.filename else ""
            return cls("system-error", f"{error.strerror}{where}.")
        return cls(
            "internal-error",
            f"BECA failed with an unexpected {type(error).__name__}.",
            "`beca --debug ...` shows where; please report it.",
        )


def conclude(work: Callable[[], int | None], *, debug: bool = False) -> int:
    """Run a function, flush standard output, and return the exit code. Exceptions become messages.

    Args:
        work: Returns an exit code, or None for 0.
        debug: Whether a traceback is shown before the message.

    Raises:
        SystemExit: If the function raises it, as help and version do.
    """
    try:
        try:
            return work() or 0
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
        return 2
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the process ends here
        if isinstance(error, OSError):
            _discard_stdout()
        if debug:
            _show_traceback(error)
        failure = Failure.of(error)
        _show(failure)
        return failure.exit_code


@contextmanager
def extra_needed(what: str, extra: str) -> Iterator[None]:
    """Turn the failed import of a package that is not a part of BECA into advice.

    Args:
        what: The feature that was asked for, such as "beca serve".
        extra: The extra that contains the package.

    Raises:
        MissingExtra: If a package is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "beca_core").startswith("beca_"):
            raise
        raise MissingExtra(what, extra) from error


def _signal_of(error: KeyboardInterrupt) -> int:
    if isinstance(error, HungUp):
        return signal.SIGHUP
    return signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT


def _show_traceback(error: BaseException) -> None:
    import traceback

    traceback.print_exception(error)


def _show(failure: Failure) -> None:
    from beca_core.reports.escaping import printable

    remark(f"Error: {printable(failure.message)}")
    if failure.hint:
        remark(printable(failure.hint))


def _discard_stdout() -> None:
    """Redirect stdout to the null device: otherwise the interpreter's last flush would fail again."""
    with suppress(OSError, ValueError, AttributeError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, sys.stdout.fileno())
        os.close(descriptor)
