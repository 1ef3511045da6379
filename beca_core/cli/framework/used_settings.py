"""Settings for a command that uses some of them: a wrong value stops only the commands that use it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from beca_core.cli.framework.standard_streams import remark
from beca_core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.system.settings import Settings

_PREFIX: Final = "BECA_"
_OTHER_VARIABLES: Final = frozenset({"BECA_DEBUG", "BECA_CONFIG", "BECA_TOKEN"})
"""Those that are not settings; the documentation's calls of the REST API use the last one."""
_TESTS: Final = "BECA_TEST_"
"""How the variables of the project's own tests begin."""


class UsedSettings:
    """The settings, with a record of the wrong ones that were asked for.

    Args:
        settings: The settings; wrong ones have their defaults.
        wrong: Names of the wrong ones.

    Attributes:
        asked_for: Names of the wrong ones that were asked for.
    """

    def __init__(self, settings: Settings, wrong: Iterable[str]) -> None:
        self._settings = settings
        self._wrong = frozenset(wrong)
        self.asked_for: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in self._wrong:
            self.asked_for.add(name)
        return getattr(self._settings, name)


@contextmanager
def used_settings() -> Iterator[Settings]:
    """Yield the settings. At the end of the block, those that it has asked for must be right.

    Wrong ones that it has not asked for are named on standard error, and so are misspelled variables.

    Raises:
        InvalidSettings: If settings that were asked for are wrong; the message names each of them.
    """
    from beca_core.system.settings import Settings, wrong_settings

    remark_on_unknown_variables()
    settings, faults = Settings.load_tolerant()
    used = UsedSettings(settings, faults)
    yield cast("Settings", used)
    if used.asked_for:
        raise wrong_settings({name: fault for name, fault in faults.items() if name in used.asked_for})
    if faults:
        remark(f"This command does not use these settings, and they are wrong: {', '.join(faults)}.")


def settings_variables() -> list[str]:
    """Return the environment variables whose names begin as those of settings do, in any case of letters."""
    return [
        name
        for name in os.environ
        if name.upper().startswith(_PREFIX)
        and name.upper() not in _OTHER_VARIABLES
        and not name.upper().startswith(_TESTS)
    ]


def remark_on_unknown_variables() -> None:
    """Name each variable `BECA_...` that is not a setting. It may belong to another program, so it is not refused."""
    from beca_core.system.plugin_tables import is_variable_of_plugin
    from beca_core.system.settings import variables

    known = variables()
    for name in settings_variables():
        if name.upper() not in known and not is_variable_of_plugin(name):
            hint = did_you_mean(name.upper(), known, otherwise="docs/reference/settings.md lists them.")
            remark(f"There is no setting {name!r:.80}, so it has no effect. {hint}")
