"""`beca serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from beca_core.cli.command import Command, new_app

app = new_app()


@app.command(cls=Command)
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; default: BECA_HOST.", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default: BECA_PORT.", show_default=False)] = None,
) -> None:
    """Serve the REST API.

    Without a BROKER_URL the scans run in this process too.
    """
    from beca_core.cli.service import run_service

    raise typer.Exit(run_service("serve", host=host, port=port))
