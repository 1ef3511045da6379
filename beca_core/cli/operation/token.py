"""`beca token`: the bearer tokens of the REST API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import add_list_format, parsed
from beca_core.cli.framework.standard_streams import remark, say, standard_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.storage.models import ApiToken

_DURATION: Final = re.compile(r"(\d{1,6})([mhdw])")
_LONGEST: Final = timedelta(days=36_525)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None or not int(found[1]):
        raise ValueError("Write it as 45m, 12h, 30d or 8w.")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > _LONGEST:
        raise ValueError("That is too far away; leave it out for a token that never expires.")
    return duration


def _declare_create(parser: CommandParser) -> None:
    parser.add_argument("--name", required=True, metavar="NAME", help="Who or what will use it; required.")
    parser.add_argument(
        "--scope",
        dest="scopes",
        action="append",
        metavar="read|write|audit",
        help="What the token allows; may be given several times. Default: read and write.",
    )
    parser.add_argument(
        "--expires-in", help="When it expires: after 45m, 12h, 30d or 8w. Default: never.", **parsed(_duration, "TIME")
    )


def create(name: str, scopes: Sequence[str] | None, expires_in: timedelta | None) -> None:
    """Create a token and print it. It is shown once only: BECA stores just its hash."""
    from beca_core.cli.operation.db import open_database
    from beca_core.storage.services.tokens import DEFAULT_SCOPES, TokenService

    expires_at = None if expires_in is None else datetime.now(UTC) + expires_in
    with open_database() as database:
        record, token = TokenService(database).create(name, scopes or DEFAULT_SCOPES, expires_at)
    say(token)
    remark(f"Keep it now: it is not shown again. `beca token revoke {record.id}` revokes it.")


def list_tokens(output_format: str) -> None:
    """List all tokens, expired and revoked ones included, without their secrets."""
    from beca_core.cli.operation.db import open_database
    from beca_core.reports.json_document import to_json
    from beca_core.storage.services.tokens import TokenService

    with open_database() as database:
        records = TokenService(database).list()
    if output_format == "json":
        say(to_json({"items": [_document(record) for record in records]}))
    else:
        _print(records)


def _document(record: ApiToken) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "scopes": list(record.scopes),
        "createdAt": _time(record.created_at),
        "expiresAt": _time(record.expires_at),
        "revokedAt": _time(record.revoked_at),
        "lastUsedAt": _time(record.last_used_at),
    }


def _time(moment: datetime | None) -> str | None:
    from beca_core.findings import format_time

    return None if moment is None else format_time(moment)


def _print(records: Sequence[ApiToken]) -> None:
    """Print a line for each token."""
    from beca_core.reports.console import Console, Style

    titles = ("Id", "Name", "Scopes", "Made", "Last used", "Ends")
    styles = [Style.DIM if record.revoked_at else Style.PLAIN for record in records]
    Console(standard_output()).table(titles, map(_row, records), styles=styles)


def _row(record: ApiToken) -> tuple[str, ...]:
    from beca_core.reports.escaping import printable

    ends = "revoked" if record.revoked_at else _day(record.expires_at, "never")
    made, last_used = _day(record.created_at, ""), _day(record.last_used_at, "never")
    return record.id, printable(record.name), printable(", ".join(record.scopes)), made, last_used, ends


def _day(moment: datetime | None, otherwise: str) -> str:
    return otherwise if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _declare_revoke(parser: CommandParser) -> None:
    parser.add_argument("token_id", metavar="ID", help="Id of the token, as `beca token list` shows it.")


def revoke(token_id: str) -> None:
    """Revoke a token, at once and for good."""
    from beca_core.cli.operation.db import open_database
    from beca_core.storage.services.tokens import TokenService

    with open_database() as database:
        record = TokenService(database).revoke(token_id)
    say(f"Token {record.id} is revoked.")


COMMANDS: Final = {
    "token": Group(
        "Create, list and revoke the tokens of the REST API.",
        {
            "create": Command(create, _declare_create, needs_arguments=True),
            "list": Command(list_tokens, add_list_format),
            "revoke": Command(revoke, _declare_revoke, needs_arguments=True),
        },
    )
}
