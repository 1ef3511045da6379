"""Files of an import: all of them are written or none, and nothing is changed without being asked about."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from beca_core.cli.moving.import_files import ImportedFile, show_files, write_files
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def files(tmp_path: Path) -> list[ImportedFile]:
    (tmp_path / "there").write_text("old\n")
    (tmp_path / "same").write_text("same\n")
    return [
        ImportedFile(tmp_path / "new", "new\n", "2 rules"),
        ImportedFile(tmp_path / "there", "new\n", "1 entry"),
        ImportedFile(tmp_path / "same", "same\n", "0 entries"),
    ]


def texts(files: list[ImportedFile]) -> list[str | None]:
    return [file.path.read_text() if file.path.exists() else None for file in files]


@pytest.mark.parametrize(
    ("answer", "written"), [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_a_user_is_asked(
    answer: str,
    written: bool,
    files: list[ImportedFile],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    if written:
        write_files(files, force=False)
        assert texts(files) == ["new\n", "new\n", "same\n"]
        assert "2 rules" in capsys.readouterr().out
    else:
        with pytest.raises(InvalidInput, match="nothing was written"):
            write_files(files, force=False)
        assert texts(files) == [None, "old\n", "same\n"]
        assert capsys.readouterr().err.count("[y/N]") == 1  # nobody asks about what does not change


def test_without_a_terminal_nothing_is_changed(files: list[ImportedFile], monkeypatch: pytest.MonkeyPatch) -> None:
    for stdin in (io.StringIO("y\n"), None):
        monkeypatch.setattr("sys.stdin", stdin)
        with pytest.raises(InvalidInput):
            write_files(files, force=False)
    assert texts(files) == [None, "old\n", "same\n"]


def test_force_asks_nobody(files: list[ImportedFile], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    write_files(files, force=True)
    assert texts(files) == ["new\n", "new\n", "same\n"]


def test_new_files_are_written_without_asking(files: list[ImportedFile], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    write_files(files[:1], force=False)
    assert texts(files[:1]) == ["new\n"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("old\n")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    write_files([ImportedFile(tmp_path / "link", "new\n", "x")], force=True)
    assert (tmp_path / "outside").read_text() == "old\n"
    assert (tmp_path / "link").read_text() == "new\n"


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_files([ImportedFile(tmp_path / "none" / "file", "x", "x")], force=True)


def test_nothing_to_write_is_said(files: list[ImportedFile], capsys: pytest.CaptureFixture[str]) -> None:
    write_files(files[2:], force=False)
    assert capsys.readouterr().out == "There is nothing to write.\n"


def test_they_are_shown_with_their_names(files: list[ImportedFile], capsys: pytest.CaptureFixture[str]) -> None:
    show_files(files)
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if line.startswith("# ")] == [
        f"# {file.path}: {file.what}" for file in files
    ]
    assert texts(files) == [None, "old\n", "same\n"]
