"""The parameters of checks: their types, bounds and defaults, and what is wrong with a value."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from beca_core.checks.inspection import Inspection
from beca_core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CHARACTERS: Final = 10_000
_MOST_ITEMS: Final = 10_000
_MOST: Final = 2**53
_TYPES: Final = {
    "bool": "true or false",
    "int": "a whole number",
    "int | None": "a whole number, or nothing",
    "float": "a number",
    "str": "a text",
    "tuple[str, ...]": "a list of texts",
    "tuple[int, ...]": "a list of whole numbers",
}
_KNOWN: Final[dict[type[Inspection], Mapping[str, Parameter]]] = {}
_JSON_TYPES: Final = {"bool": "boolean", "int": "integer", "float": "number", "str": "string"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a check.

    Args:
        name: Its name.
        type: Its type, as it is annotated.
        default: Its value where none is given.
        choices: The values that it may have, or each item of it; empty: any.
        least: Least value of a number, or of each number of a list.
        most: Greatest value.
    """

    name: str
    type: str
    default: Any
    choices: tuple[str, ...] = ()
    least: float = -_MOST
    most: float = _MOST

    @property
    def type_in_words(self) -> str:
        """Its type for a person, such as `a list of texts`."""
        return _TYPES[self.type]

    @property
    def is_list(self) -> bool:
        """Whether it has several values."""
        return self.type.startswith("tuple")

    @property
    def item_type(self) -> str:
        """The type of one value: `bool`, `int`, `float` or `str`."""
        return self.type.removeprefix("tuple[").partition(",")[0].removesuffix(" | None")

    def problem(self, value: object) -> str:
        """Return what is wrong with a value, in words that continue the name; empty: nothing. It is not repeated."""
        if value is None and self.type.endswith("None"):
            return ""
        if not self.is_list:
            return self._item_problem(value)
        if not isinstance(value, tuple):
            return f"must be {self.type_in_words}, not {_shown_type(value)}."
        if len(value) > _MOST_ITEMS:
            return f"has {len(value):,} items; {_MOST_ITEMS:,} are allowed."
        found = (f"item {at} {problem}" for at, item in enumerate(value, 1) if (problem := self._item_problem(item)))
        return next(found, "")

    def json_schema(self) -> dict[str, Any]:
        """Return its schema, JSON Schema 2020-12."""
        schema: dict[str, Any] = {"type": _JSON_TYPES[self.item_type]}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.item_type in ("int", "float"):
            schema |= {"minimum": self.least, "maximum": self.most}
        if self.is_list:
            return {"type": "array", "items": schema}
        return schema if self.default is None else schema | {"default": self.default}

    def _item_problem(self, value: object) -> str:
        if not _is_a(value, self.item_type):
            return f"must be {_TYPES[self.item_type]}, not {_shown_type(value)}."
        if isinstance(value, str):
            return self._text_problem(value)
        if not isinstance(value, bool) and isinstance(value, int | float) and not self.least <= value <= self.most:
            return f"must be from {self.least:g} to {self.most:g}."
        return ""

    def _text_problem(self, value: str) -> str:
        if len(value) > _MOST_CHARACTERS:
            return f"has {len(value):,} characters; {_MOST_CHARACTERS:,} are allowed."
        if not value.isprintable() and ("\0" in value or any("\ud800" <= one <= "\udfff" for one in value)):
            return "has a NUL or a lone surrogate, which cannot be stored."
        if self.choices and value not in self.choices:
            hint = did_you_mean(value, self.choices)
            return f"must be one of {', '.join(self.choices)}. {hint}".strip()
        return ""


_SOUND: Final[dict[int, Inspection]] = {}
"""Checks with which nothing is wrong: hundreds of rules may share one. Equal ones may differ: `1` equals `True`."""


def parameters_of(kind: type[Inspection]) -> Mapping[str, Parameter]:
    """Return the parameters of a kind of check, by name; those that all checks have come last.

    Args:
        kind: The class of the check.
    """
    if kind not in _KNOWN:
        common = {field.name for field in fields(Inspection)}
        ordered = sorted(fields(kind), key=lambda field: field.name in common)
        _KNOWN[kind] = MappingProxyType({field.name: _parameter(kind, field) for field in ordered})
    return _KNOWN[kind]


def check_problems(check: object) -> list[str]:
    """Return what is wrong with the parameters of a check, a sentence each; an empty list if nothing is.

    Args:
        check: A check of this package; of any other function nothing is known.
    """
    if not isinstance(check, Inspection) or _SOUND.get(id(check)) is check:
        return []
    found = [f"{name} {problem}" for name, problem in parameter_problems(check).items()]
    if not found:
        if len(_SOUND) >= _MOST_ITEMS:
            _SOUND.clear()
        _SOUND[id(check)] = check
    return [f"check {check.name}: {problem}" for problem in found]


def parameter_problems(check: Inspection) -> dict[str, str]:
    """Return what is wrong with the parameters of a check, by name; a name of `*`: with several together."""
    found = {}
    for name, parameter in parameters_of(type(check)).items():
        if problem := parameter.problem(getattr(check, name)):
            found[name] = problem
    if not found and not all(name.isidentifier() and name.isascii() for name in check.groups):
        found["of"] = "must be the name of a group of the pattern."
    if not found and (conflict := check._conflict()):
        name, _, problem = conflict.partition(" ")
        found[name] = problem
    return found


def _parameter(kind: type[Inspection], field: Field[Any]) -> Parameter:
    least, most = kind._BOUNDS.get(field.name, (-_MOST, _MOST))
    choices = {**Inspection._CHOICES, **kind._CHOICES}.get(field.name, ())
    default = None if field.default is MISSING else field.default
    return Parameter(field.name, str(field.type), default, choices, least, most)


def _is_a(value: object, kind: str) -> bool:
    if kind == "float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value).__name__ == kind


def _shown_type(value: object) -> str:
    name = type(value).__name__
    return (name if name.isprintable() else ascii(name))[:60]
