"""Files of public repositories at given commits, read from clones that are at hand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from judging.own_set import JudgedLine


def clone_of(mirrors: Path, folder: str) -> Path | None:
    """Return the git directory of a clone, or nothing if it is not there.

    Args:
        mirrors: Directory of clones, bare or not, each named like `owner+name` or holding `repo`.
        folder: Name of the clone.
    """
    places = [mirrors / folder / inside for inside in ("", ".git", "repo", "repo/.git")]
    places.append(mirrors / f"{folder}.git")
    return next((place for place in places if (place / "HEAD").is_file()), None)


def read_file(clone: Path, commit: str, path: str) -> bytes | None:
    """Return a file at a commit, or nothing if the clone does not have it."""
    command = ["git", f"--git-dir={clone}", "cat-file", "blob", f"{commit}:{path}"]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def files_of(lines: Iterable[JudgedLine], mirrors: Path) -> Iterator[tuple[list[JudgedLine], bytes | None]]:
    """Yield the judged lines of each file with its content, which is nothing where no clone has it."""
    together: dict[tuple[str, str, str], list[JudgedLine]] = {}
    for line in lines:
        together.setdefault((line.folder, line.commit, line.path), []).append(line)
    for (folder, commit, path), found in together.items():
        clone = clone_of(mirrors, folder)
        yield found, None if clone is None else read_file(clone, commit, path)
