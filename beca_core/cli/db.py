"""`beca db`."""

from __future__ import annotations

from typing import Final

from beca_core.cli.command import Command, Group
from beca_core.cli.standard_streams import say


def upgrade() -> None:
    """Bring the schema up to date, from nothing or from any older version."""
    from beca_core.storage.database import Database
    from beca_core.system.settings import Settings

    with Database.from_settings(Settings.load()) as database:
        database.upgrade()
    say("The database schema is up to date.")


def check() -> None:
    """Say whether the schema is the one that this version of BECA needs; ends with 2 if it is not."""
    from beca_core.storage.database import Database
    from beca_core.system.settings import Settings

    with Database.from_settings(Settings.load()) as database:
        database.check_schema()
    say("The database schema is the one that this version of BECA needs.")


COMMAND: Final = Group(
    "Look after the database that DATABASE_URL names.", {"upgrade": Command(upgrade), "check": Command(check)}
)
