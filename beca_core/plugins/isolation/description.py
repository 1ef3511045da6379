"""What a plugin registered, as plain data that can be sent from its process."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence, Severity
from beca_core.rules.rule import Example, Rule, RuleInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from beca_core.plugins.registration import Plugin

_AnyRule = TypeVar("_AnyRule", bound=RuleInfo)

_BYTES: Final = "bytes"
_MOST_TEXT: Final = 1000
_MOST_PROBLEMS: Final = 1000


class ScannerDescription(NamedTuple):
    """A scanner without its code.

    Args:
        name: Name of its class.
        rules: Its rules.
        anchors: Its anchors.
        needs_whole: Whether it needs the whole content.
    """

    name: str
    rules: tuple[RuleInfo, ...]
    anchors: tuple[bytes, ...]
    needs_whole: bool


class Description(NamedTuple):
    """What a plugin registered.

    Args:
        rules: Its rules without their checks, each with the number of these.
        scanners: Its scanners.
        filters: How many filters it has.
        formats: The names of its reporters.
        digests: The digest of each rule, by id, as far as digests were computed.
        problems: What is wrong with it.
        identity: What must not change while it is in use.
    """

    rules: list[tuple[Rule, int]]
    scanners: list[ScannerDescription]
    filters: int
    formats: list[str]
    digests: dict[str, str]
    problems: list[str]
    identity: object


def to_plain(record: Plugin) -> dict[str, Any]:
    """Describe what a plugin registered; what cannot be described becomes one of its problems."""
    problems = list(record.problems)
    return {
        "rules": [_rule_or_none(rule, problems) for rule in record.rules],
        "scanners": [
            {
                "name": type(scanner).__name__,
                "rules": [_rule_or_none(rule, problems) for rule in scanner.rules],
                "anchors": [_plain(anchor) for anchor in scanner.anchors],
                "needs_whole": getattr(scanner, "needs_whole", False) is True,
            }
            for scanner in record.scanners
        ],
        "filters": len(record.filters),
        "formats": [str(reporter.name) for reporter in record.reporters],
        "digests": _digests(record),
        "problems": problems,
    }


def _digests(record: Plugin) -> dict[str, str]:
    """Return the digests of the rules; they depend on the code of the plugin, which only this process has."""
    from beca_core.rules.digest import rule_digests

    return rule_digests(record)


def _rule_or_none(rule: RuleInfo, problems: list[str]) -> dict[str, Any] | None:
    try:
        return {field.name: _plain_field(field.name, getattr(rule, field.name)) for field in fields(rule)}
    except TypeError as error:
        problems.append(f"Rule {rule.id!r} is not loaded: {error}.")
        return None


def _plain_field(name: str, value: Any) -> object:
    if name == "checks":
        return len(tuple(value))
    try:
        return _plain(value)
    except TypeError:
        raise TypeError(f"{name} has a value of a wrong type") from None


def _plain(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, bytes):
        return {_BYTES: value.decode("latin-1")}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Example):
        return [_plain(value.text), _plain(value.secret), _plain(value.confidence)]
    raise TypeError


def from_plain(described: Any) -> Description:
    """Read a description that came from the process of a plugin.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: If it is not one.
    """
    problems = [_text(problem)[:_MOST_TEXT] for problem in described["problems"][:_MOST_PROBLEMS]]
    scanners = [_scanner(scanner, problems) for scanner in described["scanners"]]
    formats = [_text(name)[:_MOST_TEXT] for name in described["formats"]]
    rules = [_read_rule(Rule, rule, problems) for rule in described["rules"]]
    digests = {_text(rule_id): _text(digest) for rule_id, digest in described["digests"].items()}
    counts = [_count(rule["checks"]) if rule else 0 for rule in described["rules"]]
    return Description(
        rules=[(rule, count) for rule, count in zip(rules, counts, strict=True) if rule is not None],
        scanners=scanners,
        filters=_count(described["filters"]),
        formats=formats,
        digests=digests,
        problems=problems,
        identity=[
            [(rule["id"], rule["version"], rule["checks"]) for rule in described["rules"] if rule],
            [[rule.id for rule in scanner.rules] for scanner in scanners],
            described["filters"],
            formats,
        ],
    )


def _scanner(described: Any, problems: list[str]) -> ScannerDescription:
    name = _text(described["name"])
    rules = [_read_rule(RuleInfo, rule, problems) for rule in described["rules"]]
    return ScannerDescription(
        name=name[:_MOST_TEXT] if name.isidentifier() else "Scanner",
        rules=tuple(rule for rule in rules if rule is not None),
        anchors=tuple(map(_bytes, described["anchors"])),
        needs_whole=described["needs_whole"] is True,
    )


def _read_rule(kind: type[_AnyRule], described: Mapping[str, Any] | None, problems: list[str]) -> _AnyRule | None:
    """Make a rule of what came; what the rule itself refuses is a problem of the plugin."""
    if described is None:
        return None
    values = {
        field.name: _READERS[str(field.type)](described[field.name]) for field in fields(kind) if field.name != "checks"
    }
    try:
        return kind(**values)
    except InvalidRule as error:
        problems.append(str(error)[:_MOST_TEXT])
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


def _count(value: Any) -> int:
    if not 0 <= _number(value) <= 100_000:
        raise ValueError("not a number of things")
    return int(value)


def _real_number(value: Any) -> float:
    return value if isinstance(value, float) else _number(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _bytes(value: Any) -> bytes:
    return _text(value[_BYTES]).encode("latin-1")


def _text_or_bytes(value: Any) -> Any:
    return _bytes(value) if isinstance(value, dict) else _text(value)


def _tuple_of(read: Callable[[Any], Any]) -> Callable[[Iterable[Any]], tuple[Any, ...]]:
    def read_all(values: Iterable[Any]) -> tuple[Any, ...]:
        if not isinstance(values, list):
            raise TypeError("not a list")
        return tuple(map(read, values))

    return read_all


def _example(value: Any) -> Example:
    text, secret, confidence = value
    return Example(_text_or_bytes(text), _text_or_bytes(secret), None if confidence is None else Confidence(confidence))


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "str": _text,
    "int": _number,
    "float": _real_number,
    "bool": _truth,
    "Severity": Severity,
    "Confidence": Confidence,
    "tuple[Example, ...]": _tuple_of(_example),
    "tuple[str, ...]": _tuple_of(_text),
    "tuple[str | bytes, ...]": _tuple_of(_text_or_bytes),
}
"""How the value of a field is read, by the field's type."""
