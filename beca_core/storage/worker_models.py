"""The table of the workers: which processes run scans, and when each was last alive."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the models are made from their annotations
from typing import Any, ClassVar

from beca_core.errors import MissingExtra
from beca_core.storage.tables import Table, UtcDateTime, comment

try:
    from sqlalchemy import CheckConstraint, SmallInteger, Text
    from sqlmodel import Field
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error


class RegisteredWorker(Table, table=True):
    """A process that runs scans; it deletes its row when it stops, and a day after it was killed others do."""

    __tablename__: ClassVar[str] = "worker"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("slots >= 1", name="slots"),
        {"comment": "A process that runs scans."},
    )

    name: str = Field(primary_key=True, sa_type=Text, sa_column_kwargs=comment("Begins the owners of its leases."))
    host: str = Field(sa_type=Text, sa_column_kwargs=comment("Name of its machine."))
    version: str = Field(sa_type=Text, sa_column_kwargs=comment("Of its BECA."))
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime, sa_column_kwargs=comment("When it last said that it is alive."))
    slots: int = Field(sa_type=SmallInteger, sa_column_kwargs=comment("Scans that it runs at once."))
