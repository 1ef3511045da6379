"""Commands of plugins, and what `beca plugins show` says about a plugin."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from beca_core.cli import SUMMARIES
from beca_core.plugins.contributions.plugin_commands import RESERVED_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[..., None]

GREETING = """
    import os, sys
    from beca_core import *

    IMPORTED = os.getpid()

    @hookimpl
    def beca_register_settings():
        yield Setting("greeting", default="hello", description="What is said.")
        yield Setting("api_key", default="", secret=True, description="Key of ACME.")
        yield Setting("times", int, 1)

    def greet(name, loud, times, words, tone):
        if name == "raise":
            raise ValueError(name)
        if name == "refuse":
            raise BecaError("There is nobody here.", hint="Try again.")
        if name == "exit":
            sys.exit(9)
        if name == "junk":
            return "junk"
        print(" ".join([SETTINGS["greeting"], name, str(loud), str(times), *words, tone, sys.stdin.read()]))
        return 4

    SETTINGS = {}

    @hookimpl
    def beca_register_commands(settings):
        SETTINGS.update(settings)
        yield PluginCommand("greet", greet, "Greet somebody.\\n\\nIn any tone.", (
            Argument("name", description="Who."),
            Argument("words", default=[], many=True, description="More words."),
            Argument("--loud", bool, description="Shout."),
            Argument("--times", int, default=settings["times"]),
            Argument("--tone", default="nice", choices=("nice", "rude")),
        ))
