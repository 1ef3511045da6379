"""What all tables share: naming of constraints, types of columns, and the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.errors import MissingExtra

try:
    from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer, MetaData, Text, TypeDecorator, text
    from sqlalchemy.dialects.postgresql import JSONB
    from sqlmodel import SQLModel
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy import Dialect, TableClause
    from sqlalchemy.orm import Session

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a predictable name, so that a migration can refer to it."""

MAX_ID: Final = 2**63 - 1
"""Largest id that a row can have."""

Clock: TypeAlias = Callable[[], datetime]
"""Returns the current time, aware of its time zone."""


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: accepts any aware datetime, stores UTC, and returns aware UTC, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC; a naive datetime is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC: SQLite drops the time zone, and PostgreSQL returns that of the connection."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id: Final = BigInteger().with_variant(Integer, "sqlite")
Bytewise: Final = Text(collation="C").with_variant(Text(), "sqlite")
"""A text that is compared by its bytes, several times faster than by the rules of a language."""
Json: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def choice(enum: type[StrEnum], name: str) -> Enum:
    """Return the type of a text column for the values of an enumeration, with a CHECK constraint."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


def reserved_ids(session: Session, table: type[SQLModel], count: int) -> Sequence[int]:
    """Return so many ids that no row of a table has or gets, in ascending order.

    With its id known beforehand, a row can be inserted together with thousands of others.

    Args:
        session: A transaction that writes; on SQLite no other one can then take the same ids.
        table: A table whose ids count upwards and are never used again.
        count: How many.
    """
    name = str(table.__tablename__)
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name}) or 0
        return range(last + 1, last + 1 + count)
    statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted(session.scalars(statement, {"name": name, "count": count}))


def comment(said: str) -> dict[str, Any]:
    """Return the arguments of a column with a comment."""
    return {"comment": said}


class Table(SQLModel):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


def rows_of(table: type[Table]) -> TableClause:
    """Return a table without its model, for statements about many rows: the model takes longer than the database."""
    return table.metadata.tables[str(table.__tablename__)]
