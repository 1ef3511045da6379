from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from beca_core.cli import app
from beca_core.cli.command import Command, Failure, Terminated, extra_needed, new_app
from beca_core.errors import BecaError, InvalidInput, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator


def app_that_raises(error: BaseException) -> typer.Typer:
    made = new_app()

    @made.callback()
    def root(debug: bool = False) -> None:
        pass

    @made.command(cls=Command)
    def run() -> None:
        local_secret = "acme_" + "0f" * 8
        if local_secret:
            raise error

    return made


def ending(error: BaseException, *options: str) -> Any:
    return CliRunner().invoke(app_that_raises(error), [*options, "run"])


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
    result = ending(error)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)


def test_a_class_decides_its_exit_code() -> None:
    class Special(BecaError):
        exit_code = 7

    assert ending(Special("It broke.")).exit_code == 7


def test_an_exit_on_purpose_passes() -> None:
    assert ending(typer.Exit(1)).exit_code == 1


def test_a_broken_pipe_is_quiet() -> None:
    result = ending(BrokenPipeError())
    assert (result.exit_code, result.output) == (2, "")


@pytest.mark.parametrize("error", [ValueError("acme_secret"), OSError("acme_secret"), MemoryError("acme_secret")])
def test_the_text_of_an_unexpected_exception_is_not_shown(error: Exception) -> None:
    result = ending(error)
    assert result.exit_code == 2
    assert f"unexpected {type(error).__name__}" in result.stderr
    assert "--debug" in result.stderr
    assert "acme_secret" not in result.output
    assert "Traceback" not in result.output


def test_debug_shows_the_traceback_and_never_the_values_of_variables() -> None:
    result = ending(ValueError("the reason"), "--debug")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert "ValueError: the reason" in result.stderr
    assert "acme_0f" not in result.output


def commands(command: Any, name: str = "beca") -> Iterator[tuple[str, Any]]:
    for child in getattr(command, "commands", {}).values():
        yield from commands(child, f"{name} {child.name}")
    if not hasattr(command, "commands"):
        yield name, command


def test_every_command_ends_that_way_and_says_what_it_does() -> None:
    found = dict(commands(typer.main.get_command(app)))
    assert set(found) == {
        "beca scan",
        "beca serve",
        "beca worker",
        "beca rules list",
        "beca rules show",
        "beca rules test",
        "beca plugins list",
        "beca db upgrade",
        "beca db check",
        "beca token create",
        "beca token list",
        "beca token revoke",
    }
    for name, command in found.items():
        assert isinstance(command, Command), name
        assert command.help, name


def test_exceptions_are_never_shown_with_the_values_of_variables() -> None:
    assert app.pretty_exceptions_enable is False


def test_failures_have_words_for_machines() -> None:
    assert Failure.of(InvalidInput("Wrong.")).code == "invalid-input"
    assert Failure.of(KeyboardInterrupt()).code == "interrupted"
    assert Failure.of(Terminated()).code == "interrupted"
    assert Failure.of(PermissionError(errno.EACCES, "Permission denied", "/x")).code == "system-error"
    assert Failure.of(ValueError("x")).code == "internal-error"


def test_a_missing_package_names_the_extra_that_brings_it() -> None:
    with (
        pytest.raises(MissingExtra, match="beca serve needs the extra 'server'") as caught,
        extra_needed("beca serve", "server"),
    ):
        import_missing("aiohttp")
    assert caught.value.hint == "Install it: pip install 'beca[server]'"


@pytest.mark.parametrize("name", ["beca_api.serve", "beca_core.models"])
def test_a_missing_part_of_beca_itself_is_no_missing_extra(name: str) -> None:
    with pytest.raises(ModuleNotFoundError), extra_needed("beca serve", "server"):
        import_missing(name)


def import_missing(name: str) -> None:
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_the_version_is_told() -> None:
    from beca_core import __version__

    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"beca {__version__}\n")


def test_help_lists_all_commands() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for name in ("scan", "serve", "worker", "rules", "plugins", "db", "token"):
        assert f"\n  {name} " in result.stdout
    assert "--supervised" not in CliRunner().invoke(app, ["scan", "--help"]).stdout
