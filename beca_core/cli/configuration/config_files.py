"""Where a configuration of a repository is looked for; apart from its reader, which most scans need not import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG_FILE: Final = ".beca.toml"
PYPROJECT: Final = "pyproject.toml"
MAX_CONFIG_BYTES: Final = 1024 * 1024


def config_paths(target: str) -> Iterator[Path]:
    """Yield the files that may configure the scan of a target, the nearest first.

    They are searched up to the root of the repository that the target is in. A target that is in no repository can have
    one in its own directory only, a URL and standard input none.

    Args:
        target: The target of a scan.
    """
    if target == "-" or "://" in target or not os.path.exists(target):  # noqa: PTH110 - of a null byte, it says no
        return
    start = Path(target).resolve()
    start = start if start.is_dir() else start.parent
    for directory in _upwards(start):
        if os.path.lexists(directory / CONFIG_FILE):
            yield directory / CONFIG_FILE
        if _may_configure(directory / PYPROJECT):
            yield directory / PYPROJECT


def _upwards(start: Path) -> tuple[Path, ...]:
    directories = (start, *start.parents)
    roots = [number for number, each in enumerate(directories) if os.path.lexists(each / ".git")]
    return directories[: roots[0] + 1] if roots else (start,)


def _may_configure(pyproject: Path) -> bool:
    """Whether a `pyproject.toml` has a word of BECA; one that cannot be read is not ours to complain about."""
    try:
        return b"tool.beca" in (read_regular(pyproject, MAX_CONFIG_BYTES) or b"")
    except OSError:
        return False
