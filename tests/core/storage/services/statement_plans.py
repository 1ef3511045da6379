"""`plans`: how a database executes the statements of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database


def plans(database: Database, call: Callable[[], object], word: str) -> list[str]:
    """Return the plan of each statement of a call that has this word. PostgreSQL sorts small tables if it may."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
        if word in statement:
            statements.append((statement, parameters))

    event.listen(database._engine, "before_cursor_execute", note)
    call()
    event.remove(database._engine, "before_cursor_execute", note)
    found = []
    with database.session() as session:
        connection = session.connection()
        if not database.is_sqlite:
            for way in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
                connection.exec_driver_sql(f"SET LOCAL {way} = off")
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
            found.append("\n".join(str(row[-1]) for row in rows))
    return found
