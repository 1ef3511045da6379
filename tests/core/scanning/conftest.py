"""A small repository with one secret."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.core.scanning.samples import TEXT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "repository"
    path.mkdir()
    (path / "app.ini").write_text(TEXT)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Add settings"],
    ):
        subprocess.run(["git", *command], cwd=path, check=True)
    return path
