"""The regions of a text that are worth searching, and the marks of escapes.

This module loads no decoder, so that a scan without encoded text needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.matching.lines import Ranges, Span
    from beca_core.rules.scanner import Match

PERCENT: Final = b"%"
BACKSLASH: Final = b"\\"
ESCAPE_MARKS: Final = (PERCENT, BACKSLASH)
"""The first byte of each escape."""


class Regions(NamedTuple):
    """The regions of a text that are worth searching: what the prefilter reports.

    Args:
        ranges: Where rules may match and scanners must run, by index; the others need not run.
        forms: Offsets after encoded forms of literals, by kind, in any order.
        literal_spans: The ranges of the rules that have literals, in any order: escapes there are worth decoding.
        may_be_wide: Whether there may be a match in UTF-16 or UTF-32, if there is such text.
    """

    ranges: Mapping[int, Ranges] = {}
    forms: Mapping[int, Sequence[int]] = {}
    literal_spans: Sequence[Span] = ()
    may_be_wide: bool = False


NO_REGIONS: Final = Regions()
NO_MATCHES: Final[list[Match]] = []
"""What `RuleSet.find` returns for a text in which nothing may be. It is never changed."""
