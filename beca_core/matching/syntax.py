"""RE2's syntax as a tree of byte sets.

A rule's pattern is written for RE2, and the prefilter speaks another dialect. Between the two stands this tree: each
of its leaves is a set of bytes or an assertion, and RE2 itself says which bytes an atom such as `(?i)[[:alpha:]]`
stands for. What is written out of the tree holds nothing in which the two dialects could differ.

The grammar is that of https://github.com/google/re2/wiki/Syntax; only patterns that RE2 accepts are given to `parse`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import re2

MAX_DEPTH: Final = 100


class Bytes(NamedTuple):
    """One byte out of a set."""

    members: frozenset[int]


class Assertion(NamedTuple):
    """A condition on a place: `^` and `$` at line ends, `\\A` and `\\z` at the text's, `\\b` and `\\B` at words'."""

    symbol: str


class Sequence(NamedTuple):
    """One part after the other; without parts, the empty string."""

    parts: tuple[Node, ...]


class Alternation(NamedTuple):
    """One of several branches."""

    branches: tuple[Node, ...]


class Repeat(NamedTuple):
    """The same again, from `least` to `most` times; a `most` of None has no bound."""

    node: Node
    least: int
    most: int | None


Node: TypeAlias = Bytes | Assertion | Sequence | Alternation | Repeat

EMPTY: Final = Sequence(())


class PatternRefused(ValueError):
    """Raised when RE2 accepts a pattern, but BECA does not; the message continues "the pattern ..."."""


def can_be_empty(node: Node) -> bool:
    """Say whether the empty string matches, assertions taken as true."""
    match node:
        case Bytes():
            return False
        case Assertion():
            return True
        case Sequence(parts):
            return all(map(can_be_empty, parts))
        case Alternation(branches):
            return any(map(can_be_empty, branches))
        case Repeat(inner, least, _):
            return least == 0 or can_be_empty(inner)


@cache
def latin1_options() -> re2.Options:
    """Return the options under which patterns match bytes instead of characters."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # type: ignore[attr-defined]
    options.log_errors = False
    return options
