"""Whether a plugin fits this BECA: the version that its distribution requires, and the API version that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.system.version import API_VERSION, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

OLDEST_API: Final = 1
"""The oldest API version whose plugins work with this BECA."""
API_NAME: Final = "BECA_API"
"""What a plugin calls the API version for which it is written."""

_OWN_DISTRIBUTION: Final = "beca"
_SEPARATORS: Final = "<>=!~ ;[("


def api_problem(plugin: object) -> str:
    """Return why the API version that a plugin names does not fit, or an empty string."""
    wanted = getattr(plugin, API_NAME, None)
    if wanted is None:
        return ""
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        return f"not loaded: {API_NAME} must be a whole number, such as {API_VERSION}"
    if wanted > API_VERSION:
        return f"not loaded: it needs a newer BECA: {API_NAME} is {wanted}, and BECA {VERSION} has {API_VERSION}"
    if wanted < OLDEST_API:
        return f"not loaded: it is written for an older BECA: {API_NAME} is {wanted}, and this one needs {OLDEST_API}"
    return ""


def requirement_problem(requirements: Iterable[str]) -> str:
    """Return why this BECA is not the one that a distribution requires, or an empty string.

    An installer sees to that, unless it was told not to, or BECA was upgraded afterwards.

    Args:
        requirements: The values of `Requires-Dist` in its metadata:
            https://packaging.python.org/specifications/core-metadata/#requires-dist-multiple-use
    """
    for requirement in requirements:
        if _name(requirement) == _OWN_DISTRIBUTION and not _fits(requirement):
            wanted = requirement.partition(";")[0].strip()
            return f"not loaded: its distribution requires {wanted!r:.200}, and this is BECA {VERSION}"
    return ""


def _name(requirement: str) -> str:
    for separator in _SEPARATORS:
        requirement = requirement.partition(separator)[0]
    return requirement.strip().lower()


def _fits(requirement: str) -> bool:
    if requirement.strip().lower() == _OWN_DISTRIBUTION:  # as most
        return True
    from packaging.requirements import InvalidRequirement, Requirement  # takes as long as reading a small file

    try:
        wanted = Requirement(requirement)
    except InvalidRequirement:
        return True  # its installer has accepted it
    if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
        return True
    return wanted.specifier.contains(VERSION, prereleases=True)
