"""`ForeignAllow`: an allow-list of another scanner, as far as the rules themselves do not have it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AllowTarget(StrEnum):
    """What the expressions of an allow-list are searched in."""

    SECRET = "secret"  # noqa: S105 - what is searched, and no password
    """The secret."""
    MATCH = "match"
    """All that the expression of the rule matches."""
    LINE = "line"
    """The lines that hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignAllow:
    """An allow-list of another scanner.

    Args:
        description: What it is for.
        rules: Ids of the rules that it is for; none: it is for all.
        needs_all: Whether a finding has to match each kind of criterion that is given, and not just one.
        commits: Ids of commits.
        paths: Expressions that are searched for in paths.
        expressions: Expressions that are searched for in the target.
        target: What they are searched in.
        stop_words: Words of which one is in the secret, in any letter case.
        line: Its line in the file, 1-based.
        file: The file, as it was named.
    """

    description: str = ""
    rules: tuple[str, ...] = ()
    needs_all: bool = False
    commits: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    target: AllowTarget = AllowTarget.SECRET
    stop_words: tuple[str, ...] = ()
    line: int = 1
    file: str = ""

    def __bool__(self) -> bool:
        return bool(self.commits or self.paths or self.expressions or self.stop_words)
