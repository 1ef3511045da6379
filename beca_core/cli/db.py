"""`beca db`, and the database of all commands that need one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from beca_core.cli.command import Command, Group
from beca_core.cli.standard_streams import say
from beca_core.cli.used_settings import used_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.storage.database import Database


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the database that the settings name. On SQLite it is created and upgraded, as `beca serve` does.

    Raises:
        SchemaMismatch: If a database on another system was not upgraded with `beca db upgrade`.
    """
    with _configured_database() as database:
        if database.is_sqlite:
            database.upgrade()
        database.check_schema()
        yield database


def _configured_database() -> Database:
    from beca_core.storage.database import Database

    with used_settings() as settings:
        return Database.from_settings(settings)


def upgrade() -> None:
    """Bring the schema up to date, from nothing or from any older version."""
    with _configured_database() as database:
        database.upgrade()
    say("The database schema is up to date.")


def check() -> None:
    """Check that the schema is the one that this version of BECA needs; exits with 2 if it is not."""
    with _configured_database() as database:
        database.check_schema()
    say("The database schema is the one that this version of BECA needs.")


COMMANDS: Final = {
    "db": Group(
        "Upgrade or check the database that DATABASE_URL names.",
        {"upgrade": Command(upgrade), "check": Command(check)},
    )
}
