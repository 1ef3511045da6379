"""RE2's syntax as a tree of byte sets.

A rule's pattern is written for RE2, and Hyperscan reads another dialect. This tree is independent of both: each of its
leaves is a set of bytes or an assertion, and RE2 itself says which bytes an atom such as `(?i)[[:alpha:]]` matches. So
nothing that is derived from the tree depends on a difference between the dialects.

The grammar is that of https://github.com/google/re2/wiki/Syntax; `parse` is called only with patterns that RE2 accepts.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import re2

MAX_DEPTH: Final = 100
_MEMORY_OF_MANY: Final = 64 * 1024 * 1024
"""For the states of an expression of many patterns; RE2 takes as much as it needs."""


class Bytes(NamedTuple):
    """One byte out of a set."""

    members: frozenset[int]


class Assertion(NamedTuple):
    """A condition on an offset: `^`, `$` (line ends), `\\A`, `\\z` (text ends), `\\b` or `\\B` (word boundaries)."""

    symbol: str


class Sequence(NamedTuple):
    """Some parts in order; without parts, the empty string."""

    parts: tuple[Node, ...]


class Alternation(NamedTuple):
    """One of several branches."""

    branches: tuple[Node, ...]


class Repeat(NamedTuple):
    """A node repeated from `least` to `most` times; a `most` of None means no bound."""

    node: Node
    least: int
    most: int | None


Node: TypeAlias = Bytes | Assertion | Sequence | Alternation | Repeat

EMPTY: Final = Sequence(())


class PatternRefused(ValueError):
    """Raised when a pattern cannot be used; the message continues "the pattern ..."."""


def can_be_empty(node: Node) -> bool:
    """Return whether the empty string matches, assertions taken as true."""
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


def longest(node: Node) -> int | None:
    """Return how many bytes match at most; None: any number."""
    match node:
        case Bytes():
            return 1
        case Assertion():
            return 0
        case Sequence(parts) | Alternation(parts):
            sizes = [longest(part) for part in parts]
            known = [size for size in sizes if size is not None]
            if len(known) < len(sizes):
                return None
            return sum(known) if isinstance(node, Sequence) else max(known, default=0)
        case Repeat(inner, _, most):
            size = longest(inner)
            return None if size is None or most is None else size * most


@cache
def latin1_options() -> re2.Options:
    """Return options with which patterns match bytes instead of characters."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # type: ignore[attr-defined]
    options.log_errors = False
    return options


def options_of_many() -> re2.Options:
    """Return options for an expression of many patterns, which only says where one of them matches."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # type: ignore[attr-defined]
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY_OF_MANY
    return options
