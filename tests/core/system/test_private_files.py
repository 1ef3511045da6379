"""Files that only their owner can read, and that are replaced as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core.system.private_files import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_file_replaces_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    write_private(tmp_path / "link", [b"te", b"xt"])
    assert (tmp_path / "link").read_text() == "text"
    assert (tmp_path / "link").lstat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"link"}


def test_a_failed_write_does_not_change_the_earlier_file(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    (tmp_path / "file").write_text("before")
    with pytest.raises(OSError, match="disk is full"):
        write_private(tmp_path / "file", parts())
    assert (tmp_path / "file").read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"file"}
