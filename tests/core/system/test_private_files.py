"""Files that only their owner can read, and that are replaced as a whole."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beca_core.system.private_files import check_replaceable, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


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


@contextmanager
def without_privileges() -> Iterator[None]:
    """Let the permissions of files hold, even if the tests run as root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_check_leaves_everything_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    for name in ("file", "other"):
        check_replaceable(tmp_path / name)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "before"}


def test_what_cannot_be_written_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the directories above may be closed to other users
    for name, mode in (("open", 0o777), ("closed", 0o555)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("before")
        (tmp_path / name / "file").chmod(0o666)
        (tmp_path / name).chmod(mode)
    (tmp_path / "open" / "read-only").write_text("before")
    (tmp_path / "open" / "read-only").chmod(0o444)
    tmp_path.chmod(0o755)
    with without_privileges():
        check_replaceable(Path("open/file"))
        check_replaceable(Path("open/new"))
        for path in ("open/read-only", "closed/file", "closed/new"):
            with pytest.raises(PermissionError):
                check_replaceable(Path(path))
    for path, error in (("open", IsADirectoryError), ("nowhere/file", FileNotFoundError)):
        with pytest.raises(error):
            check_replaceable(Path(path))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["closed", "file", "file", "open", "read-only"]
