"""The repository with canaries, and spies on the processes that scan it.

A run takes one of sixty rules; BECA_TEST_CANARIES=1 takes all.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.canaries.planted import Planted, plant
from tests.canaries.spies import Spies

if TYPE_CHECKING:
    from pathlib import Path

EVERY = int(os.environ.get("BECA_TEST_CANARIES") or 60)


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The repository."""
    return plant(tmp_path_factory.mktemp("canaries") / "repository.git", EVERY)


@pytest.fixture
def spies(tmp_path: Path) -> Spies:
    """Spies for the processes of one test."""
    return Spies(tmp_path)


@pytest.fixture
def seconds() -> int:
    """Longest time of a scan."""
    return 600 if EVERY == 1 else 90
