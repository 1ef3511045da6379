"""All situations, by theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.false_cleans.situations import encodings, refs, worktrees

if TYPE_CHECKING:
    from tests.false_cleans.situation import Situation

THEMES: Final[dict[str, list[Situation]]] = {
    "encodings": encodings.SITUATIONS,
    "worktrees": worktrees.SITUATIONS,
    "refs": refs.SITUATIONS,
}
