"""What must be around a secret, and what must not: words near it, companions, allow-lists, and variants."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from beca_core.findings import Confidence, Severity
    from beca_core.rules.candidate import Check

DEFAULT_NEAR_BYTES: Final = 64
DEFAULT_PART_BYTES: Final = 512
DEFAULT_PART_LINES: Final = 5
MAX_NEAR_BYTES: Final = 4096
"""Greatest distance of a word or of a part, in bytes."""


class Side(StrEnum):
    """Where something is, seen from the secret."""

    BEFORE = "before"
    """Before its first byte."""
    AFTER = "after"
    """After its last byte."""
    EITHER = "either"
    """Before or after it."""
    LINE = "line"
    """In the lines that hold it, before or after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Words of which one must be near the secret.

    Args:
        words: ASCII words of at least three characters, compared in any letter case, also within longer words.
        within: Distance in bytes between the word and the secret, up to 4,096; for `line`, too.
        where: On which side.
    """

    words: tuple[str, ...]
    within: int = DEFAULT_NEAR_BYTES
    where: Side = Side.EITHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A companion of a secret, such as the id of a key or the name of a user: the nearest one is reported with it.

    Args:
        name: Lower-case words joined by hyphens, such as `key-id`.
        pattern: RE2 syntax. A group `part` marks the companion; without one, it is all that matches.
        boundary: As `Rule.boundary`, for the part.
        within_bytes: Distance in bytes between the part and the secret, up to 4,096.
        within_lines: Line ends between the part and the secret; 0: on the same line.
        where: On which side.
        required: Whether a candidate without it is dropped.
        confidence: Confidence of a finding without it, if it is not required; None: as with it.
        checks: Checks of the part, out of `beca_core.checks`; a match that they drop is not the part.
        public: Whether the part is shown in full; otherwise its preview is.
    """

    name: str
    pattern: str
    boundary: str = ""
    within_bytes: int = DEFAULT_PART_BYTES
    within_lines: int = DEFAULT_PART_LINES
    where: Side = Side.EITHER
    required: bool = True
    confidence: Confidence | None = None
    checks: tuple[Check, ...] = ()
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """What looks like a secret of a rule and is none.

    Args:
        values: Secrets that are published as examples; compared exactly.
        words: ASCII words that no secret holds, compared in any letter case: a secret that holds one is dropped.
        patterns: RE2 syntax; a secret in which one matches is dropped.
        lines: RE2 syntax; a secret is dropped if one matches in its line, up to 1,024 bytes before and after it.
    """

    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.values or self.words or self.patterns or self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A kind of secret of a rule, such as a test key; the first variant whose pattern matches applies.

    Args:
        name: Lower-case words joined by hyphens, such as `test`.
        pattern: RE2 syntax; it is searched in the secret.
        severity: Severity of its findings; None: the rule's.
        confidence: Confidence of its findings; None: that of the match.
        description: Description of its findings; empty: the rule's.
    """

    name: str
    pattern: str
    severity: Severity | None = None
    confidence: Confidence | None = None
    description: str = ""
