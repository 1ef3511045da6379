"""`StoredRule`: what a cache knows of a rule, which is enough until the rule has something to look at.

The module of a rule is imported when anything else of it is asked for: most scans find something of few rules.
"""

from __future__ import annotations

import json
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence, Severity
from beca_core.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.rules.rule import RuleInfo

OF_ALL: Final = ("id", "version", "confidence", "enabled", "former_ids", "keywords")
"""The fields that each scan reads of each rule."""
OF_SOME: Final = ("severity", "pattern", "boundary", "multiline", "max_bytes")
"""The fields that are read of a rule where something in a text may be its secret."""
_FIELDS: Final = frozenset(field.name for field in fields(Rule))
_ABOUT: Final = ("place", "location_row", "pattern_rows")
_LEVELS: Final[Mapping[str, Mapping[str, Severity | Confidence]]] = {
    "severity": {member.value: member for member in Severity},
    "confidence": {member.value: member for member in Confidence},
}


class RulePlace(NamedTuple):
    """Where a rule is.

    Args:
        module: Name of a module with a tuple `RULES`.
        number: Index of the rule in it.
    """

    module: str
    number: int


class StoredRule(Rule):
    """A rule of which some fields are known, and the others are read from the rule itself, when they are asked for.

    `StoredRule.of` makes one. It equals the rule, and is pickled and replaced as the rule.

    Attributes:
        package: Name of the package in which all of its plugin's modules are.
        shelf: Name of the cached file out of which the rule comes.
        place: Where the rule is.
        location_row: What it is located by; None: the literals of its patterns. See `stored_patterns`.
        pattern_rows: What is known of each of its patterns.
    """

    __slots__ = ("_details", "location_row", "package", "pattern_rows", "place", "shelf")

    package: str
    shelf: str
    place: RulePlace
    location_row: Any
    pattern_rows: Sequence[Any]

    def __new__(cls, **fields: Any) -> Rule:  # type: ignore[misc]  # `dataclasses.replace` makes a plain rule
        return Rule(**fields)

    @classmethod
    def of(cls, package: str, shelf: str, values: Sequence[Any], details: str) -> StoredRule:
        """Return a rule.

        Args:
            package: Name of the package of its plugin.
            shelf: Name of the cached file out of which it comes.
            values: The fields of `OF_ALL`, in that order, as JSON has them.
            details: JSON, as `details_of` returns it.
        """
        rule = object.__new__(cls)
        put = object.__setattr__
        put(rule, "package", package)
        put(rule, "shelf", shelf)
        put(rule, "_details", details)
        for name, value in zip(OF_ALL, values, strict=True):
            put(rule, name, _from_json(name, value))
        return rule

    def __getattr__(self, name: str) -> Any:
        """Return what is not known yet."""
        if name in _ABOUT or name in OF_SOME:
            place, location_row, pattern_rows, *values = json.loads(self._details)
            put = object.__setattr__
            put(self, "place", RulePlace(*place))
            put(self, "location_row", location_row)
            put(self, "pattern_rows", pattern_rows)
            for field, value in zip(OF_SOME, values, strict=True):
                put(self, field, _from_json(field, value))
            return object.__getattribute__(self, name)
        if name not in _FIELDS:
            raise AttributeError(name)
        rule = self.itself()
        for field in _FIELDS:
            object.__setattr__(self, field, getattr(rule, field))
        return getattr(rule, name)

    def itself(self) -> Rule:
        """Import the module of the rule, and return it from there.

        Raises:
            InvalidRule: If there is another rule now.
        """
        module, number = self.place
        is_own = module.startswith(f"{self.package}.")
        rules: tuple[Rule, ...] = getattr(import_module(module), "RULES", ()) if is_own else ()
        rule = rules[number] if number < len(rules) else None
        if rule is None or any(getattr(rule, name) != getattr(self, name) for name in (*OF_ALL, *OF_SOME)):
            raise InvalidRule(f"Rule {self.id!r} has changed since it was cached.", hint="Scan again.")
        return rule

    def __eq__(self, other: object) -> bool:
        return self.itself() == (other.itself() if isinstance(other, StoredRule) else other)

    def __hash__(self) -> int:
        return hash(self.itself())

    def __repr__(self) -> str:
        return repr(self.itself())

    def __reduce_ex__(self, protocol: Any) -> Any:
        return plain, (self.itself(),)


def plain(rule: RuleInfo) -> RuleInfo:
    """Return a rule with all of its fields."""
    return rule.itself() if isinstance(rule, StoredRule) else rule


def values_of(rule: Rule) -> list[object]:
    """Return the fields of `OF_ALL` of a rule, for JSON."""
    return [getattr(rule, name) for name in OF_ALL]


def details_of(rule: Rule, place: RulePlace, location_row: object, pattern_rows: Sequence[object]) -> str:
    """Return as JSON, in one line, what is known of a rule beside those fields."""
    fields = (getattr(rule, name) for name in OF_SOME)
    return json.dumps((place, location_row, pattern_rows, *fields), separators=(",", ":"))


def _from_json(name: str, value: Any) -> Any:
    if name in _LEVELS:
        return _LEVELS[name][value]
    return tuple(value) if isinstance(value, list) else value
