"""Hostile directories: many files, deep ones, FIFOs, sparse and growing files."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.core.hostile.cases import HARMLESS, Case

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

_GIB: Final = 1024**3


def cases() -> Iterator[Case]:
    """Yield all of them, in a fixed order."""
    makers: dict[str, Callable[[Path], None]] = {
        "100,000 files": partial(_many_files, 100_000, b"nothing"),
        "50,000 files of words": partial(_many_files, 50_000, b"private_key " * 20),
        "deep": _deep,
        "many directories": _many_directories,
        "fifos": _fifos,
        "links": _links,
        "sparse 10 GB": partial(_sparse, 10 * _GIB),
        "sparse 300 MB": partial(_sparse, 300 * 1024**2),
        "many sparse files": _many_sparse,
        "sparse archive": _sparse_archive,
        "odd names": _odd_names,
        "large words": _large_words,
    }
    for name, fill in makers.items():
        yield Case(f"directory {name}", partial(_make, fill))
    for name, part in {
        "grows": b"nothing here\n",
        "grows with words": b"private_key\n",
        "grows in a line": b"a",
    }.items():
        yield Case(f"directory {name}", partial(_make, _start_growing), disturb=partial(_grow, part * 20_000))


def _make(fill: Callable[[Path], None], path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "a-harmless.env").write_bytes(HARMLESS)
    fill(path)
    return path


def _many_files(count: int, content: bytes, path: Path) -> None:
    for number in range(count):
        if number % 5000 == 0:
            directory = path / f"d{number}"
            directory.mkdir()
        (directory / f"f{number}").write_bytes(content)


def _many_directories(path: Path) -> None:
    for number in range(40_000):
        (path / f"d{number}").mkdir()


def _deep(path: Path) -> None:
    begun = os.open(path, os.O_RDONLY)
    here = begun
    for _ in range(800):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        if here != begun:
            os.close(here)
        here = below
    os.close(here)
    os.close(begun)


def _fifos(path: Path) -> None:
    for number in range(100):
        os.mkfifo(path / f"fifo{number}")


def _links(path: Path) -> None:
    for number in range(20_000):
        (path / f"link{number}").symlink_to(f"../loop/link{number + 1}")


def _sparse(size: int, path: Path) -> None:
    with (path / "sparse").open("wb") as file:
        file.truncate(size)


def _many_sparse(path: Path) -> None:
    for number in range(40):
        with (path / f"sparse{number}").open("wb") as file:
            file.truncate(_GIB)


def _sparse_archive(path: Path) -> None:
    with (path / "sparse.zip").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(4 * _GIB)


def _odd_names(path: Path) -> None:
    for number in range(5000):
        with open(os.fsencode(path) + b"/\xff\n\x1b[31m%d" % number, "wb") as file:  # noqa: PTH123 - bytes
            file.write(b"private_key")


def _large_words(path: Path) -> None:
    for number in range(3):
        (path / f"words{number}.txt").write_bytes(b"private_key = '0123456789abcdef0123456789abcdef'\n" * 320_000)


def _start_growing(path: Path) -> None:
    (path / "growing").write_bytes(b"")


def _grow(part: bytes, path: Path, over: threading.Event) -> None:
    with (path / "growing").open("ab") as file:
        while not over.wait(0.001) and file.tell() < 2 * _GIB:
            file.write(part)
