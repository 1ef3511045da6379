"""The tables of the outbox: what has changed, and how far each consumer has heard of it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the models are made from their annotations
from typing import Any, ClassVar, Final

from beca_core.errors import MissingExtra
from beca_core.storage.tables import Id, Table, UtcDateTime, comment

try:
    from sqlalchemy import CheckConstraint, Index, SmallInteger, String, Text, text
    from sqlmodel import Field
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error

MAX_CONSUMER: Final = 255


class OutboxEvent(Table, table=True):
    """One change that a server made, stored in the transaction that made it; deleted after some days.

    The ids have the order in which the changes were committed, so who has read up to one has missed none before it. The
    records that it refers to may have been deleted since.
    """

    __tablename__: ClassVar[str] = "outbox_event"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        Index(None, "at"),
        {"comment": "One change that a server made.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id, sa_column_kwargs=comment("In the order of commits."))
    kind: str = Field(sa_type=String(32), sa_column_kwargs=comment("result-ended, issue-opened, issue-fixed ..."))
    at: datetime = Field(sa_type=UtcDateTime)
    repository_id: int | None = Field(default=None, sa_type=Id)
    result_id: int | None = Field(default=None, sa_type=Id, sa_column_kwargs=comment("The scan that changed it."))
    issue_id: int | None = Field(default=None, sa_type=Id, sa_column_kwargs=comment("Null: it is not about an issue."))
    before: str | None = Field(
        default=None, sa_type=Text, sa_column_kwargs=comment("Of a moved issue the path, of a renamed one the rule.")
    )
    after: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=comment("The same after the change."))


class OutboxConsumer(Table, table=True):
    """Who hears of all events, and up to which one; one process at a time delivers to it."""

    __tablename__: ClassVar[str] = "outbox_consumer"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("position >= 0 AND failures >= 0", name="counts"),
        {"comment": "Who hears of all events, and up to which one."},
    )

    name: str = Field(primary_key=True, sa_type=String(MAX_CONSUMER))
    position: int = Field(sa_type=Id, sa_column_kwargs=comment("The last event that was delivered, or skipped."))
    failures: int = Field(
        default=0,
        sa_type=SmallInteger,
        sa_column_kwargs=comment("How often the next event could not be delivered.") | {"server_default": text("0")},
    )
    owner: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=comment("The process that delivers now."))
    held_until: datetime | None = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs=comment("Until then no other process delivers.")
    )
