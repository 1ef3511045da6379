"""`Diagnosis`: what a check says of one part of a deployment."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Condition(StrEnum):
    """How a part of a deployment is; the last of these is the worst."""

    OK = "ok"
    WEAK = "weak"
    """It works, and something about it is worth a look."""
    BROKEN = "broken"
    """Something does not work."""

    @property
    def exit_code(self) -> int:
        """0, 1 or 2, in the order of the members."""
        return list(Condition).index(self)


class Diagnosis(NamedTuple):
    """What a check says.

    Args:
        check: Name of what was checked.
        health: How it is.
        said: What was seen, without any secret.
        remedy: What to do; empty: nothing.
    """

    check: str
    health: Condition
    said: str
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the verdict in its documented JSON shape."""
        return {"check": self.check, "health": self.health.value, "said": self.said, "remedy": self.remedy}
