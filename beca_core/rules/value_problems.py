"""Checks of single values of the detection contract: each returns what is wrong, or an empty string.

A message continues the name of a field, as in "max_bytes must be a whole number, not str.". It never repeats a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.rules.rule import MAX_ITEMS, MAX_TAG
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

ProblemOf: TypeAlias = Callable[[Any], str]
"""Returns what is wrong with a value; empty: nothing."""

NAME: Final = lazy(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Lower-case words joined by hyphens."""
UNSTORABLE: Final = lazy("[\0\ud800-\udfff]")
"""Characters that a database does not take."""
_SHOWN_NAME: Final = 60


def type_name(thing: object) -> str:
    """Return the name of a thing's type for a message: printable, and of a long name the beginning."""
    name = type(thing).__name__
    return (name if name.isprintable() else ascii(name))[:_SHOWN_NAME]


def whole_number(least: int, most: int) -> ProblemOf:
    """Return a check of a whole number within two bounds, both included."""

    def problem(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"must be a whole number, not {type_name(value)}."
        return "" if least <= value <= most else f"must be from {least} to {most}."

    return problem


def number(least: int, most: int) -> ProblemOf:
    """Return a check of a number within two bounds, both included."""

    def problem(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"must be a number, not {type_name(value)}."
        return "" if least <= value <= most else f"must be from {least} to {most}."

    return problem


def boolean(value: Any) -> str:
    """Return what is wrong with a value that has to be True or False."""
    return "" if isinstance(value, bool) else f"must be True or False, not {type_name(value)}."


def text(most: int, *, least: int = 0) -> ProblemOf:
    """Return a check of a text of bounded length that can be stored; white space does not count for `least`."""

    def problem(value: Any) -> str:
        if not isinstance(value, str):
            return f"must be a str, not {type_name(value)}."
        if len(value) > most:
            return f"has {len(value):,} characters; {most:,} are allowed."
        if UNSTORABLE.search(value):
            return "has a NUL or a lone surrogate, which cannot be stored."
        return "is empty." if len(value.strip()) < least else ""

    return problem


def member(kind: type[StrEnum]) -> ProblemOf:
    """Return a check of a member of an enumeration."""

    def problem(value: Any) -> str:
        if isinstance(value, kind):
            return ""
        name = value.upper() if isinstance(value, str) else ""
        example = name if name in kind.__members__ else "HIGH" if "HIGH" in kind.__members__ else next(iter(kind)).name
        return f"must be a member of {kind.__name__}, not {type_name(value)}. Write {kind.__name__}.{example}."

    return problem


def tuple_of(items: str, example: str, problem_of: ProblemOf, *, least: int = 0) -> ProblemOf:
    """Return a check of a tuple, whose items have a check of their own.

    Args:
        items: What the items are, for messages.
        example: How such a tuple is written.
        problem_of: The check of an item.
        least: How many items there are at least.
    """

    def problem(value: Any) -> str:
        if not isinstance(value, (tuple, list)):
            return f"must be a tuple of {items}, not {type_name(value)}. Write {example}."
        if not least <= len(value) <= MAX_ITEMS:
            return f"has {len(value):,} items; {least} to {MAX_ITEMS:,} are allowed."
        for number, item in enumerate(value, start=1):
            if found := problem_of(item):
                return f"item {number} {found} Write {example}."
        return ""

    return problem


def record(kind: type, problems: Mapping[str, ProblemOf]) -> ProblemOf:
    """Return what is wrong with an object of a class of the contract, by its fields."""

    def problem(value: Any) -> str:
        if not isinstance(value, kind):
            return f"must be {_an(kind.__name__)}, not {type_name(value)}."
        for name, problem_of in problems.items():
            if found := problem_of(getattr(value, name)):
                return f"has {_an(name)} that {found}"
        return ""

    return problem


def _an(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def or_none(problem_of: ProblemOf) -> ProblemOf:
    """Return a check that accepts None too."""
    return lambda value: "" if value is None else problem_of(value)


def name_problem(value: Any) -> str:
    """Return what is wrong with a name of lower-case words joined by hyphens."""
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}. Use lower-case words joined by hyphens."
    if len(value) > MAX_TAG:
        return f"has {len(value):,} characters; {MAX_TAG} are allowed."
    return "" if NAME.fullmatch(value) else "is not valid. Use lower-case words joined by hyphens."


def optional_name(value: Any) -> str:
    """Return what is wrong with such a name, or nothing if it is empty."""
    return "" if value == "" else name_problem(value)
