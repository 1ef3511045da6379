"""The history of the schema, from the first version to the one that `beca_core.storage.models` describes.

To change the schema, change the models and write the next file in `versions/` by hand, like the previous one; a test
compares the two results. Migrations only upgrade; there are no downgrades.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from beca_core.errors import SchemaMismatch
from beca_core.storage.models import Table

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ADVISORY_LOCK: Final = int.from_bytes(b"beca db")
"""Serializes upgrades of a PostgreSQL database; on SQLite the write lock does."""


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date within the connection's transaction.

    Raises:
        SchemaMismatch: If the schema is newer than this BECA, or is that of another program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    config, heads = _config(), _heads(connection)
    _refuse_unknown(ScriptDirectory.from_config(config), heads)
    if not heads and not Table.metadata.tables.keys().isdisjoint(inspect(connection).get_table_names()):
        raise SchemaMismatch("The database has tables of another program.", hint="Use a database for BECA alone.")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check(connection: Connection) -> None:
    """Check that the schema is the newest known version.

    Raises:
        SchemaMismatch: If it is not.
    """
    scripts, heads = ScriptDirectory.from_config(_config()), _heads(connection)
    _refuse_unknown(scripts, heads)
    if set(heads) != set(scripts.get_heads()):
        what = "is older than this BECA" if heads else "has no tables of BECA yet"
        raise SchemaMismatch(f"The database {what}.", hint="Run: beca db upgrade")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "beca_core.storage:migrations")
    return config


def _heads(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


def _refuse_unknown(scripts: ScriptDirectory, heads: tuple[str, ...]) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if not known.issuperset(heads):
        raise SchemaMismatch(
            "This BECA is older than the database.",
            hint="Install the version of BECA that upgraded it, or a newer one.",
        )
