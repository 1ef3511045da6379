"""Tokens as JSON and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beca_core.cli.standard_streams import standard_output
from beca_core.findings import format_time
from beca_core.reports.console import Console, Style
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from beca_core.storage.models import ApiToken


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
    titles = ("Id", "Name", "Scopes", "Made", "Last used", "Ends")
    styles = [Style.DIM if record.revoked_at else Style.PLAIN for record in records]
    Console(standard_output()).table(titles, map(_row, records), styles=styles)


def _row(record: ApiToken) -> tuple[str, ...]:
    ends = "revoked" if record.revoked_at else _day(record.expires_at, "never")
    made, last_used = _day(record.created_at, ""), _day(record.last_used_at, "never")
    return record.id, printable(record.name), printable(", ".join(record.scopes)), made, last_used, ends


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _day(moment: datetime | None, otherwise: str) -> str:
    return otherwise if moment is None else f"{moment:%Y-%m-%d %H:%M}"
