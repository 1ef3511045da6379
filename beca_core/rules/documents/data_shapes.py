"""Shapes of plain data: how the value of an annotated field is written, read and described.

A shape is made of a type annotation. Plain data are what JSON, TOML and YAML have in common: texts, numbers, true and
false, lists, and tables with texts as keys. Bytes are a table: `{"bytes": "..."}`, in which the characters U+0000 to
U+00FF are a byte each.

What is wrong with data is collected, so that a reader learns all of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, get_args, get_origin, get_type_hints

from beca_core.errors import BecaError, did_you_mean
from beca_core.findings import Confidence, Severity
from beca_core.rules.candidate import Step
from beca_core.rules.context import Allow, Near, Part, Side, Variant
from beca_core.rules.documents.data_problem import DataProblem
from beca_core.rules.example import CounterExample, Deferred, Example

if TYPE_CHECKING:
    from dataclasses import Field

    from beca_core.rules.documents.data_problem import DataPath

Schema: TypeAlias = dict[str, Any]
"""JSON Schema, draft 2020-12."""

UNREADABLE: Final = object()
"""What is read where something is wrong."""
BYTES: Final = "bytes"
_LATIN_1: Final = "^[\\u0000-\\u00ff]*$"
_WORDS: Final = {
    bool: "true or false",
    str: "a text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
    NoneType: "nothing",
}


class DataShape(Protocol):
    """How values of one type are written, read and described."""

    def write(self, value: Any) -> object:
        """Return a value as plain data.

        Raises:
            TypeError: If it has another type.
        """

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        """Return the value that plain data stand for, or `UNREADABLE` after adding what is wrong."""

    def schema(self) -> Schema:
        """Return the JSON Schema of the data; records and checks are references to `$defs`."""


@dataclass(frozen=True)
class Scalar:
    """A text, a number, or true and false."""

    kind: type
    name: str

    def write(self, value: Any) -> object:
        if not _is(value, self.kind):
            raise TypeError
        return value

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        return data if _is(data, self.kind) else _wrong(data, _WORDS[self.kind], path, problems)

    def schema(self) -> Schema:
        return {"type": self.name}


@dataclass(frozen=True)
class Choice:
    """A member of an enumeration, by its value in lower or in upper case."""

    kind: type[StrEnum]

    def write(self, value: Any) -> object:
        return self.kind(value).value

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        known = {member.value.lower(): member for member in self.kind}
        if isinstance(data, str) and data.lower() in known and data in (data.lower(), data.upper()):
            return known[data.lower()]
        expected = f"must be {', '.join(list(known)[:-1])} or {list(known)[-1]}"
        hint = did_you_mean(data.lower(), known) if isinstance(data, str) else ""
        problems.append(
            DataProblem(path, expected if isinstance(data, str) else f"{expected}, not {_words(data)}", hint)
        )
        return UNREADABLE

    def schema(self) -> Schema:
        values = [member.value for member in self.kind]
        return {"enum": [*(value.lower() for value in values), *(value.upper() for value in values)]}


@dataclass(frozen=True)
class TextOrBytes:
    """A text, or bytes."""

    def write(self, value: Any) -> object:
        if isinstance(value, bytes):
            return {BYTES: value.decode("latin-1")}
        return TEXT.write(value)

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        if isinstance(data, str):
            return data
        if not isinstance(data, dict):
            return _wrong(data, 'a text, or a table such as {bytes = "..."}', path, problems)
        text = data.get(BYTES)
        if data.keys() != {BYTES} or not isinstance(text, str) or (text and max(text) > "\xff"):
            message = "must have one key, bytes, with a text of characters from U+0000 to U+00FF, each of them a byte"
            problems.append(DataProblem(path, message))
            return UNREADABLE
        return text.encode("latin-1")

    def schema(self) -> Schema:
        return {"anyOf": [TEXT.schema(), {"$ref": "#/$defs/Bytes"}]}


@dataclass(frozen=True)
class Optional:
    """A value or nothing."""

    of: DataShape

    def write(self, value: Any) -> object:
        return None if value is None else self.of.write(value)

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        return None if data is None else self.of.read(data, path, problems)

    def schema(self) -> Schema:
        return {"anyOf": [self.of.schema(), {"type": "null"}]}


@dataclass(frozen=True)
class Several:
    """A list; of records, one without a list will do."""

    of: DataShape

    def write(self, value: Any) -> object:
        if not isinstance(value, (tuple, list, Deferred)):
            raise TypeError
        return [self.of.write(item) for item in value]

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        if isinstance(self.of, DataTable) and isinstance(data, dict):
            item = self.of.read(data, path, problems)
            return UNREADABLE if item is UNREADABLE else (item,)
        if not isinstance(data, list):
            return _wrong(data, "a list", path, problems)
        items = tuple(self.of.read(item, (*path, number), problems) for number, item in enumerate(data))
        return UNREADABLE if UNREADABLE in items else items

    def schema(self) -> Schema:
        several = {"type": "array", "items": self.of.schema()}
        return {"anyOf": [several, self.of.schema()]} if isinstance(self.of, DataTable) else several


@dataclass(frozen=True)
class OneOf:
    """Shapes of which each takes other data: a scalar, a list or a table."""

    one: DataShape
    other: DataShape

    def write(self, value: Any) -> object:
        is_other = isinstance(value, tuple) if isinstance(self.other, Several) else isinstance(value, CounterExample)
        return (self.other if is_other else self.one).write(value)

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        if isinstance(self.other, Several):
            is_other = isinstance(data, list)
        else:
            is_other = isinstance(data, dict) and BYTES not in data
        return (self.other if is_other else self.one).read(data, path, problems)

    def schema(self) -> Schema:
        return {"anyOf": [self.one.schema(), self.other.schema()]}


@dataclass(frozen=True)
class Named:
    """Values by names."""

    of: DataShape

    def write(self, value: Any) -> object:
        if not isinstance(value, Mapping):
            raise TypeError
        return {str(TEXT.write(name)): self.of.write(item) for name, item in value.items()}

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        if not isinstance(data, dict):
            return _wrong(data, "a table", path, problems)
        items = {str(name): self.of.read(item, (*path, str(name)), problems) for name, item in data.items()}
        return UNREADABLE if UNREADABLE in items.values() else items

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.of.schema()}


@dataclass(frozen=True)
class DataTable:
    """A data class: a table whose keys are its fields."""

    kind: type

    def write(self, value: Any, *, complete: bool = False) -> dict[str, Any]:
        if not isinstance(value, self.kind):
            raise TypeError
        written = {}
        for field, shape in fields_of(self.kind):
            of_field = getattr(value, field.name)
            if complete or not _is_default(field, of_field):
                try:
                    written[field.name] = shape.write(of_field)
                except (TypeError, ValueError) as error:
                    raise TypeError(str(error) or f"{field.name} has a value of a wrong type") from None
        return written

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        if not isinstance(data, dict):
            return _wrong(data, "a table", path, problems)
        known = {field.name: (field, shape) for field, shape in fields_of(self.kind)}
        before = len(problems)
        for name in [name for name in data if name not in known]:
            hint = did_you_mean(str(name), known, otherwise=f"There are {', '.join(known)}.")
            problems.append(DataProblem((*path, str(name)), "is not a key of this table", hint))
        values = {}
        for name, (field, shape) in known.items():
            if name in data:
                values[name] = shape.read(data[name], (*path, name), problems)
            elif is_required(field):
                problems.append(DataProblem(path, f"has no {name}, which is required"))
        return self.kind(**values) if len(problems) == before else UNREADABLE

    def schema(self) -> Schema:
        return {"$ref": f"#/$defs/{self.kind.__name__}"}


@dataclass(frozen=True)
class LibraryCheck:
    """A check out of `beca_core.checks`, by its name."""

    def write(self, value: Any) -> object:
        if not is_library_check(value):
            raise TypeError("checks has a function, which is not data")
        return dict(check_library().to_document(value))

    def read(self, data: object, path: DataPath, problems: list[DataProblem]) -> Any:
        if not isinstance(data, dict):
            return _wrong(data, 'a table such as {check = "length", min = 20}', path, problems)
        try:
            return check_library().from_document(data)
        except BecaError as error:
            inner = tuple(filter(None, getattr(error, "pointer", "").split("/")))
            problems.append(DataProblem((*path, *inner), f"is not valid: {error.message.rstrip('.')}", error.hint))
        return UNREADABLE

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/Check"}


def check_library() -> Any:
    """Return the module of the checks; it is imported when the first check is read or written."""
    return import_module("beca_core.checks")


def is_library_check(check: object) -> bool:
    """Return whether a check is data: out of the library, and not a plugin's function with a name."""
    return bool(check_library().is_data(check))


