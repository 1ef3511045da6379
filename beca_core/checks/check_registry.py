"""All checks by name, and their form as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from beca_core.checks.characters import Charset, Distinct, Entropy, Length
from beca_core.checks.checksums import Checksum, Luhn, Mod97
from beca_core.checks.comparing import Affixes, Comparison, NumberRange
from beca_core.checks.dictionary_words import DictionaryWords
from beca_core.checks.encoded_text import Base58Check, ByteArray, Encoded
from beca_core.checks.inspection import Inspection
from beca_core.checks.jwt import Jwt
from beca_core.checks.parameters import parameter_problems, parameters_of
from beca_core.checks.patterned import Repeats, Sequences
from beca_core.checks.placeholders import Placeholder
from beca_core.checks.shapes import Shape
from beca_core.checks.url_parts import UrlParts
from beca_core.errors import InvalidRule, did_you_mean

if TYPE_CHECKING:
    from beca_core.rules.candidate import Candidate, Dropped

_KINDS: Final[tuple[type[Inspection], ...]] = (
    Charset,
    Length,
    Entropy,
    Distinct,
    Affixes,
    Comparison,
    NumberRange,
    Checksum,
    Luhn,
    Mod97,
    Encoded,
    Base58Check,
    ByteArray,
    Jwt,
    Placeholder,
    DictionaryWords,
    Sequences,
    Repeats,
    Shape,
    UrlParts,
)
CHECKS: Final[Mapping[str, type[Inspection]]] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""The classes of all checks, by name."""

_SHOWN_NAME: Final = 60
_OUTCOMES: Final = {
    "keep": "keeps it",
    "drop": "drops it",
    "low": "lowers the confidence to LOW",
    "medium": "makes the confidence MEDIUM",
    "high": "raises the confidence to HIGH",
}


@dataclass(frozen=True, slots=True)
class Custom:
    """A function as a check with a name, for what no other check can say. It has no form as data.

    Args:
        name: Lower-case words joined by hyphens.
        function: Called with a `Candidate`; returns it, a changed one, or a `Dropped`.
    """

    name: str
    function: Callable[[Candidate], Candidate | Dropped | None]

    def __call__(self, candidate: Candidate) -> Candidate | Dropped | None:
        """Return what the function returns."""
        return self.function(candidate)


def is_data(check: object) -> bool:
    """Whether a check is one of `CHECKS`, which can be written as data."""
    return CHECKS.get(getattr(check, "name", "")) is type(check) if isinstance(check, Inspection) else False


def name_of(check: object) -> str:
    """Return the name of a check; of a mere function its own."""
    name = check.name if isinstance(check, Inspection | Custom) else getattr(check, "__name__", type(check).__name__)
    return name if isinstance(name, str) else type(check).__name__


def to_document(check: object) -> dict[str, Any]:
    """Return a check as data for JSON or TOML: its name as `check`, and the parameters that are not the default.

    Raises:
        InvalidRule: If it is a function.
    """
    if not isinstance(check, Inspection) or not is_data(check):
        raise InvalidRule(
            f"The check {name_of(check)!r:.80} is code.",
            hint="Only the checks of beca_core.checks can be written as data.",
        )
    document: dict[str, Any] = {"check": check.name}
    for field in fields(check):
        value = getattr(check, field.name)
        if value != field.default:
            document[field.name] = list(value) if isinstance(value, tuple) else value
    return document


def from_document(document: object) -> Inspection:
    """Return the check that data describes, the opposite of `to_document`.

    Args:
        document: A mapping with the name of the check as `check`, and its parameters.

    Raises:
        InvalidRule: If it describes none. The message names the check, the parameter and the type that it must have;
            `pointer` leads to the wrong member.
    """
    if not isinstance(document, Mapping):
        raise InvalidRule(
            f"A check must be a table, not {type(document).__name__}.", hint='Write {check = "length", ...}.'
        )
    kind = _kind_of(document)
    known = parameters_of(kind)
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name == "check":
            continue
        if name not in known:
            raise InvalidRule(
                f"check {kind.name}: {str(name)[:_SHOWN_NAME]!a} is not a parameter of it.",
                hint=did_you_mean(str(name), known, otherwise=f"It has {', '.join(known)}."),
                pointer=f"/{name}",
            )
        values[name] = _value(value, is_list=known[name].is_list)
        if problem := known[name].problem(values[name]):
            raise InvalidRule(f"check {kind.name}: {name} {problem}", pointer=f"/{name}")
    check = kind(**values)
    for name, problem in parameter_problems(check).items():
        raise InvalidRule(f"check {kind.name}: {name} {problem}", pointer=f"/{name}")
    return check


def describe(check: object) -> str:
    """Return a line for a person about a check: its name, its parameters, and what follows from it.

    Args:
        check: A check, or a function.
    """
    if not isinstance(check, Inspection):
        return f"{name_of(check)} (a function)"
    values = {field.name: getattr(check, field.name) for field in fields(check) if field.name not in _OF_ALL}
    defaults = {field.name: field.default for field in fields(check)}
    given = ", ".join(f"{name}={value!r}" for name, value in values.items() if value or value != defaults[name])
    parts = [f"{check.name}({given})"]
    if check.of != "secret":
        parts[0] += f" of {check.of}"
    if check.then != "keep":
        parts.append(f"passing {_outcome(check.then)}")
    if check.otherwise != "drop":
        parts.append(f"failing {_outcome(check.otherwise)}")
    return "; ".join(parts)


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a check as data, for editors."""
    return {"type": "object", "required": ["check"], "oneOf": [_schema_of(kind) for kind in _KINDS]}


_OF_ALL: Final = ("of", "then", "otherwise")


def _schema_of(kind: type[Inspection]) -> dict[str, Any]:
    parameters = {name: parameter.json_schema() for name, parameter in parameters_of(kind).items()}
    return {
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": {"check": {"const": kind.name}, **parameters},
        "required": ["check"],
        "additionalProperties": False,
    }


def _kind_of(document: Mapping[Any, Any]) -> type[Inspection]:
    name = document.get("check")
    if not isinstance(name, str):
        raise InvalidRule("A check has no name.", hint='Write check = "length", or another name.', pointer="/check")
    if name not in CHECKS:
        raise InvalidRule(
            f"There is no check {name[:_SHOWN_NAME]!a}.",
            hint=did_you_mean(name, CHECKS, otherwise=f"There are {', '.join(CHECKS)}."),
            pointer="/check",
        )
    return CHECKS[name]


def _value(value: object, *, is_list: bool) -> object:
    return tuple(value) if is_list and isinstance(value, list) else value


def _outcome(outcome: str) -> str:
    return _OUTCOMES.get(outcome) or f"makes the severity {outcome.removeprefix('severity-').upper()}"
