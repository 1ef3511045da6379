"""How commands are made, and how they end: the exit code, and one message for a person, never a secret."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from beca_core.errors import BecaError, MissingExtra
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


def new_app(text: str | None = None) -> typer.Typer:
    """Return an application that shows plain help, which needs no import of rich, and plain errors.

    Args:
        text: What its help says.
    """
    return typer.Typer(
        help=text,
        rich_markup_mode=None,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )


class Terminated(KeyboardInterrupt):
    """Raised when SIGTERM asks this process to end; unlike `SystemExit`, it is not taken for a plugin's doing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command failed.

    Args:
        code: A word for machines.
        message: A sentence for a person.
        hint: What to do about it, or an empty string.
        exit_code: With which the process ends.
    """

    code: str
    message: str
    hint: str = ""
    exit_code: int = 2

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Describe an exception; what BECA did not raise on purpose is not quoted, since it may hold scanned data."""
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


class Command(TyperCommand):
    """A command whose exceptions become messages and exit codes; every command of `beca` is one."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command and see its output off."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except (typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:
            _give_up_stdout()
            raise typer.Exit(2) from None
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, it ends here
            if isinstance(error, OSError):
                _give_up_stdout()
            failure = Failure.of(error)
            if ctx.find_root().params.get("debug"):
                traceback.print_exception(error)
            _complain(failure)
            raise typer.Exit(failure.exit_code) from None


@contextmanager
def extra_needed(what: str, extra: str) -> Iterator[None]:
    """Turn the failed import of a package that is no part of BECA into advice.

    Args:
        what: The feature that was asked for, such as "beca serve".
        extra: The extra that brings the package.

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
    return signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT


def _complain(failure: Failure) -> None:
    with suppress(OSError):
        typer.echo(f"Error: {printable(failure.message)}", err=True)
        if failure.hint:
            typer.echo(printable(failure.hint), err=True)


def _give_up_stdout() -> None:
    """Let the interpreter flush what is left of stdout into nothing, instead of failing once more at its end."""
    with suppress(OSError, ValueError, AttributeError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, sys.stdout.fileno())
        os.close(descriptor)
