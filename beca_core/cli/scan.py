"""`beca scan`."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - typer looks it up at run time
from typing import Annotated, Final, Literal

import typer

from beca_core.cli.command import Command, new_app

app = new_app()

_SIZE: Final = re.compile(r"(\d{1,15})([KMG]?)(?:i?B)?", re.IGNORECASE)
_UNITS: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None or not int(found[1]):
        raise typer.BadParameter("Write it as a number of bytes, or as 512K, 20M or 1G.")
    return int(found[1]) * _UNITS[found[2].upper()]


@app.command(cls=Command, no_args_is_help=True)
def scan(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="A path, the URL of a git repository, or - for standard input.", show_default=False
        ),
    ],
    output_format: Annotated[
        str, typer.Option("--format", "-f", help="table, json, jsonl, or a format of a plugin.")
    ] = "table",
    scope: Annotated[
        Literal["history", "head", "files"] | None,
        typer.Option(
            help="history: everything that git holds; head: the files at HEAD; files: what lies in the directory. "
            "Default: history for a repository, files for all else.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the report to a file, whole or not at all.")
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="ID[,ID...]", help="Use only these rules; may be given again.")
    ] = None,
    redact: Annotated[bool, typer.Option(help="Whether secrets are shown as previews only.")] = True,
    disable_plugin: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Leave out a plugin; may be given again.")
    ] = None,
    max_blob_size: Annotated[
        int | None,
        typer.Option(parser=_size, metavar="SIZE", help="Skip larger contents; bytes, or as 512K, 20M or 1G."),
    ] = None,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> None:
    """Look for secrets in a repository, a directory, a file or a text.

    Ends with 0 if nothing was found and everything was read, with 1 if there are findings, and with 2 if the scan
    failed or could not read everything.
    """
    from beca_core.cli.scanning import ScanRequest, run

    request = ScanRequest(
        target=target,
        format=output_format,
        scope=scope,
        output=output,
        rules=tuple(rules) if rules else None,
        redact=redact,
        disabled_plugins=frozenset(disable_plugin or ()),
        max_blob_bytes=max_blob_size,
        supervised=supervised,
    )
    raise typer.Exit(run(request))
