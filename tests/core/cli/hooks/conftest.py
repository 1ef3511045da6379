"""A clone and its bare remote, whose hooks run this BECA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.cli.hooks.clones import Clone

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clone(tmp_path: Path, environment: dict[str, str], program: list[str], acme: str) -> Clone:
    return Clone(tmp_path, environment, program)
