"""All situations, by theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.false_cleans.situations import archived, bounds, encodings, files, hostile, refs, states, stores, worktrees

if TYPE_CHECKING:
    from tests.false_cleans.situation import Situation

THEMES: Final[dict[str, list[Situation]]] = {
    "encodings": encodings.SITUATIONS,
    "worktrees": worktrees.SITUATIONS,
    "refs": refs.SITUATIONS,
    "stores": stores.SITUATIONS,
    "files": files.SITUATIONS,
    "archived": archived.SITUATIONS,
    "bounds": bounds.SITUATIONS,
    "states": states.SITUATIONS,
    "hostile": hostile.SITUATIONS,
}
