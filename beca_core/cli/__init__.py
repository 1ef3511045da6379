"""`beca`: one small module for each command; what a command needs is imported when it runs."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from beca_core._version import __version__
from beca_core.cli import db, plugins, rules, scan, serve, token, worker
from beca_core.cli.command import new_app

app = new_app("Find secrets in git repositories, directories and texts.")

for _module in (scan, serve, worker):
    app.add_typer(_module.app)
for _name, _module in {"rules": rules, "plugins": plugins, "db": db, "token": token}.items():
    app.add_typer(_module.app, name=_name)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"beca {__version__}")
        raise typer.Exit


@app.callback()
def beca(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and end.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="BECA_DEBUG", help="Show where in the code an error was raised.")
    ] = False,
) -> None:
    """Find secrets in git repositories, directories and texts."""


def main() -> None:
    """Run the command line of this process, and exit."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    app(prog_name="beca")
