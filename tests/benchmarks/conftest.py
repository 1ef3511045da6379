"""The benchmarks are programs of their own: what they import lies beside them."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], str]:
    """Make a program out of a name and the lines of a shell script."""

    def make(name: str, script: str) -> str:
        path = tmp_path / "programs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with 400 blobs."""
    from measure.repositories import generate

    path = tmp_path_factory.mktemp("generated") / "small.git"
    generate(path, 400)
    return path
