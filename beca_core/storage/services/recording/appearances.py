"""The rows of appearances and rule sets: stored once, shared, and removed with the last that refers to them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from beca_core.storage.bulk_rows import insert_rows
from beca_core.storage.models import Appearance, StoredFinding, StoredRuleset
from beca_core.storage.services.validation import storable_json
from beca_core.storage.tables import reserved_ids, rows_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from sqlalchemy.orm import Session

    from beca_core.storage.tables import Table

_ROWS: Final = 1000
_ADDED: Final = frozenset(("name_of",))
"""Columns that came after the first digests were stored: without a value, they are not a part of one."""


def store_appearances(
    session: Session, rows: Sequence[tuple[int | None, Mapping[str, Any]]], new_issues: Container[int | None] = ()
) -> list[int]:
    """Store how findings were reported, unless that is stored already, and return the ids in their order.

    The rows cannot be removed before the transaction ends.

    Args:
        session: The transaction.
        rows: Of each finding its issue, or None, and the columns of its appearance.
        new_issues: Issues that begin in this transaction, so that nothing of them is stored yet.
    """
    digests = [None if issue_id is None else _digest(issue_id, values) for issue_id, values in rows]
    wanted = [digest for digest, row in zip(digests, rows, strict=True) if digest and row[0] not in new_issues]
    known = _ids(session, wanted) if wanted else {}
    keys: list[str | int] = [number if digest is None else digest for number, digest in enumerate(digests)]
    missing = {
        key: {**values, "issue_id": issue_id, "digest": digest}
        for key, digest, (issue_id, values) in zip(keys, digests, rows, strict=True)
        if key not in known
    }
    ids: dict[str | int, int] = dict(known.items())
    ids.update(zip(missing, reserved_ids(session, Appearance, len(missing)), strict=True))
    if missing:
        added = [{**values, "id": ids[key]} for key, values in missing.items()]
        if insert_rows(session, Appearance, added, skips_known=True) != len(added):
            # Another scan has stored some of them in the meantime.
            ids.update(_ids(session, [key for key in missing if isinstance(key, str)]).items())
    return [ids[key] for key in keys]


def store_ruleset(session: Session, ruleset: Mapping[str, int]) -> str:
    """Store the versions of rules, unless they are stored already, and return their digest.

    The row cannot be removed before the transaction ends.
    """
    rules = storable_json(ruleset)
    digest = hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()
    row = {"digest": digest, "rules": rules}
    statement = _insert(session, StoredRuleset).values(**row)
    session.execute(statement.on_conflict_do_update(index_elements=["digest"], set_={"digest": digest}))  # locks it
    return digest


def forget_findings(session: Session, result_id: int) -> bool:
    """Remove some of a result's findings, and appearances to which no other refers; return whether there were any."""
    found = select(col(StoredFinding.ordinal), col(StoredFinding.appearance_id))
    mine = col(StoredFinding.result_id) == result_id
    rows = session.execute(found.where(mine).order_by(col(StoredFinding.ordinal)).limit(_ROWS)).all()
    if not rows:
        return False
    session.execute(delete(StoredFinding).where(mine, col(StoredFinding.ordinal) <= rows[-1][0]))
    referred = exists().where(col(StoredFinding.appearance_id) == col(Appearance.id))
    appearances = select(col(Appearance.id)).where(col(Appearance.id).in_({row[1] for row in rows}), ~referred)
    # Locked first: a scan that is being stored may refer to one in the meantime.
    locked = session.scalars(appearances.with_for_update(skip_locked=True)).all()
    session.execute(delete(Appearance).where(col(Appearance.id).in_(locked), ~referred))
    return True


def _ids(session: Session, digests: Sequence[str]) -> dict[str, int]:
    statement = select(col(Appearance.digest), col(Appearance.id)).where(col(Appearance.digest).in_(digests))
    rows = session.execute(statement.with_for_update(read=True, key_share=True))
    return {digest: appearance_id for digest, appearance_id in rows if digest is not None}


def _insert(session: Session, table: type[Table]) -> Any:
    dialect = session.get_bind().dialect.name
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(rows_of(table))


def _digest(issue_id: int, values: Mapping[str, Any]) -> str:
    names = (name for name in sorted(values) if name not in _ADDED or values[name] is not None)
    described = json.dumps([issue_id, *(values[name] for name in names)], default=_plain)
    return hashlib.sha256(described.encode()).hexdigest()


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
