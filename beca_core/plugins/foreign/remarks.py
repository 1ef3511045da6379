"""`Remark`: something in a file of another scanner that cannot be said in BECA's words, and what follows from that."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from beca_core.reports.escaping import printable


class Effect(StrEnum):
    """What follows from something that is not translated."""

    NOT_RUN = "not run"
    """A rule finds nothing here; secrets may be missed."""
    FINDS_LESS = "finds less"
    """A rule may miss a secret that the other scanner finds."""
    FINDS_MORE = "finds more"
    """Something is reported that the other scanner leaves out."""
    NONE = "no effect"
    """Nothing is found or missed for this reason."""


class Remark(NamedTuple):
    """Something that is not translated.

    Args:
        line: Its line, 1-based.
        subject: What it is about, such as `rule acme-token: entropy`.
        reason: Why, as a phrase.
        effect: What follows.
        file: The file, as it was named.
        rule: Id of the rule in the file; empty: it is about no rule.
    """

    line: int
    subject: str
    reason: str
    effect: Effect
    file: str = ""
    rule: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.file else f"line {self.line}"
        return printable(f"{where}: {self.subject}: {self.reason} ({self.effect.value})")
