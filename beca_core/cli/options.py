"""Kinds of options."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

import typer

from beca_core.quantities import parse_seconds, parse_size

ListFormat: TypeAlias = Annotated[Literal["table", "json"], typer.Option("--format", "-f", help="How to print it.")]


def size_option(help_text: str) -> Any:
    """Return an option that takes a number of bytes."""
    return typer.Option(parser=_parser(parse_size), metavar="SIZE", help=help_text, show_default=False)


def time_option(help_text: str) -> Any:
    """Return an option that takes a time."""
    return typer.Option(parser=_parser(parse_seconds), metavar="TIME", help=help_text, show_default=False)


def given(**values: Any) -> dict[str, Any]:
    """Return the options that were given a value, by name."""
    return {name: value for name, value in values.items() if value is not None}


def _parser(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let what is wrong with a value be said as with any other option."""

    def parse_option(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parse_option
