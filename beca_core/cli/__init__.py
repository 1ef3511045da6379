"""`beca`: one small module for each command; only the module of the command that runs is imported."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from beca_core import __version__
from beca_core.cli.framework.arguments import Menu, WrongUsage, asks_for_debug
from beca_core.cli.framework.ending import conclude
from beca_core.cli.plugins.plugin_programs import PluginCommands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from beca_core.cli.framework.command import Command, Group

SUMMARIES: Final = {
    "scan": "Look for secrets in a repository, a directory, a file or a text.",
    "init": "Set a repository up: configuration, hook and baseline.",
    "pre-push": "Refuse a push that would send a secret; for the hook of git.",
    "pre-receive": "Refuse a push that has brought a secret; for the hook of git.",
    "serve": "Serve the REST API.",
    "worker": "Run the scans that servers queue.",
    "baseline": "Make, update and show the file of the findings that are known.",
    "audit": "Judge the findings of a scan, one by one.",
    "import": "Take over rules and known findings of another scanner.",
    "allow": "Show the allow-list of a repository, and prune it.",
    "config": "Show the configuration of a repository, with origins.",
    "rules": "Show the rules of all plugins, and prove them.",
    "plugins": "Show the installed plugins.",
    "db": "Upgrade, check, audit or re-key the database of DATABASE_URL.",
    "doctor": "Check the deployment of a server, and say what is weak.",
    "token": "Create, list and revoke the tokens of the REST API.",
}
"""What the help says about each command, so that it need not import them."""

_TEXT: Final = """Find secrets in git repositories, directories and texts.

Plugins can add commands to those below; `beca plugins list` shows the plugins."""

_MODULES: Final = {
    "scan": "scans.scan",
    "init": "hooks.init",
    "pre-push": "hooks.pushes",
    "pre-receive": "hooks.pushes",
    "serve": "operation.programs",
    "worker": "operation.programs",
    "baseline": "accepting.baseline",
    "audit": "audit.audit_command",
    "import": "moving.import_command",
    "allow": "accepting.allow",
    "config": "configuration.config",
    "rules": "rules.rules",
    "plugins": "plugins.plugins",
    "db": "operation.db",
    "doctor": "operation.doctor",
    "token": "operation.token",
}
"""The module of each command."""

_DEBUG: Final = "BECA_DEBUG"
_YES: Final = frozenset({"1", "true", "t", "yes", "y", "on"})
_NO: Final = frozenset({"", "0", "false", "f", "no", "n", "off"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit code.

    Args:
        arguments: What follows `beca`, or None for the arguments of this process.

    Raises:
        SystemExit: If help or the version was asked for.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return conclude(lambda: _start(sys.argv[1:] if arguments is None else arguments))


def find_command(name: str) -> Command | Group:
    """Import a command."""
    module = import_module(f"{__name__}.{_MODULES[name]}")
    command: Command | Group = module.COMMANDS[name]
    return command


def menu(others: Callable[[], Iterable[str]] = tuple) -> Menu:
    """Return the parser of what precedes the name of a command.

    Args:
        others: Returns the names of the commands of plugins.
    """
    parser = Menu("beca", _TEXT, SUMMARIES, others)
    parser.add_argument(
        "-V", "--version", action="version", version=f"beca {__version__}", help="Show the version and exit."
    )
    parser.add_argument(
        "--debug", action="store_true", help=f"Show where in the code an error was raised; also: {_DEBUG}=true."
    )
    parser.declare_help()
    return parser


def _start(arguments: Sequence[str]) -> int:
    of_plugins = PluginCommands()
    chosen = menu(of_plugins.names).choose(arguments)
    debug = chosen.options["debug"] or asks_for_debug(chosen.arguments) or _debug_is_set()
    if chosen.command not in SUMMARIES:
        return conclude(lambda: of_plugins.start(chosen.command, chosen.arguments), debug=debug)
    return conclude(lambda: find_command(chosen.command).start(f"beca {chosen.command}", chosen.arguments), debug=debug)


def _debug_is_set() -> bool:
    text = os.environ.get(_DEBUG, "").strip().lower()
    if text not in _YES | _NO:
        raise WrongUsage(f"{_DEBUG} is neither true nor false.", hint=f"Write it as {_DEBUG}=true, or leave it out.")
    return text in _YES
