"""A command: a function whose docstring is its help, and a second function that declares its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from beca_core.cli.framework.arguments import CommandParser, Menu

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Command(NamedTuple):
    """One command.

    Args:
        run: Takes the options by name, and returns the exit code, or None for 0. Its docstring is the help.
        declare: Adds the options to the parser, or None if there are none.
        needs_arguments: Whether the command shows its help when it is called without arguments.
    """

    run: Callable[..., int | None]
    declare: Callable[[CommandParser], Any] | None = None
    needs_arguments: bool = False

    @property
    def text(self) -> str:
        """The text of the help."""
        return self.run.__doc__ or ""

    @property
    def summary(self) -> str:
        """The line about it in the list of commands."""
        return self.text.partition("\n")[0]

    def parser(self, name: str) -> CommandParser:
        """Return a parser of the options.

        Args:
            name: The command as a user types it, such as `beca scan`.
        """
        parser = CommandParser(name, self.text)
        if self.declare is not None:
            self.declare(parser)
        parser.declare_help()
        return parser

    def start(self, name: str, arguments: Sequence[str]) -> int | None:
        """Read the arguments, run the command, and return the exit code."""
        parser = self.parser(name)
        if self.needs_arguments and not arguments:
            parser.exit_with_help()
        return self.run(**parser.read(arguments))


class Group(NamedTuple):
    """Commands that share the first word of their names.

    Args:
        summary: The text of the help.
        commands: The commands, by the second word of their names.
    """

    summary: str
    commands: Mapping[str, Command]

    def start(self, name: str, arguments: Sequence[str]) -> int | None:
        """Start the command that the first argument names, and return its exit code."""
        menu = Menu(name, self.summary, {each: command.summary for each, command in self.commands.items()})
        menu.declare_help()
        chosen = menu.choose(arguments)
        return self.commands[chosen.command].start(f"{name} {chosen.command}", chosen.arguments)