class _AnyCheck:
    """Stands for `Check` in annotations, which is the type of a function."""


_NAMES_IN_HINTS: Final = {
    "Allow": Allow,
    "Check": _AnyCheck,
    "Confidence": Confidence,
    "CounterExample": CounterExample,
    "Example": Example,
    "Mapping": Mapping,
    "Near": Near,
    "Part": Part,
    "Severity": Severity,
    "Side": Side,
    "Step": Step,
    "Variant": Variant,
}
"""What the annotations of the contract name."""

TEXT: Final = Scalar(str, "string")
CHECK: Final = LibraryCheck()
_SCALARS: Final[dict[object, DataShape]] = {
    str: TEXT,
    int: Scalar(int, "integer"),
    float: Scalar(float, "number"),
    bool: Scalar(bool, "boolean"),
    _AnyCheck: CHECK,
}


@cache
def fields_of(kind: type) -> tuple[tuple[Field[Any], DataShape], ...]:
    """Return the fields of a data class of the contract, each with its shape."""
    hints = get_type_hints(kind, localns=_NAMES_IN_HINTS)
    return tuple((field, shape_of(hints[field.name])) for field in fields(kind))


def shape_of(hint: Any) -> DataShape:
    """Return the shape of a type annotation.

    Raises:
        TypeError: If values of this type have no shape.
    """
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return Choice(hint)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return DataTable(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return Several(shape_of(arguments[0]))
    if origin is Mapping:
        return Named(shape_of(arguments[1]))
    if origin is UnionType:
        return _union(set(arguments))
    raise TypeError(f"{hint} has no shape")


def _union(members: set[Any]) -> DataShape:
    if NoneType in members:
        (rest,) = members - {NoneType}
        return Optional(shape_of(rest))
    other = [member for member in members if member not in (str, bytes)]
    one: DataShape = TextOrBytes() if bytes in members else TEXT
    return OneOf(one, shape_of(other[0])) if other else one


def bytes_schema() -> Schema:
    """Return the JSON Schema of bytes."""
    text = {"type": "string", "pattern": _LATIN_1}
    return {"type": "object", "properties": {BYTES: text}, "required": [BYTES], "additionalProperties": False}


def _is(value: object, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def is_required(field: Field[Any]) -> bool:
    """Return whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def _is_default(field: Field[Any], value: object) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return bool(field.default is not MISSING and type(value) is type(field.default) and value == field.default)


def _wrong(data: object, expected: str, path: DataPath, problems: list[DataProblem]) -> object:
    problems.append(DataProblem(path, f"must be {expected}, not {_words(data)}"))
    return UNREADABLE


def _words(data: object) -> str:
    return _WORDS.get(type(data), "a date or a time")
