"""`beca worker`."""

from __future__ import annotations

import typer

from beca_core.cli.command import Command, new_app

app = new_app()


@app.command(cls=Command)
def worker() -> None:
    """Run the scans that servers queue.

    Needs a BROKER_URL and a DATABASE_URL that the servers use too.
    """
    from beca_core.cli.service import run_service

    raise typer.Exit(run_service("worker"))
