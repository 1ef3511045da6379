"""Commands of plugins: `beca NAME` imports the plugin that has this command, in this process, and runs its function.

Everywhere else the code of an installed plugin runs in a process of its own. A command is what the user has asked for
by name: it gets the terminal, the working directory and the time that it needs, as a program of its own would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.arguments import CommandParser
from beca_core.cli.framework.options import choice, parsed
from beca_core.errors import BecaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.plugins.contributions.plugin_commands import Argument, PluginCommand
    from beca_core.plugins.registration import Plugin
    from beca_core.plugins.registry import PluginRegistry

_HINT: Final = "It comes from a plugin; `beca plugins list` shows them. `beca --debug ...` shows where it was raised."
_MOST_CODE: Final = 255


class PluginCommands:
    """The commands of the installed plugins, which are loaded when somebody asks for a name that BECA does not have."""

    def __init__(self) -> None:
        self._loaded: PluginRegistry | None = None

    def names(self) -> list[str]:
        """Return the names of all commands of plugins."""
        return [command.name for plugin in self._registry().plugins for command in plugin.commands]

    def start(self, name: str, arguments: Sequence[str]) -> int | None:
        """Run a command in this process and return its exit code.

        Raises:
            BecaError: If its plugin cannot be imported here, or the command raises something else.
            SystemExit: If an option asked for help.
        """
        registry = self._registry()
        plugin = next(each for each in registry.plugins if any(command.name == name for command in each.commands))
        registry.close()  # the processes of plugins: nothing is scanned
        command = _command_here(plugin, name)
        parser = _parser(command)
        given = parser.read(arguments)
        try:
            code: object = command.run(**given)
        except (BecaError, OSError):
            raise
        except Exception as error:
            raise BecaError(
                f"The command {name!r} of plugin {plugin.name!r:.80} raised {type(error).__name__}.", hint=_HINT
            ) from error
        if code is not None and (type(code) is not int or not 0 <= code <= _MOST_CODE):
            raise BecaError(f"The command {name!r} returned no exit code from 0 to {_MOST_CODE}.", hint=_HINT)
        return code

    def _registry(self) -> PluginRegistry:
        if self._loaded is None:
            from beca_core.cli.scans.scan_settings import installed_plugins

            self._loaded = installed_plugins()
        return self._loaded


def _command_here(plugin: Plugin, name: str) -> PluginCommand:
    """Return the command with its function, after importing its plugin."""
    if plugin.process is None:
        return next(command for command in plugin.commands if command.name == name)
    from beca_core.plugins.plugin_problems import contained
    from beca_core.plugins.registration import Plugin, Registration

    record, source = Plugin(plugin.name, plugin.distribution), plugin.process.source
    record.given = plugin.given
    with contained("cannot be imported", record.problems):
        for command in Registration(record, {}, {}, source.cache).commands_of(source.load()):
            if command.name == name:
                return command
    problem = record.problems[0] if record.problems else "it registers no such command in this process"
    raise BecaError(f"The command {name!r} of plugin {plugin.name!r:.80} cannot be run: {problem}.", hint=_HINT)


def _parser(command: PluginCommand) -> CommandParser:
    parser = CommandParser(f"beca {command.name}", command.description)
    for argument in command.arguments:
        parser.add_argument(*_names(argument), help=argument.description or None, **_kind(argument))
    parser.declare_help()
    return parser


def _names(argument: Argument) -> tuple[str, ...]:
    return (argument.name,) if argument.is_option else (argument.keyword,)


def _kind(argument: Argument) -> dict[str, Any]:
    if argument.kind is bool:
        return {"dest": argument.keyword, "action": "store_true", "default": bool(argument.default)}
    kind = choice(*argument.choices) if argument.choices else parsed(_reader(argument.kind), _metavar(argument))
    is_needed = argument.default is None
    if argument.is_option:
        kind |= {"dest": argument.keyword, "default": argument.default}
        return kind | ({"action": "append", "default": argument.default or []} if argument.many else {})
    nargs = ("+" if is_needed else "*") if argument.many else (None if is_needed else "?")
    kind["metavar"] = _metavar(argument)
    return kind | ({} if nargs is None else {"nargs": nargs, "default": argument.default})


def _metavar(argument: Argument) -> str:
    return argument.keyword.upper()


def _reader(kind: type) -> Any:
    def read(text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            raise ValueError(f"Write it as a {'whole number' if kind is int else 'number'}.") from None

    return read
