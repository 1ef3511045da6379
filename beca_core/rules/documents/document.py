"""The codec between rules and plain data, for the wire, for files and for people.

The keys are the fields of `Rule` and `RuleInfo`. Members of enumerations are their values, checks are written by
`beca_core.checks`, bytes are `{"bytes": "..."}`; `data_shapes` has the details. A field that is not there has its
default. So the document of a rule is what a rule file says of it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

from beca_core.errors import InvalidRule
from beca_core.rules.documents.data_shapes import CHECK, UNREADABLE, DataTable, is_library_check
from beca_core.rules.rule import MAX_TAG, Rule, RuleInfo

if TYPE_CHECKING:
    from beca_core.rules.documents.data_problem import DataPath, DataProblem

_AnyRule = TypeVar("_AnyRule", bound=RuleInfo)

_MOST_NAMED: Final = 20


def rule_to_document(rule: RuleInfo, *, complete: bool = False) -> dict[str, Any]:
    """Return a rule as plain data.

    Args:
        rule: A `Rule`, or the `RuleInfo` of a scanner's rule. Fields that a subclass adds are left out.
        complete: Whether fields that have their defaults are written too.

    Raises:
        TypeError: If it is not data: a check is a function, or a field has a value of a wrong type.
    """
    return DataTable(Rule if isinstance(rule, Rule) else RuleInfo).write(rule, complete=complete)


def rule_from_document(document: object, kind: type[_AnyRule] = Rule) -> _AnyRule:  # type: ignore[assignment]
    """Return the rule that plain data describe.

    Only the form is checked here; `rule_problems` says whether the rule keeps the contract.

    Args:
        document: The data.
        kind: `Rule`, or `RuleInfo` for the rule of a scanner.

    Raises:
        InvalidRule: With everything that is wrong.
    """
    problems: list[DataProblem] = []
    rule = read_rule(document, problems, kind=kind)
    if rule is None:
        raise InvalidRule(" ".join(map(str, problems[:_MOST_NAMED])))
    return rule


def read_rule(
    document: object,
    problems: list[DataProblem],
    path: DataPath = (),
    kind: type[_AnyRule] = Rule,  # type: ignore[assignment]
) -> _AnyRule | None:
    """Return the rule that plain data describe, or None after adding what is wrong.

    Args:
        document: The data.
        problems: Gets everything that is wrong with their form.
        path: Where they are, for the problems.
        kind: `Rule`, or `RuleInfo` for the rule of a scanner.
    """
    rule: Any = DataTable(kind).read(document, path, problems)
    return None if rule is UNREADABLE else rule


def rule_to_json(rule: RuleInfo) -> dict[str, Any]:
    """Return a rule as `beca rules show --format json` writes it: all fields, as in a rule file.

    A check that is code is written with its name, and with `code`, which a rule file cannot have.
    """
    if not isinstance(rule, Rule):
        return rule_to_document(rule, complete=True)
    document = rule_to_document(without_checks(rule), complete=True)
    document["checks"] = [_shown_check(check) for check in rule.checks]
    for part, of_part in zip(rule.parts, document["parts"], strict=True):
        of_part["checks"] = [_shown_check(check) for check in part.checks]
    return document


def _shown_check(check: object) -> object:
    if is_library_check(check):
        return CHECK.write(check)
    name = getattr(check, "name", None) or getattr(check, "__name__", None) or type(check).__name__
    return {"check": str(name)[:MAX_TAG], "code": True}


def is_data(rule: Rule) -> bool:
    """Return whether all checks of a rule and of its parts are out of `beca_core.checks`, so that it is only data."""
    return all(map(is_library_check, chain(rule.checks, *(part.checks for part in rule.parts))))


def without_checks(rule: Rule) -> Rule:
    """Return a rule without its checks, and without those of its parts."""
    parts = tuple(replace(part, checks=()) for part in rule.parts)
    return replace(rule, checks=(), parts=parts)
