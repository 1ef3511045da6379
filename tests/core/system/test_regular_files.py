"""Only regular files are opened, and no more than allowed is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from beca_core.system.regular_files import NotRegular, open_regular, read_regular

if TYPE_CHECKING:
    from pathlib import Path


def test_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    assert read_regular(tmp_path / "a", 3) == b"one"
    assert read_regular(str(tmp_path / "a"), 3) == b"one"
    assert read_regular(os.fsencode(tmp_path / "a"), 3) == b"one"
    assert read_regular(tmp_path / "a", 2) is None


@pytest.mark.parametrize("kind", ["link", "directory", "fifo", "device"])
def test_refusals(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "link":
        (tmp_path / "file").write_text("x")
        path.symlink_to("file")
    elif kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path = tmp_path.joinpath("/dev/null")
    with pytest.raises(NotRegular):
        open_regular(path)


def test_a_file_that_is_replaced_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("x")
    os.mkfifo(tmp_path / "fifo")
    regular = os.lstat(tmp_path / "a")
    monkeypatch.setattr(os, "lstat", lambda _: regular)
    before = len(list(tmp_path.joinpath("/dev/fd").iterdir()))
    with pytest.raises(NotRegular):
        open_regular(tmp_path / "fifo")
    assert len(list(tmp_path.joinpath("/dev/fd").iterdir())) == before


def test_a_file_with_the_size_0() -> None:
    content = read_regular("/proc/self/status", 1_000_000)
    assert content is not None
    assert b"Pid:" in content
    assert read_regular("/proc/self/status", 10) is None


def test_a_file_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 200_000)
    small = os.stat_result([0o100644, 0, 0, 1, 0, 0, 10, 0, 0, 0])
    monkeypatch.setattr(os, "fstat", lambda _: small)
    assert read_regular(path, 1_000_000) == b"x" * 200_000
    assert read_regular(path, 100_000) is None
