"""Programs that the command line starts by name, from the entry-point group `beca.services`."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.ending import extra_needed
from beca_core.errors import BecaError
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

_GROUP: Final = "beca.services"
_EXTRA: Final = "server"


def run_service(name: str, **overrides: Any) -> int:
    """Run a program until it ends, and return its exit code.

    Args:
        name: Name of its entry point, and of the command.
        overrides: Settings that win over the environment; None leaves one as it is.

    Raises:
        InvalidSettings: If a setting is wrong.
        MissingExtra: If a package that the program needs is not installed.
    """
    settings = Settings.load(**{key: value for key, value in overrides.items() if value is not None})
    return _program(name)(settings) or 0


def _program(name: str) -> Callable[[Settings], int | None]:
    for entry_point in entry_points(group=_GROUP, name=name):
        with extra_needed(f"beca {name}", _EXTRA):
            program: Callable[[Settings], int | None] = entry_point.load()
            return program
    raise BecaError(f"The program of `beca {name}` is not installed.", hint="Install beca anew.")
