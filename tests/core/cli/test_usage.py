"""How arguments are read, and the errors for wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from beca_core.cli import find_command
from beca_core.cli.framework.arguments import CommandParser, Menu, WrongUsage
from beca_core.cli.framework.options import SIZE, TIME, choice, number

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "acme_" + "0f" * 400


def parser() -> CommandParser:
    """Return a parser with options of all kinds."""
    made = CommandParser("beca try", "Try it.")
    made.add_argument("target", metavar="TARGET")
    made.add_argument("-f", "--format", default="table")
    made.add_argument("-v", "--verbose", action="store_true")
    made.add_argument("--rules", action="append")
    made.add_argument("--scope", **choice("history", "head"))
    made.add_argument("--size", **SIZE)
    made.add_argument("--time", **TIME)
    made.add_argument("--depth", **number(0, 64))
    made.add_argument("--members", **number(1))
    made.add_argument("--secret-switch", action="store_true", help="==SUPPRESS==")
    made.declare_help()
    return made


def read(*arguments: str) -> dict[str, Any]:
    """Return the options that differ from their defaults."""
    return {
        name: value
        for name, value in parser().read(arguments).items()
        if value not in (None, False) and value != "table"
    }


def refusal(*arguments: str) -> tuple[str, str]:
    with pytest.raises(WrongUsage) as caught:
        parser().read(arguments)
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["x"], {}),
        (["x", "--format", "json"], {"format": "json"}),
        (["--format=json", "x"], {"format": "json"}),
        (["-f", "json", "x"], {"format": "json"}),
        (["-fjson", "x"], {"format": "json"}),
        (["-vfjson", "x"], {"verbose": True, "format": "json"}),
        (["-vfa=b", "x"], {"verbose": True, "format": "a=b"}),
        (["--format", "json", "x", "--format", "jsonl"], {"format": "jsonl"}),
        (["--rules=a,b", "x", "--rules", "c"], {"rules": ["a,b", "c"]}),
        (["--rules=-a", "x"], {"rules": ["-a"]}),
        (["--rules=--format=x", "x"], {"rules": ["--format=x"]}),
        (["--rules", "", "x"], {"rules": [""]}),
        (["--rules", "-", "x"], {"rules": ["-"]}),
        (["--size", "2K", "x", "--time", "1.5m"], {"size": 2048, "time": 90.0}),
        (["--depth", "0", "--members", "1", "x"], {"depth": 0, "members": 1}),
        (["x", "--"], {}),
        (["x", "-v", "--"], {"verbose": True}),
    ],
)
def test_options_can_be_written_in_many_ways(arguments: list[str], options: dict[str, Any]) -> None:
    expected = {name: value for name, value in options.items() if value not in (None, False)}
    assert read(*arguments) == {"target": "x"} | expected


@pytest.mark.parametrize("target", ["-", "", "-v", "--format", "--", "-1", "a b", "\udcff", "=", "@x"])
def test_after_two_dashes_everything_is_a_target(target: str) -> None:
    assert read("-v", "--", target) == {"target": target, "verbose": True}


def test_one_dash_is_a_target() -> None:
    assert read("-", "-f", "json") == {"target": "-", "format": "json"}


@pytest.mark.parametrize(
    ("arguments", "name", "near"),
    [
        (["x", "--form", "json"], "--form", "--format"),
        (["x", "--formt=json"], "--formt", "--format"),
        (["--verb", "x"], "--verb", "--verbose"),
        (["--scop", "head"], "--scop", "--scope"),
        (["x", "--no-such-thing"], "--no-such-thing", ""),
        (["x", "-z"], "-z", ""),
        (["x", "-vz"], "-z", ""),
        (["-x y"], "-x", ""),
        (["x", "--secret-swich"], "--secret-swich", ""),
    ],
)
def test_an_unknown_or_abbreviated_option_is_refused_with_a_similar_one(
    arguments: list[str], name: str, near: str
) -> None:
    hint = f"Did you mean {near}?" if near else "`beca try --help` shows how it is used."
    assert refusal(*arguments) == (f"There is no option {name!r}.", hint)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "The following arguments are required: TARGET."),
        (["-v"], "The following arguments are required: TARGET."),
        (["x", "y"], "There is one argument too many: 'y'."),
        (["x", "--", "y"], "There is one argument too many: 'y'."),
        (["x", "--format"], "-f/--format: expected one argument."),
        (["x", "-f"], "-f/--format: expected one argument."),
        (["x", "--format", "-v"], "-f/--format: expected one argument."),
        (["x", "--verbose=1"], "--verbose takes no value."),
        (["x", "-v=1"], "-v takes no value."),
        (["x", "--verbose="], "--verbose takes no value."),
        (["x", "--scope", "all"], "--scope: 'all' is not one of history, head."),
        (["x", "--scope", "HEAD"], "--scope: 'HEAD' is not one of history, head."),
        (["x", "--scope="], "--scope: '' is not one of history, head."),
        (["x", "--size", "5T"], "--size: Write it as a number of bytes, or as 512K, 20M or 1G."),
        (["x", "--size", "0"], "--size: Write it as a number of bytes, or as 512K, 20M or 1G."),
        (["x", "--size", "-1"], "--size: Write it as a number of bytes, or as 512K, 20M or 1G."),
        (["x", "--time", "soon"], "--time: Write it as a number of seconds, or as 90s, 10m or 2h."),
        (["x", "--depth", "65"], "--depth: Write it as a whole number from 0 to 64."),
        (["x", "--depth", "-1"], "--depth: Write it as a whole number from 0 to 64."),
        (["x", "--depth", "1.0"], "--depth: Write it as a whole number from 0 to 64."),
        (["x", "--members", "0"], "--members: Write it as a whole number of 1 or more."),
        (["x", "--members", "9" * 5000], "--members: Write it as a whole number of 1 or more."),
    ],
)
def test_an_error_is_one_sentence_and_names_the_help(arguments: list[str], message: str) -> None:
    assert refusal(*arguments) == (message, "`beca try --help` shows how it is used.")


@pytest.mark.parametrize(
    "arguments",
    [
        [f"--{SECRET}"],
        [f"--{SECRET}=1"],
        [f"-{SECRET}"],
        ["x", SECRET],
        ["x", "--scope", SECRET],
        ["x", f"--scope={SECRET}"],
        ["x", f"--verbose={SECRET}"],
        ["x", f"-v={SECRET}"],
        ["x", "--size", SECRET],
        ["x", "--depth", SECRET],
        ["x", "--format", f"-{SECRET}"],
        ["x", f"-9{SECRET}"],
        ["x", "--format", f"-9{SECRET}"],
    ],
)
def test_a_long_argument_is_never_repeated_in_full(arguments: list[str]) -> None:
    message, hint = refusal(*arguments)
    assert len(message) < 160
    assert len(hint) < 80


@given(
    st.lists(st.one_of(st.text(max_size=200), st.text(max_size=200).map("-{}".format), st.sampled_from(["--", "x"])))
)
def test_any_arguments_are_read_or_refused_with_a_short_printable_message(arguments: list[str]) -> None:
    assume("--help" not in arguments)
    refused = None
    try:
        options = parser().read(arguments)
    except WrongUsage as error:
        refused = error
    if refused is None:
        assert options["target"] in arguments
    else:
        assert refused.message.isprintable()
        assert len(refused.message) < 160


LINES = {"scan": "Look for secrets.", "serve": "Serve."}


def menu() -> Menu:
    made = Menu("beca", "Find secrets.", LINES)
    made.add_argument("--debug", action="store_true")
    made.declare_help()
    return made


@pytest.mark.parametrize("before", [[], ["--debug"], ["--"], ["--debug", "--"]])
def test_the_arguments_after_the_name_belong_to_the_command(before: list[str]) -> None:
    chosen = menu().choose([*before, "scan", "--debug", "serve", "--"])
    assert (chosen.command, chosen.arguments) == ("scan", ["--debug", "serve", "--"])
    assert chosen.options == {"debug": "--debug" in before}


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["scna", "x"], "There is no command 'scna'.", "Did you mean scan?"),
        (["sca"], "There is no command 'sca'.", "Did you mean scan?"),
        ([""], "There is no command ''.", "`beca --help` shows how it is used."),
        (["--debug"], "`beca` needs the name of a command.", "`beca --help` shows how it is used."),
        (["--"], "`beca` needs the name of a command.", "`beca --help` shows how it is used."),
        (["--debgu", "scan"], "There is no option '--debgu'.", "Did you mean --debug?"),
        (["--deb", "scan"], "There is no option '--deb'.", "Did you mean --debug?"),
        (["-", "scan"], "There is no command '-'.", "`beca --help` shows how it is used."),
    ],
)
def test_an_unknown_command_is_refused_with_a_similar_one(arguments: list[str], message: str, hint: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        menu().choose(arguments)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_long_command_name_is_never_repeated_in_full() -> None:
    with pytest.raises(WrongUsage) as caught:
        menu().choose([f"\x1b[31m{SECRET}"])
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 160


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["scna"], "There is no command 'scna'.\nDid you mean scan?\n"),
        (["rules", "lst"], "There is no command 'lst'.\nDid you mean list?\n"),
        (["rules", "list", "--format", "xml"], "-f/--format: 'xml' is not one of table, json.\n"),
        (["rules", "show", "a", "b"], "There is one argument too many: 'b'.\n"),
        (["serve", "x"], "There is one argument too many: 'x'.\n"),
        (["worker", "--port", "1"], "There is no option '--port'.\n"),
        (["scan", ".", "--debog"], "There is no option '--debog'.\n"),
        (["token", "create", "--scope", "read"], "The following arguments are required: --name.\n"),
        (["scan", "--redact=no", "."], "--redact takes no value.\n"),
    ],
)
def test_wrong_usage_is_reported_on_standard_error_and_exits_with_2(
    beca: Callable, arguments: list[str], complaint: str
) -> None:
    outcome = beca(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"Error: {complaint}")
    assert outcome.err.count("\n") == 2


@pytest.mark.slow
def test_wrong_usage_is_the_same_in_a_process_of_its_own(process: Callable, beca: Callable) -> None:
    for arguments in (["scan", "--formt", "x"], ["scna"], ["scan"], ["--version"]):
        assert process(*arguments) == beca(*arguments)


def test_the_last_of_two_contradicting_options_wins() -> None:
    command = find_command("scan").parser("beca scan")
    for arguments, redact in (
        ([], True),
        (["--redact"], True),
        (["--no-redact"], False),
        (["--redact", "--no-redact"], False),
        (["--no-redact", "--redact"], True),
    ):
        assert command.read(["x", *arguments])["redact"] is redact
