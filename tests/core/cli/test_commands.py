"""The commands, and their help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core import __version__
from beca_core.cli import SUMMARIES, find_command, menu
from beca_core.cli.framework.command import Command, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GROUPS = ("baseline", "allow", "config", "rules", "plugins", "db", "token")
NEED_ARGUMENTS = ["scan", "rules show", "rules explain", "rules profile", "token create", "token revoke"]


def all_commands() -> Iterator[tuple[str, Command]]:
    for name in SUMMARIES:
        found = find_command(name)
        if isinstance(found, Group):
            yield from ((f"{name} {second}", command) for second, command in found.commands.items())
        else:
            yield name, found


def test_the_list_of_all_commands() -> None:
    assert [name for name, _ in all_commands()] == [
        "scan",
        "init",
        "pre-push",
        "pre-receive",
        "serve",
        "worker",
        "baseline create",
        "baseline update",
        "baseline show",
        "audit",
        "import gitleaks",
        "import betterleaks",
        "import detect-secrets",
        "import trufflehog",
        "allow list",
        "allow prune",
        "config show",
        "config schema",
        "rules list",
        "rules show",
        "rules schema",
        "rules test",
        "rules explain",
        "rules profile",
        "plugins list",
        "plugins show",
        "db upgrade",
        "db check",
        "db audit",
        "db rotate-key",
        "doctor",
        "token create",
        "token list",
        "token revoke",
    ]


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_summary_of_each_command_is_that_of_its_module(name: str) -> None:
    assert find_command(name).summary == SUMMARIES[name]


@pytest.mark.parametrize(("name", "command"), [*all_commands()], ids=[name for name, _ in all_commands()])
def test_every_command_and_every_option_has_a_description(beca: Callable, name: str, command: Command) -> None:
    outcome = beca(*name.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"Usage: beca {name} [OPTIONS]")
    assert command.summary in " ".join(outcome.out.split())
    described = command.parser(name).described()
    assert all(text.endswith(".") for options in described.values() for text in options.values())
    for written in (written for options in described.values() for written in options):
        assert f"\n  {written} " in outcome.out or f"\n  {written}\n" in outcome.out


@pytest.mark.parametrize("arguments", [[], ["scan"], ["rules"], ["rules", "test"], ["token", "create"]])
def test_help_fits_80_columns_in_any_environment(beca: Callable, arguments: list[str]) -> None:
    shown = beca(*arguments, "--help", COLUMNS="300").out
    assert max(map(len, shown.splitlines())) <= 80
    assert shown == beca(*arguments, "--help", COLUMNS="30").out


def test_help_lists_all_commands(beca: Callable) -> None:
    outcome = beca("--help")
    assert (outcome.code, outcome.err) == (0, "")
    for name, line in SUMMARIES.items():
        assert f"\n  {name:<12} {line}\n" in outcome.out


def test_internal_options_are_not_in_the_help(beca: Callable) -> None:
    assert "supervised" not in beca("scan", "--help").out


def test_the_options_of_a_scan_have_headings(beca: Callable) -> None:
    shown = beca("scan", "--help").out
    headings = [line[:-1] for line in shown.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == [
        "Arguments",
        "What to scan",
        "Rules",
        "What is accepted",
        "Report",
        "Rescans",
        "Limits",
        "Other options",
    ]


@pytest.mark.parametrize("arguments", [[], *([name] for name in GROUPS), *(name.split() for name in NEED_ARGUMENTS)])
def test_a_command_that_needs_arguments_shows_its_help_and_exits_with_2(beca: Callable, arguments: list[str]) -> None:
    outcome = beca(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == beca(*arguments, "--help").out


def test_the_version_is_shown(beca: Callable) -> None:
    for arguments in (["--version"], ["--debug", "--version"], ["--version", "scan"]):
        outcome = beca(*arguments)
        assert (outcome.code, outcome.out, outcome.err) == (0, f"beca {__version__}\n", "")


def test_every_option_of_the_menu_has_a_description() -> None:
    (options,) = menu().described().values()
    assert list(options) == ["-V, --version", "--debug", "-h, --help"]
    assert all(text.endswith(".") for text in options.values())


@pytest.fixture
def failing(beca: Callable, install: Callable[..., None]) -> Callable:
    """Run `beca` with a program `serve` that raises an unexpected exception."""
    install("serve", "def main(settings):\n    raise RuntimeError\n", group="beca.services", target=":main")
    return beca


@pytest.mark.parametrize("value", ["1", "true", "T", "YES", "y", "on", " on "])
def test_the_environment_can_turn_on_debugging(failing: Callable, value: str) -> None:
    assert "Traceback" in failing("serve", BECA_DEBUG=value).err


@pytest.mark.parametrize("value", ["", "0", "false", "F", "no", "N", "off"])
def test_the_option_wins_over_the_environment(failing: Callable, value: str) -> None:
    outcome = failing("serve", BECA_DEBUG=value)
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    assert "Traceback" in failing("--debug", "serve", BECA_DEBUG=value).err


def test_a_value_that_is_not_a_boolean_is_refused(failing: Callable) -> None:
    outcome = failing("serve", BECA_DEBUG="banana")
    assert (outcome.code, outcome.out) == (2, "")
    assert (
        outcome.err == "Error: BECA_DEBUG is neither true nor false.\nWrite it as BECA_DEBUG=true, or leave it out.\n"
    )
