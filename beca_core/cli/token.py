"""`beca token`: the bearer tokens of the REST API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from beca_core.cli.command import Command, Group
from beca_core.cli.options import add_list_format, parsed
from beca_core.cli.standard_streams import remark, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.arguments import CommandParser

_DURATION: Final = re.compile(r"(\d{1,6})([mhdw])")
_LONGEST: Final = timedelta(days=36_525)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None or not int(found[1]):
        raise ValueError("Write it as 45m, 12h, 30d or 8w.")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > _LONGEST:
        raise ValueError("That is too far away; leave it out for a token that never ends.")
    return duration


def _declare_create(parser: CommandParser) -> None:
    parser.add_argument("--name", required=True, metavar="NAME", help="Who or what will use it; required.")
    parser.add_argument(
        "--scope",
        dest="scopes",
        action="append",
        metavar="read|write",
        help="What it may do; may be given twice. Default: both.",
    )
    parser.add_argument(
        "--expires-in", help="When it ends: 45m, 12h, 30d or 8w. Default: never.", **parsed(_duration, "TIME")
    )


def create(name: str, scopes: Sequence[str] | None, expires_in: timedelta | None) -> None:
    """Make a token and print it, this once: only its hash is stored."""
    from beca_core.cli.storage import open_database
    from beca_core.storage.services.tokens import SCOPES, TokenService

    expires_at = None if expires_in is None else datetime.now(UTC) + expires_in
    with open_database() as database:
        record, token = TokenService(database).create(name, scopes or SCOPES, expires_at)
    say(token)
    remark(f"Keep it now: it is not shown again. `beca token revoke {record.id}` ends it.")


def list_tokens(output_format: str) -> None:
    """List all tokens, those that no longer work included; the secrets are not known."""
    from beca_core.cli.storage import open_database
    from beca_core.cli.token_views import print_tokens, token_document
    from beca_core.reports.escaping import to_json
    from beca_core.storage.services.tokens import TokenService

    with open_database() as database:
        records = TokenService(database).list()
    if output_format == "json":
        say(to_json({"items": [token_document(record) for record in records]}))
    else:
        print_tokens(records)


def _declare_revoke(parser: CommandParser) -> None:
    parser.add_argument("token_id", metavar="ID", help="As `beca token list` shows it.")


def revoke(token_id: str) -> None:
    """Make a token stop working, for good and at once."""
    from beca_core.cli.storage import open_database
    from beca_core.storage.services.tokens import TokenService

    with open_database() as database:
        record = TokenService(database).revoke(token_id)
    say(f"Token {record.id} is revoked.")


COMMAND: Final = Group(
    "Make, list and revoke the tokens of the REST API.",
    {
        "create": Command(create, _declare_create, needs_arguments=True),
        "list": Command(list_tokens, add_list_format),
        "revoke": Command(revoke, _declare_revoke, needs_arguments=True),
    },
)
