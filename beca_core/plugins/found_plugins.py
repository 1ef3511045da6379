"""Installed plugins that are found by their entry points, before any of them is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import InvalidInput, did_you_mean
from beca_core.plugins.compatibility import requirement_problem
from beca_core.plugins.plugin_problems import contained
from beca_core.plugins.registration import Plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from beca_core.plugins.entry_points import Distribution, EntryPoint

_OWN_DISTRIBUTION: Final = "beca"


class FoundPlugin(NamedTuple):
    """An installed plugin that is to be loaded.

    Args:
        distribution: Its distribution.
        number: Its index in the list of the distribution's entry points.
        name: Its name.
        load: Imports it.
    """

    distribution: Distribution
    number: int
    name: str
    load: Callable[[], object]

    @property
    def is_own(self) -> bool:
        """Whether it belongs to BECA."""
        return self.distribution.name == _OWN_DISTRIBUTION

    @property
    def label(self) -> str:
        """Name and version of its distribution."""
        return _label(self.distribution)

    @property
    def misfit(self) -> str:
        """Why it is not loaded: its distribution requires another BECA. Empty: it is."""
        return requirement_problem(self.distribution.requires)


def entry_points_of(distribution: Distribution, unreadable: list[Plugin]) -> list[EntryPoint]:
    """Return the entry points of a distribution; if they cannot be read, add it to a list of plugins with problems."""
    record = Plugin(distribution.name, _label(distribution))
    with contained("its entry points cannot be read", record.problems):
        return distribution.entry_points()
    unreadable.append(record)
    return []


def refuse_unknown_plugins(names: Collection[str], known: Collection[str]) -> None:
    """Refuse names that no installed plugin has.

    Raises:
        InvalidInput: Which name, and what it resembles.
    """
    for name in sorted(set(names).difference(known)):
        hint = did_you_mean(name, known, otherwise="`beca plugins list` shows all plugins.")
        raise InvalidInput(f"There is no plugin {name!r:.80} to disable.", hint=hint)


def _label(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}".strip()
