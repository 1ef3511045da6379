"""`beca db`, and the database of all commands that need one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import add_list_format, number
from beca_core.cli.framework.standard_streams import say, standard_output
from beca_core.cli.framework.used_settings import used_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.storage.database import Database

_WITH_FORMER_KEY: Final = (
    "The next complete scan of each repository, with the scope history, gives them their new fingerprints. Set "
    "BECA_FORMER_FINGERPRINT_KEY for all workers until then. It cannot renew an issue whose secret it does not find: "
    "that issue keeps its fingerprint, and the secret opens a new one if it comes back later."
)
_WITHOUT_FORMER_KEY: Final = (
    "Nothing can renew them: BECA_FORMER_FINGERPRINT_KEY is not set to the key before. The next scans open all of them "
    "anew and fix these. To keep them, set it for all workers before they scan."
)


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the database that the settings name. On SQLite it is created and upgraded, as `beca serve` does.

    Raises:
        SchemaMismatch: If a database on another system was not upgraded with `beca db upgrade`.
    """
    from beca_core.storage.models import Way
    from beca_core.storage.services.audit import Actor, acting

    with _configured_database() as database:
        if database.is_sqlite:
            database.upgrade()
        database.check_schema()
        with acting(Actor(Way.CLI)):
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


def rotate_key() -> None:
    """Use the fingerprint key of the settings from now on, after it was changed; stop servers and workers before.

    With the key before in `BECA_FORMER_FINGERPRINT_KEY`, the next scans give the issues their new fingerprints.
    """
    from beca_core.storage.fingerprint_key import fingerprint_key, former_fingerprint_key
    from beca_core.storage.services.recorded_key import KeyRecord

    with used_settings() as settings:
        key, former = fingerprint_key(settings), former_fingerprint_key(settings)
    with open_database() as database:
        before = KeyRecord(database).replace(key, former)
    say("The database now has the fingerprint key of these settings.")
    if before:
        say(f"Issues with fingerprints of the key before: {before:,}.")
        say(_WITHOUT_FORMER_KEY if former is None else _WITH_FORMER_KEY)


def _declare_audit(parser: CommandParser) -> None:
    parser.add_argument("--limit", default=50, help="How many entries at most. Default: 50.", **number(1, 200))
    add_list_format(parser)


def audit(limit: int, output_format: str) -> None:
    """List who did what to which record, the newest first."""
    from beca_core.findings import format_time
    from beca_core.reports.console import Console
    from beca_core.reports.json_document import to_json
    from beca_core.storage.services.audit import AuditService

    with open_database() as database:
        entries = AuditService(database).list(limit=limit).items
    rows = [
        (format_time(each.at), each.action, each.record_id, each.actor.value, each.token_id or "", each.client or "")
        for each in entries
    ]
    titles = ("At", "Action", "Record", "By", "Token", "Client")
    if output_format == "json":
        names = ("at", "action", "recordId", "actor", "tokenId", "client")
        say(to_json({"items": [dict(zip(names, (cell or None for cell in row), strict=True)) for row in rows]}))
    else:
        Console(standard_output()).table(titles, rows)


COMMANDS: Final = {
    "db": Group(
        "Upgrade, check, audit or re-key the database of DATABASE_URL.",
        {
            "upgrade": Command(upgrade),
            "check": Command(check),
            "audit": Command(audit, _declare_audit),
            "rotate-key": Command(rotate_key),
        },
    )
}
