"""Strict parsers of arguments: they accept no abbreviations, and their messages quote at most 80 characters."""

from __future__ import annotations

import argparse
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from beca_core.errors import InvalidInput, did_you_mean
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_WIDTH: Final = 80
_NAMES_WIDTH: Final = 30
_DEBUG: Final = "--debug"


def asks_for_debug(arguments: Iterable[str]) -> bool:
    """Return whether the arguments of a command have the option `--debug`."""
    return _DEBUG in takewhile(lambda argument: argument != "--", arguments)


class WrongUsage(InvalidInput):
    """Raised when the arguments of a command cannot be understood."""

    code = "wrong-usage"


class CommandParser(argparse.ArgumentParser):
    """Read the arguments of one command.

    Args:
        name: The command as a user types it, such as `beca scan`.
        text: The text of its help; an empty line separates paragraphs.
        usage: What may follow the name, or None for options and the positional arguments.
    """

    def __init__(self, name: str, text: str, usage: str | None = None) -> None:
        super().__init__(
            name,
            usage and f"{name} {usage}",
            text,
            formatter_class=_HelpLayout,
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
        )
        self._positionals.title, self._optionals.title = "Arguments", "Options"

    def declare_help(self) -> None:
        """Add the option `--help` after all others, and those that every command has and no help repeats."""
        self._action_groups[-1].add_argument("-h", "--help", action="help", help="Show this message and exit.")
        version = {"action": "version", "version": f"beca {VERSION}"}
        for names, kind in ((("-V", "--version"), version), ((_DEBUG,), {"action": _Noted})):
            free = [name for name in names if name not in self._option_string_actions]
            if free:
                self.add_argument(*free, help=argparse.SUPPRESS, **kind)

    def exit_with_help(self) -> NoReturn:
        """Show the help, and exit with 2: it was not asked for."""
        self.exit(2, self.format_help())

    def described(self) -> dict[str, dict[str, str]]:
        """Return the help of each option, by heading and by its written form, such as `-o, --output FILE`."""
        layout = _HelpLayout(self.prog)
        groups = {
            group.title or "": {
                layout.invocation(action): action.help or ""
                for action in group._group_actions
                if action.help != argparse.SUPPRESS
            }
            for group in self._action_groups
        }
        return {title: options for title, options in groups.items() if options}

    def read(self, arguments: Sequence[str]) -> dict[str, Any]:
        """Return the value of each option.

        Raises:
            WrongUsage: If the arguments are wrong; the hint says how to write them.
            SystemExit: If an option asked for help or the version; it has been printed.
        """
        self._check_options(arguments)
        try:
            options, others = self.parse_known_args([*arguments])
        except argparse.ArgumentError as error:
            raise self.wrong(": ".join(filter(None, [error.argument_name, error.message]))) from None
        for other in others:
            if other != "--":
                raise self.wrong(f"There is one argument too many: {other!r:.80}.")
        return vars(options)

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise self.wrong(message)

    def wrong(self, message: str, hint: str = "") -> WrongUsage:
        """Return an error whose default hint names the help."""
        text = f"{message[:1].upper()}{message[1:].rstrip('.')}."
        return WrongUsage(text, hint=hint or f"`{self.prog} --help` shows how it is used.")

    def _check_options(self, arguments: Iterable[str]) -> None:
        """Refuse unknown options before argparse sees them; it would report their values as surplus arguments."""
        for argument in arguments:
            if argument == "--":
                return
            for name in self._option_names(argument):
                action = self._option_string_actions.get(name)
                if action is None:
                    raise self.wrong(f"There is no option {name!r:.80}.", did_you_mean(name, self._shown_options()))
                if action.nargs == 0 and argument.startswith(f"{name}="):
                    raise self.wrong(f"{name} takes no value.")

    def _option_names(self, argument: str) -> Iterator[str]:
        """Yield the options in an argument: one in `--format=json` and in `-f`, two in `-vfjson`."""
        if argument.startswith("--"):
            yield argument.partition("=")[0]
        elif argument.startswith("-") and not argument[1:2].isdigit():
            for letter in argument[1:]:
                yield f"-{letter}"
                action = self._option_string_actions.get(f"-{letter}")
                if action is not None and action.nargs != 0:
                    return  # the rest is its value

    def _shown_options(self) -> list[str]:
        return [name for name, action in self._option_string_actions.items() if action.help != argparse.SUPPRESS]


class _Noted(argparse.Action):
    """An option without a value that is looked for elsewhere."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002, ARG002
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, *_: object) -> None:
        """Do nothing."""


class ChosenCommand(NamedTuple):
    """The command that the arguments name.

    Args:
        command: Its name.
        arguments: The arguments after the name.
        options: The options before the name.
    """

    command: str
    arguments: Sequence[str]
    options: Mapping[str, Any]


class Menu(CommandParser):
    """Read the name of a command, and the options before it.

    Args:
        name: What a user types before the name, such as `beca rules`.
        text: The text of the help.
        summaries: One line about each command, by name.
        others: Returns the names of further commands; called only for a name that is none of these.
    """

    def __init__(
        self, name: str, text: str, summaries: Mapping[str, str], others: Callable[[], Iterable[str]] = tuple
    ) -> None:
        super().__init__(name, text, "[OPTIONS] COMMAND ...")
        self._summaries = summaries
        self._others = others

    def choose(self, arguments: Sequence[str]) -> ChosenCommand:
        """Return the chosen command.

        Raises:
            WrongUsage: If there is no such command or option.
            SystemExit: If help or the version was shown instead.
        """
        if not arguments:
            self.exit_with_help()
        before = next((n for n, each in enumerate(arguments) if each == "-" or each[:1] != "-"), len(arguments))
        options = self.read(arguments[:before])
        if before == len(arguments):
            raise self.wrong(f"`{self.prog}` needs the name of a command.")
        command = arguments[before]
        if command not in self._summaries and command not in (others := [*self._others()]):
            known = [*self._summaries, *others]
            raise self.wrong(f"There is no command {command!r:.80}.", did_you_mean(command, known))
        return ChosenCommand(command, arguments[before + 1 :], options)

    def format_help(self) -> str:
        """Return the help, with the list of commands."""
        commands = self._get_formatter()
        commands.start_section("Commands")
        commands.add_arguments(argparse.Action([], name, help=line) for name, line in self._summaries.items())
        commands.end_section()
        return f"{super().format_help()}\n{commands.format_help()}"


class _HelpLayout(argparse.HelpFormatter):
    """Help for a terminal of 80 columns, the same in every version of Python."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=_NAMES_WIDTH, width=_WIDTH)

    def add_usage(
        self, usage: str | None, actions: Iterable[argparse.Action], groups: Iterable[Any], prefix: str | None = None
    ) -> None:
        arguments = [self.invocation(each) for each in actions if not each.option_strings]
        super().add_usage(usage or " ".join(["%(prog)s [OPTIONS]", *arguments]), actions, groups, prefix or "Usage: ")

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(super(_HelpLayout, self)._fill_text(each, width, indent) for each in text.split("\n\n"))

    def invocation(self, action: argparse.Action) -> str:
        """Return the written form of an option, such as `-o, --output FILE`."""
        value = "" if action.nargs == 0 else self._format_args(action, action.dest)
        return " ".join(filter(None, [", ".join(action.option_strings), value]))

    _format_action_invocation = invocation
