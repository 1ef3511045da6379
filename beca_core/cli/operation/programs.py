"""`beca serve` and `beca worker`: programs of the extra `server`, found through the entry points `beca.services`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.command import Command
from beca_core.cli.framework.ending import extra_needed
from beca_core.cli.framework.options import number
from beca_core.cli.framework.used_settings import remark_on_unknown_variables
from beca_core.errors import BecaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.system.settings import Settings

_ENTRY_POINT_GROUP: Final = "beca.services"
_EXTRA: Final = "server"


def _declare_serve(parser: CommandParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="Address to listen on. Default: BECA_HOST.")
    parser.add_argument("--port", help="Port to listen on. Default: BECA_PORT.", **number(0, 65535))


def serve(host: str | None, port: int | None) -> int:
    """Serve the REST API.

    Without a BROKER_URL, this process runs the scans too.
    """
    return _run("serve", host=host, port=port)


def worker() -> int:
    """Run the scans that servers queue.

    Needs the BROKER_URL and the DATABASE_URL that the servers use.
    """
    return _run("worker")


def _run(name: str, **overrides: Any) -> int:
    """Run a program until it ends, and return its exit code.

    Args:
        name: Name of its entry point, which is the name of the command.
        overrides: Settings that win over the environment, except those that are None.

    Raises:
        InvalidSettings: If a setting is wrong.
        MissingExtra: If a package that the program needs is not installed.
    """
    from beca_core.system.settings import Settings

    remark_on_unknown_variables()
    settings = Settings.load(**{key: value for key, value in overrides.items() if value is not None})
    return _program(name)(settings) or 0


def _program(name: str) -> Callable[[Settings], int | None]:
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=_ENTRY_POINT_GROUP, name=name):
        with extra_needed(f"beca {name}", _EXTRA):
            program: Callable[[Settings], int | None] = entry_point.load()
            return program
    raise BecaError(f"The program of `beca {name}` is not installed.", hint="Install beca again.")


COMMANDS: Final = {"serve": Command(serve, _declare_serve), "worker": Command(worker)}
