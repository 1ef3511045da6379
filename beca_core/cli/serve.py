"""`beca serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.cli.command import Command
from beca_core.cli.options import number

if TYPE_CHECKING:
    from beca_core.cli.arguments import CommandParser


def _declare(parser: CommandParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="Address to listen on. Default: BECA_HOST.")
    parser.add_argument("--port", help="Port to listen on. Default: BECA_PORT.", **number(0, 65535))


def serve(host: str | None, port: int | None) -> int:
    """Serve the REST API.

    Without a BROKER_URL the scans run in this process too.
    """
    from beca_core.cli.service import run_service

    return run_service("serve", host=host, port=port)


COMMAND: Final = Command(serve, _declare)
