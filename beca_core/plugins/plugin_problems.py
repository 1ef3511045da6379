"""What is wrong with a plugin: a bounded list of messages, and how whatever a plugin raises becomes one of them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Final

from beca_core.errors import BecaError, did_you_mean
from beca_core.reports.escaping import printable
from beca_core.system.lazy_regexp import lazy
from beca_core.system.version import API_VERSION, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_PROBLEMS: Final = 100
_LONGEST_PROBLEM: Final = 2_000
_LONGEST_DESCRIPTION: Final = 300
_UNKNOWN_FIELD: Final = lazy(
    r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'(?:\. Did you mean '\w+'\?)?"  # since Python 3.13
)
_UNKNOWN_NAME: Final = lazy(r"(?:cannot import name '(\w+)' from '(beca_core[\w.]*)'.*)|(?:module 'beca_core' .*)")
_THIS_BECA: Final = f"this is BECA {VERSION} with API version {API_VERSION}"


class ProblemList(list[str]):
    """What is wrong with a plugin. Messages are printable and of bounded length; those beyond a hundred are counted."""

    def __init__(self) -> None:
        super().__init__()
        self._all = 0

    def append(self, message: str) -> None:
        """Add a message."""
        self._all += 1
        if self._all <= _MOST_PROBLEMS:
            super().append(printable(message)[:_LONGEST_PROBLEM])
        else:
            self[_MOST_PROBLEMS:] = [f"problems that are not listed: {self._all - _MOST_PROBLEMS:,}"]


@contextmanager
def contained(what: str, problems: list[str]) -> Iterator[None]:
    """Turn whatever a plugin raises into a problem, `sys.exit()` included; only the user's Ctrl-C passes.

    Args:
        what: What failed.
        problems: The list to which the problem is added.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BecaError as error:
        problems.append(str(error))
    except BaseException as error:  # noqa: BLE001
        problems.append(f"{what}: {description_of(error)}")


def description_of(error: BaseException) -> str:
    """Return type and text of what a plugin raised; of what an older BECA does not know, what is missing here."""
    try:
        text = str(error)
        if isinstance(error, (TypeError, ImportError)) and (said := _newer_name(text)):
            return said
        return f"{type(error).__name__}: {text}"[:_LONGEST_DESCRIPTION]
    except Exception:  # noqa: BLE001 - the exception is the plugin's code too
        return type(error).__name__


def _newer_name(text: str) -> str:
    """Say what a plugin uses and this BECA does not have; an empty string: it is about something else."""
    if found := _UNKNOWN_FIELD.fullmatch(text):
        kind, name = found.groups()
        known = _fields_of(kind)
        if not known:
            return ""
        return _newer(f"{kind} has no field {name!r:.80}", did_you_mean(name, known))
    if found := _UNKNOWN_NAME.fullmatch(text):
        name, module = found.groups()
        return _newer(f"{module} has no name {name!r:.80}", did_you_mean(name, _names_of(module))) if name else ""
    return ""


def _newer(what: str, hint: str) -> str:
    """Say that something is missing; a name that resembles a known one is more likely misspelled than new."""
    needs = f"the plugin needs a newer BECA ({_THIS_BECA})"
    return f"{what}. {hint} Otherwise {needs}" if hint else f"{what}: {needs}"


def _fields_of(kind: str) -> list[str]:
    """Return the fields of a public data class, by its name; none if there is no such class."""
    public = import_module("beca_core")
    found = getattr(public, kind, None) if kind in public.__all__ else None
    try:
        return [field.name for field in fields(found)] if isinstance(found, type) else []
    except TypeError:
        return []


def _names_of(module: str) -> list[str]:
    try:
        found = import_module(module)
    except ImportError:
        return []
    return [name for name in dir(found) if not name.startswith("_")]
