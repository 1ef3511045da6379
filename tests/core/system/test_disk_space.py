"""Disk space: the reserve is at most a tenth of a file system, and errors that mean a full disk are told apart."""

from __future__ import annotations

import errno
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from beca_core.system.disk_space import free_bytes, is_full, room

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024


def test_the_free_space_of_a_real_file_system(tmp_path: Path) -> None:
    assert 0 < room(tmp_path, 1) <= free_bytes(tmp_path)
    with pytest.raises(FileNotFoundError):
        free_bytes(tmp_path / "missing")


@pytest.mark.parametrize(
    ("size", "free", "reserve", "expected"),
    [(120, 100, 1024, 88), (120, 100, 5, 95), (120, 100, 0, 100), (120, 4, 1024, -8), (100_000, 3000, 1024, 1976)],
)
def test_the_reserve_is_at_most_a_tenth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, free: int, reserve: int, expected: int
) -> None:
    found = SimpleNamespace(f_bavail=free * 256, f_frsize=4096, f_blocks=size * 256)
    monkeypatch.setattr(os, "statvfs", lambda _path: found)
    assert room(tmp_path, reserve * MIB) == expected * MIB


def test_errors_that_mean_a_full_disk() -> None:
    kinds = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES)
    assert [is_full(OSError(kind, "")) for kind in kinds] == [True, True, True, False]