"""


def test_a_command_of_a_plugin_runs_in_this_process(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    outcome = beca("greet", "Ada", "dear", "lady", "--loud", "--tone", "rude", stdin=b"and so on")
    assert (outcome.code, outcome.out) == (4, "hello Ada True 1 dear lady rude and so on\n")


def test_a_command_gets_the_settings_of_its_plugin(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    outcome = beca("greet", "Ada", BECA_PLUGINS__ACME__GREETING="hi", BECA_PLUGINS__ACME__TIMES="3")
    assert outcome.out == "hi Ada False 3 nice \n"
    assert outcome.err == ""


def test_a_command_has_a_help(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    outcome = beca("greet", "--help")
    assert outcome.code == 0
    assert outcome.out.startswith("Usage: beca greet [OPTIONS] NAME [WORDS ...]\n\nGreet somebody.\n\nIn any tone.\n")
    assert "--tone nice|rude" in outcome.out
    assert "--times TIMES" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Error: The following arguments are required: NAME.\n`beca greet --help` shows how it is used.\n"),
        (("Ada", "--times", "x"), 2, "Error: --times: Write it as a whole number.\n"),
        (("Ada", "--tone", "odd"), 2, "Error: --tone: 'odd' is not one of nice, rude.\n"),
        (("Ada", "--laud"), 2, "Error: There is no option '--laud'.\nDid you mean --loud?\n"),
        (("refuse",), 2, "Error: There is nobody here.\nTry again.\n"),
        (("raise",), 2, "Error: The command 'greet' of plugin 'acme' raised ValueError.\nIt comes from a plugin;"),
        (("junk",), 2, "Error: The command 'greet' returned no exit code from 0 to 255.\n"),
        (("exit",), 9, ""),
    ],
)
def test_what_goes_wrong_is_said(
    beca: Callable, install: Install, arguments: tuple[str, ...], code: int, message: str
) -> None:
    install("acme", GREETING)
    outcome = beca("greet", *arguments)
    assert outcome.code == code
    assert outcome.err.startswith(message)


def test_a_misspelled_command_is_named_with_a_similar_one(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    assert "Did you mean greet?" in beca("gret", "Ada").err
    assert "Did you mean scan?" in beca("scn", ".").err


def test_no_plugin_is_loaded_for_a_command_of_beca(beca: Callable, install: Install, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    install("acme", f"open({str(mark)!r}, 'w')\n")
    beca("scan", "--help")
    beca("--help")
    assert not mark.exists()


def test_a_plugin_that_cannot_be_imported_here_is_named(beca: Callable, install: Install) -> None:
    raising = "if os.environ.get('PARENT') == str(os.getpid()): raise OSError('not here')"
    install("acme", GREETING.replace("IMPORTED = os.getpid()", raising))
    outcome = beca("greet", "Ada", PARENT=str(os.getpid()))
    assert outcome.code == 2
    assert outcome.err.startswith(
        "Error: The command 'greet' of plugin 'acme' cannot be run: cannot be imported: OSError: not here.\n"
    )


def test_a_command_cannot_have_the_name_of_a_command_of_beca(beca: Callable, install: Install) -> None:
    assert SUMMARIES.keys() == RESERVED_COMMANDS
    install("acme", GREETING.replace('"greet", greet', '"scan", greet'))
    outcome = beca("plugins", "list")
    assert outcome.code == 2
    assert "Command 'scan': BECA itself has a command of that name." in " ".join(outcome.out.split())


def test_two_plugins_with_one_command(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    install("zoo", GREETING)
    outcome = beca("plugins", "list")
    assert "The command 'greet' is not loaded: plugin 'acme' has one of that name." in " ".join(outcome.out.split())


def test_a_plugin_is_shown_with_its_settings(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    outcome = beca("plugins", "show", "acme", BECA_PLUGINS__ACME__API_KEY="swordfish", BECA_PLUGINS__ACME__TIMES="3")
    assert outcome.code == 0
    lines = [line.split(maxsplit=1) for line in outcome.out.splitlines()]
    assert lines == [
        ["name", "acme"],
        ["distribution", "acme 1.0"],
        ["commands", "greet"],
        ["settings", "greeting = hello (default: hello) What is said."],
        ["api_key", "= *** (default: empty) Key of ACME."],
        ["times", "= 3 (default: 1)"],
    ]


def test_a_plugin_is_shown_as_json(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    document = json.loads(
        beca("plugins", "show", "acme", "--format", "json", BECA_PLUGINS__ACME__API_KEY="swordfish").out
    )
    assert document["settings"][1] == {
        "name": "api_key",
        "kind": "str",
        "value": "***",
        "default": "",
        "description": "Key of ACME.",
        "secret": True,
    }
    assert document["commands"] == ["greet"]


def test_an_unknown_plugin_is_named(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    outcome = beca("plugins", "show", "acem")
    assert (outcome.code, outcome.err) == (2, "Error: There is no plugin 'acem'.\nDid you mean acme?\n")


def test_wrong_settings_are_shown_and_repeat_no_value(beca: Callable, install: Install) -> None:
    install("acme", GREETING)
    outcome = beca("plugins", "show", "acme", BECA_PLUGINS__ACME__TIMES="swordfish")
    assert outcome.code == 2
    assert "not loaded: setting 'times' must be a whole number" in outcome.out
    assert "swordfish" not in outcome.out + outcome.err


def test_settings_come_from_the_file_and_the_environment_wins(beca: Callable, install: Install, tmp_path: Path) -> None:
    install("acme-greeting", GREETING)
    file = tmp_path / "beca.toml"
    file.write_text('[plugins.acme-greeting]\ngreeting = "good day"\ntimes = 5\n')
    assert beca("greet", "Ada", BECA_CONFIG=str(file)).out == "good day Ada False 5 nice \n"
    outcome = beca("greet", "Ada", BECA_CONFIG=str(file), BECA_PLUGINS__ACME_GREETING__TIMES="6")
    assert (outcome.out, outcome.err) == ("good day Ada False 6 nice \n", "")


@pytest.mark.usefixtures("with_builtin")
def test_settings_of_a_plugin_that_is_not_installed_are_named_by_a_scan(
    beca: Callable, install: Install, tmp_path: Path
) -> None:
    install("acme", GREETING)
    (tmp_path / "text").write_text("nothing")
    outcome = beca("scan", "text", BECA_PLUGINS__ACEM__TIMES="6")
    assert outcome.code == 0
    assert "Plugin 'acem' has settings and is not installed. Did you mean acme?\n" in outcome.err


SOURCE = """
    from beca_core import *

    @hookimpl
    def beca_register_sources():
        yield TextOrigin("acme", lambda target: [NamedText("letters/1", b"x\\nprivate_key " + target.encode())])

    @hookimpl
    def beca_scan_finished(scan):
        print("told", scan.target, scan.findings, scan.exit_code)
"""


@pytest.mark.usefixtures("with_builtin")
def test_a_target_of_a_scheme_of_a_plugin_is_scanned(beca: Callable, install: Install) -> None:
    install("acme", SOURCE)
    outcome = beca("scan", "acme://user:word@letters", "--format", "json", "--min-confidence", "low")
    assert outcome.code == 1
    (found,) = json.loads(outcome.out)["findings"]
    assert (found["location"]["path"], found["location"]["positions"]["begin"]["line"]) == ("letters/1", 2)


@pytest.mark.parametrize("option", ["--scope=head", "--exclude-binary", "--respect-gitignore", "--no-worktree"])
@pytest.mark.usefixtures("with_builtin")
def test_options_without_effect_on_such_a_target_are_refused(beca: Callable, install: Install, option: str) -> None:
    install("acme", SOURCE)
    outcome = beca("scan", "acme://letters", option)
    assert outcome.code == 2
    assert "does not apply to 'acme', which a plugin reads.\nLeave it out.\n" in outcome.err


@pytest.mark.usefixtures("with_builtin")
def test_plugins_are_told_the_exit_code_and_no_credentials(process: Callable, install: Install) -> None:
    install("acme", SOURCE)
    outcome = process("scan", "acme://user:word@letters", "--fail-on", "none", "--format", "json")
    assert outcome.code == 0
    assert "told acme://letters 1 0\n" in outcome.err
