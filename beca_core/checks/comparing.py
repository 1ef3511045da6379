"""Checks that compare a text: with fixed beginnings and ends, with another group, with a range of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.alphabets import bytes_of
from beca_core.checks.inspection import SECRET, Inspection, disordered
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from beca_core.checks.inspection import Bounds, Choices
    from beca_core.rules.candidate import Candidate

_MOST_DIGITS: Final = 30
_GREATEST: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Affixes(Inspection):
    """Require or forbid beginnings, ends and contents.

    In each text `\\xNN` is a byte, and `\\\\` a backslash.

    Example::

        Affixes(starts_with=("sk_", "rk_"), not_contains=("_example",))

    Args:
        starts_with: Beginnings of which the text has one; empty: any.
        ends_with: Ends of which it has one; empty: any.
        contains: Texts of which it holds one; empty: any.
        not_starts_with: Beginnings that it may not have.
        not_ends_with: Ends that it may not have.
        not_contains: Texts that it may not hold.
        ignore_case: Whether ASCII letters are compared in any case.
    """

    name: ClassVar[str] = "affixes"

    starts_with: tuple[str, ...] = ()
    ends_with: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    not_starts_with: tuple[str, ...] = ()
    not_ends_with: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    ignore_case: bool = False

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        fold = self.ignore_case
        if fold:
            text = text.lower()
        if self.starts_with and not text.startswith(_fixed(self.starts_with, fold)):
            return Dropped("it begins otherwise")
        if self.ends_with and not text.endswith(_fixed(self.ends_with, fold)):
            return Dropped("it ends otherwise")
        if self.contains and not any(one in text for one in _fixed(self.contains, fold)):
            return Dropped("it holds none of the texts that are required")
        if self.not_starts_with and text.startswith(_fixed(self.not_starts_with, fold)):
            return Dropped("it begins as no secret does")
        if self.not_ends_with and text.endswith(_fixed(self.not_ends_with, fold)):
            return Dropped("it ends as no secret does")
        if self.not_contains and any(one in text for one in _fixed(self.not_contains, fold)):
            return Dropped("it holds a text that no secret holds")
        return None

    def _conflict(self) -> str:
        given = {name: getattr(self, name) for name in _AFFIXES}
        if not any(given.values()):
            return "starts_with is empty, and nothing else is required."
        for name, texts in given.items():
            try:
                if not all(_fixed(texts, False)):
                    return f"{name} has an empty text."
            except ValueError as error:
                return f"{name} {error}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Comparison(Inspection):
    """Compare the text with that of another group of the pattern.

    Example::

        Comparison(with_group="user", relation="differs", ignore_case=True)

    Args:
        with_group: The other group. If it took no part in the match, the candidate passes.
        relation: `differs`; `equals`; `apart`: neither of the two texts holds the other.
        ignore_case: Whether ASCII letters are compared in any case.
    """

    name: ClassVar[str] = "comparison"
    _CHOICES: ClassVar[Choices] = {"relation": ("differs", "equals", "apart")}

    with_group: str = SECRET
    relation: str = "differs"
    ignore_case: bool = False

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of the pattern that it reads."""
        return self.of, self.with_group

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        other = candidate.secret if self.with_group == SECRET else candidate.group(self.with_group)
        if other is None:
            return None
        if self.ignore_case:
            text, other = text.lower(), other.lower()
        if self.relation == "equals":
            return None if text == other else Dropped(f"it differs from {self.with_group}")
        if self.relation == "differs":
            return Dropped(f"it equals {self.with_group}") if text == other else None
        if not text or not other:
            return None
        return Dropped(f"it holds {self.with_group}, or is a part of it") if text in other or other in text else None

    def _conflict(self) -> str:
        return "with_group is the group itself." if self.with_group == self.of else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NumberRange(Inspection):
    """Require a whole number in decimal digits, within bounds.

    Example::

        NumberRange(of="port", min=1, max=65535)

    Args:
        min: Least number.
        max: Greatest number.
    """

    name: ClassVar[str] = "number-range"
    _BOUNDS: ClassVar[Bounds] = {"min": (-_GREATEST, _GREATEST), "max": (-_GREATEST, _GREATEST)}

    min: int = 0
    max: int = _GREATEST

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        digits = text[1:] if text[:1] == b"-" else text
        if not digits.isdigit():
            return Dropped("it is not a whole number")
        if len(digits) > _MOST_DIGITS:
            return Dropped("it has too many digits", f"{len(digits)} of at most {_MOST_DIGITS}")
        number = int(text)
        if self.min <= number <= self.max:
            return None
        return Dropped("the number is too small" if number < self.min else "the number is too large")

    def _conflict(self) -> str:
        return disordered(self.min, self.max)


_AFFIXES: Final = ("starts_with", "ends_with", "contains", "not_starts_with", "not_ends_with", "not_contains")


@cache
def _fixed(texts: tuple[str, ...], fold: bool) -> tuple[bytes, ...]:
    found = map(bytes_of, texts)
    return tuple(one.lower() for one in found) if fold else tuple(found)
