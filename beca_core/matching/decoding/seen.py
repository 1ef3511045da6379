"""What the prefilter sees that can have to do with encodings; whoever scans without seeing any loads no decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.matching.windows import Span

PERCENT: Final = b"%"
BACKSLASH: Final = b"\\"
ESCAPE_MARKS: Final = (PERCENT, BACKSLASH)
"""How escapes begin."""


class Seen(NamedTuple):
    """What the prefilter saw in a text.

    Args:
        forms: Offsets behind the encoded forms of literals, by kind, in any order.
        plain: Ranges of offsets at which literals were seen as they are, where a match may be; in any order.
    """

    forms: Mapping[int, Sequence[int]] = {}
    plain: Sequence[Span] = ()
