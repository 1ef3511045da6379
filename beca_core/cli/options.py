"""Options that several commands share."""

from typing import Annotated, Literal, TypeAlias

import typer

ListFormat: TypeAlias = Annotated[Literal["table", "json"], typer.Option("--format", "-f", help="How to print it.")]
