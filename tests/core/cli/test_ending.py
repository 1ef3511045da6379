"""Every exception of a command becomes an exit code and a message without secrets."""

from __future__ import annotations

import errno
import io
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from beca_core.cli.framework.ending import Failure, Terminated, conclude, extra_needed
from beca_core.errors import BecaError, InvalidInput, MissingExtra
from tests.core.cli.conftest import run_here

if TYPE_CHECKING:
    from tests.core.cli.conftest import Outcome


def ending(error: BaseException, *, debug: bool = False) -> Outcome:
    def work() -> NoReturn:
        local_secret = "acme_" + "0f" * 8
        if local_secret:
            raise error
        raise AssertionError

    return run_here(lambda: conclude(work, debug=debug))


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (BecaError("It broke."), 2, "Error: It broke.\n"),
        (InvalidInput("Wrong.", hint="Do this."), 2, "Error: Wrong.\nDo this.\n"),
        (KeyboardInterrupt(), 130, "Error: Interrupted.\n"),
        (Terminated(), 143, "Error: Interrupted.\n"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x"), 2, "Error: No such file: /x.\n"),
        (BecaError("\x1b[31mred"), 2, "Error: \\x1b[31mred\n"),
    ],
)
def test_an_error_is_a_message_and_an_exit_code(error: BaseException, code: int, message: str) -> None:
    outcome = ending(error)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", message)


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_without_an_error_the_command_gives_the_exit_code(returned: int | None, code: int) -> None:
    outcome = run_here(lambda: conclude(lambda: returned))
    assert (outcome.code, outcome.out, outcome.err) == (code, "", "")


def test_a_class_decides_its_exit_code() -> None:
    class Special(BecaError):
        exit_code = 7

    assert ending(Special("It broke.")).code == 7


def test_an_exit_on_purpose_passes() -> None:
    outcome = ending(SystemExit(5))
    assert (outcome.code, outcome.err) == (5, "")


def test_a_broken_pipe_is_quiet() -> None:
    outcome = ending(BrokenPipeError())
    assert (outcome.code, outcome.out, outcome.err) == (2, "", "")


def test_output_that_cannot_be_written_is_a_failure() -> None:
    class Full(io.StringIO):
        def flush(self) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

    def write_to_full_disk() -> int:
        sys.stdout = Full()
        return conclude(lambda: 0)

    outcome = run_here(write_to_full_disk)
    assert (outcome.code, outcome.err) == (2, "Error: No space left on device.\n")


@pytest.mark.parametrize("error", [ValueError("acme_secret"), OSError("acme_secret"), MemoryError("acme_secret")])
def test_the_text_of_an_unexpected_exception_is_not_shown(error: Exception) -> None:
    outcome = ending(error)
    assert outcome.code == 2
    assert f"unexpected {type(error).__name__}" in outcome.err
    assert "--debug" in outcome.err
    assert "acme_secret" not in outcome.out + outcome.err
    assert "Traceback" not in outcome.out + outcome.err


def test_debug_shows_the_traceback_and_never_the_values_of_variables() -> None:
    outcome = ending(ValueError("the reason"), debug=True)
    assert outcome.code == 2
    assert "Traceback" in outcome.err
    assert "ValueError: the reason" in outcome.err
    assert "acme_0f" not in outcome.out + outcome.err


def test_failures_have_codes_for_programs() -> None:
    assert Failure.of(InvalidInput("Wrong.")).code == "invalid-input"
    assert Failure.of(KeyboardInterrupt()).code == "interrupted"
    assert Failure.of(Terminated()).code == "interrupted"
    assert Failure.of(PermissionError(errno.EACCES, "Permission denied", "/x")).code == "system-error"
    assert Failure.of(ValueError("x")).code == "internal-error"


def test_the_error_for_a_missing_package_names_the_extra() -> None:
    with (
        pytest.raises(MissingExtra, match="beca serve needs the extra 'server'") as caught,
        extra_needed("beca serve", "server"),
    ):
        import_missing("aiohttp")
    assert caught.value.hint == "Install it: pip install 'beca[server]'"


@pytest.mark.parametrize("name", ["beca_api.http.server", "beca_core.storage.models"])
def test_a_missing_module_of_beca_is_not_a_missing_extra(name: str) -> None:
    with pytest.raises(ModuleNotFoundError), extra_needed("beca serve", "server"):
        import_missing(name)


def import_missing(name: str) -> None:
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
