"""`insert_rows`: inserts thousands of rows at once, in a fifth of the time of one statement for each row.

PostgreSQL gets all of them in one statement, as one JSON array; SQLite gets tuples. Both take the columns that are
given; the others get their defaults of the database.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from beca_core.storage.tables import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from beca_core.storage.tables import Table


def insert_rows(
    session: Session, table: type[Table], rows: Sequence[Mapping[str, Any]], *, skips_known: bool = False
) -> int:
    """Insert rows and return how many were inserted.

    Args:
        session: The transaction.
        table: Their table.
        rows: Of each the same columns, with values of the types of the model.
        skips_known: Whether rows of which a unique key is there already are left out; else they are an error.
    """
    if not rows:
        return 0
    known = " ON CONFLICT DO NOTHING" if skips_known else ""
    columns = list(rows[0])
    target = f"INSERT INTO {rows_of(table).name} ({', '.join(map(_quoted, columns))})"
    connection = session.connection()
    dialect = connection.dialect
    if dialect.name == "postgresql":
        source = f"json_populate_recordset(NULL::{rows_of(table).name}, CAST(:rows AS json))"
        names = ", ".join(map(_quoted, columns))
        statement = f"{target} SELECT {names} FROM {source}{known}"  # noqa: S608 - names of our tables and columns
        return connection.execute(text(statement), {"rows": json.dumps(rows, default=_as_text)}).rowcount
    types = rows_of(table).c
    processors = [types[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    steps = [(name, processor or _unchanged) for name, processor in zip(columns, processors, strict=True)]
    values = [tuple([process(row[name]) for name, process in steps]) for row in rows]
    marks = ", ".join("?" * len(columns))
    return connection.exec_driver_sql(f"{target} VALUES ({marks}){known}", values).rowcount


def _quoted(name: str) -> str:
    return f'"{name}"'


def _unchanged(value: Any) -> Any:
    return value


def _as_text(value: Any) -> str:
    """Return a value that JSON has not, as PostgreSQL reads it: a time, or bytes."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value.isoformat()
