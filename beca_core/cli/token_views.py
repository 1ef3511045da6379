"""Tokens as JSON and as a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.text import Text

from beca_core.findings import format_time
from beca_core.reports.console import console_for, plain_table
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from beca_core.models import ApiToken


def token_document(record: ApiToken) -> dict[str, Any]:
    """Return what is known of a token, times in RFC 3339."""
    return {
        "id": record.id,
        "name": record.name,
        "scopes": list(record.scopes),
        "createdAt": _time(record.created_at),
        "expiresAt": _time(record.expires_at),
        "revokedAt": _time(record.revoked_at),
        "lastUsedAt": _time(record.last_used_at),
    }


def print_tokens(records: Sequence[ApiToken]) -> None:
    """Print a line for each token."""
    table = plain_table()
    for title in ("Id", "Name", "Scopes", "Made", "Last used", "Ends"):
        table.add_column(title, overflow="fold")
    for record in records:
        ends = "revoked" if record.revoked_at else _day(record.expires_at, "never")
        cells = (
            record.id,
            record.name,
            ", ".join(record.scopes),
            _day(record.created_at, ""),
            _day(record.last_used_at, "never"),
            ends,
        )
        table.add_row(*(Text(printable(cell)) for cell in cells), style="dim" if record.revoked_at else "")
    console_for(sys.stdout).print(table)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _day(moment: datetime | None, otherwise: str) -> str:
    return otherwise if moment is None else f"{moment:%Y-%m-%d %H:%M}"
