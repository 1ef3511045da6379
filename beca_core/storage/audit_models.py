"""The table of the audit log: who did what to which record."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the models are made from their annotations
from enum import StrEnum
from typing import Any, ClassVar

from beca_core.errors import MissingExtra
from beca_core.storage.tables import Id, Table, UtcDateTime, choice, comment

try:
    from sqlalchemy import Index, String, Text
    from sqlmodel import Field
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error


class Way(StrEnum):
    """By which way somebody changed a record."""

    API = "api"
    CLI = "cli"


class AuditEntry(Table, table=True):
    """Something that somebody did to a record; what scans do is not recorded here."""

    __tablename__: ClassVar[str] = "audit_entry"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        Index(None, "at"),
        Index(None, "action", "record_id"),
        {
            "comment": "Who did what to which record; written in the transaction that did it.",
            "sqlite_autoincrement": True,
        },
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    at: datetime = Field(sa_type=UtcDateTime)
    action: str = Field(sa_type=String(32), sa_column_kwargs=comment("What was done, such as repository.created."))
    record_id: str = Field(sa_type=Text, sa_column_kwargs=comment("Id of the record to which it was done."))
    actor: Way = Field(sa_type=choice(Way, "actor"), sa_column_kwargs=comment("By which way: api or cli."))
    token_id: str | None = Field(
        default=None, sa_type=Text, sa_column_kwargs=comment("Token of the caller; null: none was needed.")
    )
    client: str | None = Field(
        default=None, sa_type=Text, sa_column_kwargs=comment("Network address of the caller; null: it has none.")
    )
