"""Hostile archives: bombs, deep nesting, slow codecs, many members, truncated ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.core.hostile.cases import Case, beside_harmless
from tests.core.sources.archives.making import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MIB: Final = 1024 * 1024
_WORDS: Final = b"private_key " * 90_000


def cases() -> Iterator[Case]:
    """Yield all of them, in a fixed order."""
    for name, make in _archives().items():
        yield Case(f"archive {name}", beside_harmless(name.replace(" ", "-"), make))


def _archives() -> dict[str, Callable[[], bytes]]:
    whole: dict[str, Callable[[], bytes]] = {
        "zeros.gz": lambda: gzip.compress(bytes(700 * _MIB), 1),
        "zeros.bz2": lambda: bz2.compress(bytes(50 * _MIB)) * 12,
        "zeros.xz": lambda: lzma.compress(bytes(100 * _MIB), preset=0) * 8,
        "zeros.zst": lambda: zstd.compress(bytes(900 * _MIB)),
        "words.gz": lambda: gzip.compress(_WORDS * 40),
        "words.bz2": lambda: bz2.compress(_WORDS * 40),
        "words.xz": lambda: lzma.compress(_WORDS * 40, preset=0),
        "words.zst": lambda: zstd.compress(_WORDS * 40),
        "noise.bz2": lambda: bz2.compress(_noise(30 * _MIB)),
        "noise.xz": lambda: lzma.compress(_noise(30 * _MIB), preset=0),
        "many streams.gz": lambda: gzip.compress(b"private_key") * 400_000,
        "many streams.bz2": lambda: bz2.compress(b"private_key") * 100_000,
        "empty streams.xz": lambda: lzma.compress(b"") * 200_000,
        "many members.zip": lambda: _zip(90_000, b"private_key", zipfile.ZIP_STORED),
        "many words.zip": lambda: _zip(60, _WORDS, zipfile.ZIP_DEFLATED),
        "slow members.zip": lambda: _zip(300, bytes(2 * _MIB), zipfile.ZIP_BZIP2),
        "lzma members.zip": lambda: _zip(40, bytes(16 * _MIB), zipfile.ZIP_LZMA),
        "zeros.zip": lambda: _zip(4, bytes(200 * _MIB), zipfile.ZIP_DEFLATED),
        "many members.tar": lambda: _tar(90_000, b"private_key"),
        "words.tar": lambda: _tar(30, _WORDS),
        "many members.tar.gz": lambda: gzip.compress(_tar(90_000, b"private_key"), 1),
        "words.tar.xz": lambda: lzma.compress(_tar(30, _WORDS), preset=0),
        "nested.zip": lambda: _nested_zip(40),
        "wide and nested.zip": lambda: _wide(3, 40),
        "nested.gz": _nested_gz,
    }
    truncated = ("zeros.gz", "words.bz2", "words.xz", "words.zst", "many words.zip", "words.tar", "words.tar.xz")
    return whole | {f"truncated {name}": partial(_truncated, whole[name]) for name in truncated}


def _truncated(make: Callable[[], bytes]) -> bytes:
    data = make()
    return data[: len(data) * 2 // 3]


def _noise(size: int) -> bytes:
    import random

    return random.Random(3).randbytes(size)


def _zip(count: int, content: bytes, method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number in range(count):
            archive.writestr(f"member{number}", content)
    return file.getvalue()


def _tar(count: int, content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number in range(count):
            info = tarfile.TarInfo(f"member{number}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _nested_zip(depth: int) -> bytes:
    content = b"private_key"
    for _ in range(depth):
        content = _zip(1, content, zipfile.ZIP_DEFLATED)
    return content


def _wide(depth: int, width: int) -> bytes:
    content = b"private_key " * 1000
    for _ in range(depth):
        content = _zip(width, content, zipfile.ZIP_DEFLATED)
    return content


def _nested_gz() -> bytes:
    content = bytes(300 * _MIB)
    for _ in range(4):
        content = gzip.compress(content, 1)
    return content
