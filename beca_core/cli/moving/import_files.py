"""The files that `beca import` writes: shown, or written after asking; all of them, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core.cli.framework.standard_streams import agrees, say
from beca_core.errors import InvalidInput, quoted_path
from beca_core.system.private_files import replace_file

if TYPE_CHECKING:
    from pathlib import Path


class ImportedFile(NamedTuple):
    """A file to be written.

    Args:
        path: The file.
        text: All that it is to hold.
        what: What is done to it, for people.
    """

    path: Path
    text: str
    what: str

    @property
    def is_unchanged(self) -> bool:
        """Whether the file holds that already."""
        try:
            return self.path.read_bytes() == self.text.encode()
        except OSError:
            return False


def show_files(files: list[ImportedFile]) -> None:
    """Write the files to standard output."""
    for file in files:
        say(f"# {file.path}: {file.what}\n")
        say(file.text)


def write_files(files: list[ImportedFile], *, force: bool) -> None:
    """Write the files. If one of them exists already, the user is asked first.

    Args:
        files: The files.
        force: Whether nobody is asked.

    Raises:
        InvalidInput: If the user does not agree, or cannot be asked; or a file cannot be written.
    """
    changed = [file for file in files if not file.is_unchanged]
    for file in changed:
        if file.path.exists() and not force and not agrees(f"Change {quoted_path(file.path)} ({file.what})?"):
            raise InvalidInput(
                f"There is a file {quoted_path(file.path)}, so nothing was written.",
                hint="--dry-run shows what would be written, and --force writes it.",
            )
    for file in changed:
        try:
            replace_file(file.path, [file.text.encode()])
        except OSError as error:
            raise InvalidInput(f"{quoted_path(file.path)} cannot be written: {error.strerror}.") from None
        say(f"{quoted_path(file.path)}: {file.what}.")
    if not changed:
        say("There is nothing to write.")
