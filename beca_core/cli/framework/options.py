"""Kinds of options: the arguments of `add_argument` beside names and help."""

from __future__ import annotations

from argparse import ArgumentTypeError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from beca_core.system.quantities import parse_seconds, parse_size

if TYPE_CHECKING:
    from argparse import _ActionsContainer
    from collections.abc import Callable

    from beca_core.cli.framework.arguments import CommandParser


def parsed(parse: Callable[[str], Any], metavar: str) -> dict[str, Any]:
    """Return the kind of an option whose value a function parses. Its `ValueError` says how to write the value."""

    def parse_option(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from None

    return {"type": parse_option, "metavar": metavar}


def choice(*values: str, any_case: bool = False) -> dict[str, Any]:
    """Return the kind of an option that takes one of these values.

    Args:
        values: The values.
        any_case: Whether upper-case letters are taken for the lower-case letters of the values.
    """

    def choose(text: str) -> str:
        value = text.lower() if any_case else text
        if value not in values:
            raise ValueError(f"{text!r:.80} is not one of {', '.join(values)}.")
        return value

    return parsed(choose, "|".join(values))


def number(least: int, most: int | None = None) -> dict[str, Any]:
    """Return the kind of an option that takes a whole number, from the least to the most."""
    bounds = f"of {least} or more" if most is None else f"from {least} to {most}"

    def count(text: str) -> int:
        with suppress(ValueError):
            value = int(text)
            if value >= least and (most is None or value <= most):
                return value
        raise ValueError(f"Write it as a whole number {bounds}.")

    return parsed(count, "N")


SIZE: Final = parsed(parse_size, "SIZE")
"""A number of bytes."""
TIME: Final = parsed(parse_seconds, "TIME")
"""A number of seconds."""


def add_rules_file(parser: _ActionsContainer) -> None:
    """Declare the option `--rules-file`."""
    parser.add_argument(
        "--rules-file",
        dest="rules_files",
        action="append",
        default=[],
        metavar="FILE",
        help="Also use the rules in this TOML or YAML file; may be given again.",
    )


def add_selection(parser: _ActionsContainer) -> None:
    """Declare the options `--rules` and `--exclude-rules`."""
    parser.add_argument(
        "--rules",
        action="append",
        metavar="RULE[,RULE...]",
        help="Use only these rules: ids, patterns of ids such as aws-*, tag:NAME, category:NAME, provider:NAME, "
        "plugin:NAME, severity:LEVEL or confidence:LEVEL, which is that level or a higher one; may be given again.",
    )
    parser.add_argument(
        "--exclude-rules",
        dest="excluded_rules",
        action="append",
        metavar="RULE[,RULE...]",
        help="Leave out these rules, named in the same ways; may be given again.",
    )


def add_list_format(parser: CommandParser) -> None:
    """Declare the option `--format` of a command that prints a list."""
    parser.add_argument(
        "-f",
        "--format",
        dest="output_format",
        default="table",
        help="How to print it. Default: table.",
        **choice("table", "json"),
    )
