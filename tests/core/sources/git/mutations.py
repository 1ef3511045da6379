"""Mutants of repositories: a byte here, a cut there, always the same for the same number."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from tests.core.sources.git import storage
from tests.core.sources.git.histories import Edit, TreeChange, write_history
from tests.core.sources.git.stores import Contents, according_to_git, git, make_bare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_HISTORY = [
    TreeChange(
        edits=(Edit(b"a", "text", n), Edit(b"dir/%d" % (n % 3), "binary" if n % 2 else "small", n % 5)),
        parents=(n - 2,),
        tag=n % 4 == 0,
        branch=n % 3 == 0,
    )
    for n in range(1, 13)
]
_WEIGHTS = {".pack": 10, ".idx": 10, ".rev": 1, "multi-pack-index": 2, "": 3}
"""How often which kind of file is hit; the last one is a loose object."""


@dataclass(frozen=True)
class Original:
    """A repository that is sound, and what it holds."""

    path: Path
    contents: Contents


def originals(directory: Path) -> list[Original]:
    """Make some repositories of different storage: deltas by offset, by id, several packs, loose objects, SHA-256."""
    ways: Sequence[tuple[str, Callable[[Path, Random], None]]] = (
        ("sha1", storage.in_deep_chains),
        ("sha1", storage.as_reference_deltas),
        ("sha1", storage.in_overlapping_packs_with_an_index_over_all),
        ("sha256", storage.partly_loose),
    )
    return [_original(directory / f"{number}.git", *way) for number, way in enumerate(ways)]


def _original(path: Path, algorithm: str, way: Callable[[Path, Random], None]) -> Original:
    make_bare(path, algorithm)
    write_history(path, _HISTORY)
    way(path, Random(1))
    for number in range(3):
        git(path, "hash-object", "-w", "--stdin", data=b"no ref reaches this %d" % number * 20)
    return Original(path, according_to_git(path))


def mutate(original: Original, path: Path, number: int) -> str:
    """Copy a repository to a path, change one file of its store, and say which and how."""
    random = Random(number)
    shutil.copytree(original.path, path)
    files = [file for file in sorted((path / "objects").rglob("*")) if file.is_file() and _weight(file)]
    (file,) = random.choices(files, [_weight(file) for file in files])
    data = bytearray(file.read_bytes())
    how = random.choice(_MUTATIONS)
    how(data, random)
    file.chmod(0o644)
    file.write_bytes(data)
    return f"{file.relative_to(path)}: {how.__name__.strip('_')}"


def _weight(file: Path) -> int:
    return _WEIGHTS.get(file.suffix if file.parent.name == "pack" and file.suffix else file.stem, 0) or (
        _WEIGHTS[""] if len(file.parent.name) == 2 else 0
    )


def _flip_a_bit(data: bytearray, random: Random) -> None:
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _flip_some_bits(data: bytearray, random: Random) -> None:
    for _ in range(random.randint(2, 20)):
        _flip_a_bit(data, random)


def _cut(data: bytearray, random: Random) -> None:
    del data[random.randrange(len(data)) :]


def _drop_some_bytes(data: bytearray, random: Random) -> None:
    begin = random.randrange(len(data))
    del data[begin : begin + random.randint(1, 40)]


def _repeat_some_bytes(data: bytearray, random: Random) -> None:
    begin = random.randrange(len(data))
    data[begin:begin] = data[begin : begin + random.randint(1, 40)]


def _blank_some_bytes(data: bytearray, random: Random) -> None:
    begin = random.randrange(len(data))
    length = len(data[begin : begin + random.randint(1, 64)])
    data[begin : begin + length] = random.choice((b"\0", b"\xff")) * length


def _exchange_two_words(data: bytearray, random: Random) -> None:
    first, second = (random.randrange(max(1, len(data) - 4)) // 4 * 4 for _ in range(2))
    data[first : first + 4], data[second : second + 4] = data[second : second + 4], data[first : first + 4]


_MUTATIONS = (
    _flip_a_bit,
    _flip_a_bit,
    _flip_a_bit,
    _flip_some_bits,
    _cut,
    _drop_some_bytes,
    _repeat_some_bytes,
    _blank_some_bytes,
    _exchange_two_words,
)
