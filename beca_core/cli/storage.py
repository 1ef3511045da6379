"""The database of the commands that need one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from beca_core.storage.database import Database
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def open_database() -> Iterator[Database]:
    """Give the database that the settings name; one on SQLite is made and upgraded, as `beca serve` does.

    Raises:
        SchemaMismatch: If another one was not upgraded with `beca db upgrade`.
    """
    with Database.from_settings(Settings.load()) as database:
        if database.is_sqlite:
            database.upgrade()
        database.check_schema()
        yield database
