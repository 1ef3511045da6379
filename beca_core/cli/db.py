"""`beca db`."""

from __future__ import annotations

import typer

from beca_core.cli.command import Command, new_app

app = new_app("Look after the database that DATABASE_URL names.")


@app.command("upgrade", cls=Command)
def upgrade() -> None:
    """Bring the schema up to date, from nothing or from any older version."""
    from beca_core.database import Database
    from beca_core.settings import Settings

    with Database.from_settings(Settings.load()) as database:
        database.upgrade()
    typer.echo("The database schema is up to date.")


@app.command("check", cls=Command)
def check() -> None:
    """Say whether the schema is the one that this version of BECA needs; ends with 2 if it is not."""
    from beca_core.database import Database
    from beca_core.settings import Settings

    with Database.from_settings(Settings.load()) as database:
        database.check_schema()
    typer.echo("The database schema is the one that this version of BECA needs.")
