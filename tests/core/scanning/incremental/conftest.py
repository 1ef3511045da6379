"""A small repository that has been scanned once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.scanning.incremental.worlds import World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three commits on `main`: `a` has swordfish-1, `dir/b` nothing, `tests/c d` marlin-1 and swordfish-1."""
    world = World(tmp_path / "world")
    for number in range(3):
        world.commit(0, number, number, 2 * number)
    return world
