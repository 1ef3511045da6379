"""`beca scan`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer looks it up at run time
from typing import Annotated, Literal

import typer

from beca_core.cli.command import Command, new_app
from beca_core.cli.options import given, size_option, time_option

app = new_app()


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
    respect_gitignore: Annotated[
        bool, typer.Option("--respect-gitignore", help="Leave out what the .gitignore files of a directory name.")
    ] = False,
    exclude_binary: Annotated[
        bool, typer.Option("--exclude-binary", help="Leave out the binary files of a directory.")
    ] = False,
    scan_time: Annotated[
        float | None, time_option("Stop fetching and reading after so many seconds, or 10m or 2h.")
    ] = None,
    locate_time: Annotated[float | None, time_option("Time for finding the places of secrets in history.")] = None,
    max_blob_size: Annotated[
        int | None, size_option("Skip larger blobs of a repository; bytes, or as 512K, 20M or 1G.")
    ] = None,
    max_scan_size: Annotated[int | None, size_option("Skip the rest after so many bytes.")] = None,
    max_fetch_size: Annotated[int | None, size_option("Disk space that a fetched repository may take.")] = None,
    max_archive_depth: Annotated[
        int | None,
        typer.Option(min=0, max=64, help="How deep archives in archives are opened; 0: none.", show_default=False),
    ] = None,
    max_archive_members: Annotated[
        int | None, typer.Option(min=1, help="Members of one archive that are read.", show_default=False)
    ] = None,
    max_archive_size: Annotated[int | None, size_option("Bytes that the members of one archive may hold.")] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1, max=1024, help="Processes that read; default: as many as the machine allows.", show_default=False
        ),
    ] = None,
    cache_dir: Annotated[
        Path | None, typer.Option(help="Where compiled rules are kept for the next scan.", show_default=False)
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Go on from what an earlier scan of the target left in this file, if it is there, and leave there "
            "what the next one can go on from.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        Literal["any", "new"],
        typer.Option(help="Which findings make it end with 1: any, or those that the scan before did not have."),
    ] = "any",
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List what was not read, and why, on standard error.")
    ] = False,
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
        respect_gitignore=respect_gitignore,
        exclude_binary=exclude_binary,
        limits=given(
            scan_seconds=scan_time,
            locate_seconds=locate_time,
            max_blob_bytes=max_blob_size,
            scan_bytes=max_scan_size,
            fetch_bytes=max_fetch_size,
            archive_depth=max_archive_depth,
            archive_members=max_archive_members,
            archive_bytes=max_archive_size,
        ),
        processes=processes,
        cache_dir=cache_dir,
        state=state,
        fail_on=fail_on,
        verbose=verbose,
        supervised=supervised,
    )
    raise typer.Exit(run(request))
