"""`beca token`: the bearer tokens of the REST API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from beca_core.cli.command import Command, new_app
from beca_core.cli.options import ListFormat  # noqa: TC001 - typer looks it up at run time

app = new_app("Make, list and revoke the tokens of the REST API.")

_DURATION: Final = re.compile(r"(\d{1,6})([mhdw])")
_LONGEST: Final = timedelta(days=36_525)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None or not int(found[1]):
        raise typer.BadParameter("Write it as 45m, 12h, 30d or 8w.")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > _LONGEST:
        raise typer.BadParameter("That is too far away; leave it out for a token that never ends.")
    return duration


@app.command("create", cls=Command, no_args_is_help=True)
def create(
    name: Annotated[str, typer.Option(help="Who or what will use it.", show_default=False)],
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="read|write",
            help="What it may do; may be given twice. Default: both.",
            show_default=False,
        ),
    ] = None,
    expires_in: Annotated[
        timedelta | None,
        typer.Option(parser=_duration, metavar="TIME", help="When it ends: 45m, 12h, 30d or 8w. Default: never."),
    ] = None,
) -> None:
    """Make a token and print it, this once: only its hash is stored."""
    from beca_core.cli.storage import open_database
    from beca_core.services.tokens import SCOPES, TokenService

    expires_at = None if expires_in is None else datetime.now(UTC) + expires_in
    with open_database() as database:
        record, token = TokenService(database).create(name, scopes or SCOPES, expires_at)
    typer.echo(token)
    typer.echo(f"Keep it now: it is not shown again. `beca token revoke {record.id}` ends it.", err=True)


@app.command("list", cls=Command)
def list_tokens(output_format: ListFormat = "table") -> None:
    """List all tokens, those that no longer work included; the secrets are not known."""
    from beca_core.cli.storage import open_database
    from beca_core.cli.token_views import print_tokens, token_document
    from beca_core.reports.escaping import to_json
    from beca_core.services.tokens import TokenService

    with open_database() as database:
        records = TokenService(database).list()
    if output_format == "json":
        typer.echo(to_json({"items": [token_document(record) for record in records]}))
    else:
        print_tokens(records)


@app.command("revoke", cls=Command, no_args_is_help=True)
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", show_default=False, help="As `beca token list` shows it.")],
) -> None:
    """Make a token stop working, for good and at once."""
    from beca_core.cli.storage import open_database
    from beca_core.services.tokens import TokenService

    with open_database() as database:
        record = TokenService(database).revoke(token_id)
    typer.echo(f"Token {record.id} is revoked.")
