"""What the prefilter sees in a text, and how escapes begin; a scan that sees nothing encoded loads no decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.matching.windows import Ranges, Span

PERCENT: Final = b"%"
BACKSLASH: Final = b"\\"
ESCAPE_MARKS: Final = (PERCENT, BACKSLASH)
"""How escapes begin."""


class PrefilterHits(NamedTuple):
    """What the prefilter saw in a text.

    Args:
        ranges: Where rules may match and scanners have to look, by index; the others need not look.
        forms: Offsets after the encoded forms of literals, by kind, in any order.
        plain: The ranges of rules with literals again, in any order: there, escapes are worth decoding.
    """

    ranges: Mapping[int, Ranges] = {}
    forms: Mapping[int, Sequence[int]] = {}
    plain: Sequence[Span] = ()


NOTHING: Final = PrefilterHits()
