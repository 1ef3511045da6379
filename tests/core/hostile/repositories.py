"""Hostile repositories: bombs of trees, long chains, many refs, large commits, loose objects, damaged packs."""

from __future__ import annotations

import hashlib
import random
import zlib
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.core.hostile.cases import HARMLESS, Case
from tests.core.sources.git import hostile
from tests.core.sources.git.hostile import DIRECTORY, FILE, Builder
from tests.core.sources.git.packfiles import COMMIT, appending, insert, object_id
from tests.core.sources.git.packfiles import delta as change
from tests.core.sources.git.stores import git, make_bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_WORDS: Final = b'private_key = "0123456789abcdef0123456789abcdef"\n'
_MIB: Final = 1024 * 1024
_BOTH: Final = ("bomb", "bomb of words", "wide bomb", "many files", "giant", "large words", "history of words", "refs")


def cases() -> Iterator[Case]:
    """Yield all of them, in a fixed order."""
    for name, make in _makers().items():
        yield Case(f"git {name}", make, scope="history")
        if name in _BOTH:
            yield Case(f"git {name} at HEAD", make, scope="head")


def _makers() -> dict[str, Callable[[Path], Path]]:
    return {
        "bomb": lambda path: hostile.bomb(path, HARMLESS),
        "bomb of words": lambda path: hostile.bomb(path, HARMLESS + _WORDS * 2000, 5),
        "wide bomb": lambda path: hostile.bomb(path, HARMLESS, 4, 100),
        "deep bomb": lambda path: hostile.bomb(path, HARMLESS, 500, 2),
        "many files": lambda path: hostile.many_files(path, 60_000, HARMLESS),
        "giant": lambda path: hostile.giant(path, 2048 * _MIB, HARMLESS),
        "on a giant": lambda path: hostile.on_a_giant(path, 512 * _MIB, HARMLESS),
        "chain": lambda path: hostile.chain(path, 5000, HARMLESS),
        "refs": lambda path: hostile.many_refs(path, HARMLESS, 20_000, 2000),
        "large words": partial(_blobs, [_WORDS * 300_000, _WORDS * 300_001]),
        "one line of words": partial(_blobs, [b"private_key " * 1_500_000]),
        "zeros": partial(_blobs, [bytes(200 * _MIB), bytes(201 * _MIB)]),
        "many blobs of words": partial(_blobs, [_WORDS * 500 + b"%d" % number for number in range(2000)]),
        "history of words": partial(_history, 400, 3000),
        "long history": partial(_history, 20_000, 1),
        "messages of words": _messages,
        "one large message": _large_message,
        "octopus": _octopus,
        "wide tree": _wide_tree,
        "loose objects": partial(_loose, 20_000),
        "loose words": partial(_loose, 400, content=_WORDS * 1000),
        "loose bomb": partial(_loose_bomb, 100),
        "reference deltas": partial(_deltas, 3000),
        "deltas of words": partial(_deltas, 200, base=_WORDS * 20_000),
        "copies": _copies,
        "tags": _tags,
        **{f"damaged {number}": partial(_damaged, number) for number in range(8)},
    }


def _add_files(builder: Builder, contents: list[bytes], *parents: str) -> str:
    files = [(FILE, b"harmless.env", builder.add(HARMLESS))]
    files += [(FILE, b"hostile%06d" % number, builder.add(content)) for number, content in enumerate(contents)]
    return builder.commit(builder.tree(files), *parents)


def _blobs(contents: list[bytes], path: Path) -> Path:
    builder = Builder(path)
    return builder.finish(main=_add_files(builder, contents))


def _history(commits: int, lines: int, path: Path) -> Path:
    repository = make_bare(path)
    stream = bytearray()
    for number in range(commits):
        stream += b"commit refs/heads/main\ncommitter Cy <cy@example.org> %d +0000\ndata 1\nx\n" % (
            1_600_000_000 + number
        )
        content = _WORDS * lines + b"%d" % number
        files = [(b"hostile.txt", content), (b"harmless.env", HARMLESS)] if number == 0 else [(b"hostile.txt", content)]
        for name, data in files:
            stream += b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(data), data)
    git(repository, "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", data=bytes(stream))
    return repository


def _messages(path: Path) -> Path:
    builder = Builder(path)
    commit = _add_files(builder, [])
    tree = builder.tree([(FILE, b"f", builder.add(b"x"))])
    for number in range(1000):
        commit = builder.commit(tree, commit, message=b"private_key " * 2000 + b"%d\n" % number)
    return builder.finish(main=commit)


def _large_message(path: Path) -> Path:
    builder = Builder(path)
    first = _add_files(builder, [])
    tree = builder.tree([(FILE, b"f", builder.add(b"x"))])
    return builder.finish(main=builder.commit(tree, first, message=b"private_key " * 2_000_000))


def _octopus(path: Path) -> Path:
    builder = Builder(path)
    first = _add_files(builder, [])
    tree = builder.tree([(FILE, b"f", builder.add(b"x"))])
    parents = [builder.commit(tree, first, message=b"%d\n" % number) for number in range(5000)]
    return builder.finish(main=builder.commit(tree, *parents))


def _wide_tree(path: Path) -> Path:
    builder = Builder(path)
    blob = builder.add(HARMLESS + _WORDS * 50)
    tree = builder.tree((FILE, b"f%07d" % number, blob) for number in range(200_000))
    return builder.finish(main=builder.commit(builder.tree([(DIRECTORY, b"d", tree)])))


def _write_loose(repository: Path, content: bytes, kind: str = "blob", level: int = 1) -> None:
    import hashlib

    data = b"%s %d\0" % (kind.encode(), len(content)) + content
    name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    directory = repository / "objects" / name[:2]
    directory.mkdir(exist_ok=True)
    (directory / name[2:]).write_bytes(zlib.compress(data, level))


def _loose(count: int, path: Path, content: bytes = b"tiny") -> Path:
    repository = _blobs([], path)
    for number in range(count):
        _write_loose(repository, content + b"%d" % number)
    return repository


def _loose_bomb(count: int, path: Path) -> Path:
    repository = _blobs([], path)
    for number in range(count):
        _write_loose(repository, bytes(16 * _MIB) + b"%d" % number)
    return repository


def _deltas(count: int, path: Path, base: bytes = b"base\n") -> Path:
    builder = Builder(path)
    commit = _add_files(builder, [])
    before = object_id(base)
    builder.pack.add(base)
    for number in range(count):
        grown = base + b"%d\n" % number
        builder.pack.reference_delta(before, appending(base, b"%d\n" % number), object_id(grown))
        base, before = grown, object_id(grown)
    return builder.finish(main=commit)


def _copies(path: Path) -> Path:
    """Deltas that copy their base again and again: a few bytes become 200 MB."""
    builder = Builder(path)
    commit = _add_files(builder, [])
    base = b"private_key " * 5000
    first = builder.pack.add(base)
    times = 3000
    size = len(base) * times + 2
    hashed = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    hashed.update(base * times)
    piece = b"\xb0" + len(base).to_bytes(2, "little")
    for number in range(30):
        end, whole = b"%02d" % number, hashed.copy()
        whole.update(end)
        builder.pack.offset_delta(first, change(len(base), size, *[piece] * times, insert(end)), whole.hexdigest())
    return builder.finish(main=commit)


def _tags(path: Path) -> Path:
    builder = Builder(path)
    target, kind = _add_files(builder, []), COMMIT
    for number in range(3000):
        text = b"object %s\ntype %s\ntag t%d\ntagger T <t@example.org> 0 +0000\n\nprivate_key\n"
        target = builder.add(text % (target.encode(), b"tag" if kind == 4 else b"commit", number), 4)
        kind = 4
    repository = builder.finish(main=_only_commit(builder))
    (repository / "refs" / "tags").mkdir(parents=True, exist_ok=True)
    (repository / "refs" / "tags" / "t").write_text(f"{target}\n")
    return repository


def _only_commit(builder: Builder) -> str:
    return builder.commit(builder.tree([(FILE, b"g", builder.add(HARMLESS))]), message=b"other\n")


def _damaged(seed: int, path: Path) -> Path:
    repository = _history(300, 200, path)
    noise = random.Random(seed)
    for pack in (repository / "objects" / "pack").glob("*.pack" if seed % 2 else "*.idx"):
        data = bytearray(pack.read_bytes())
        for _ in range(200):
            data[noise.randrange(12, len(data))] = noise.randrange(256)
        pack.chmod(0o644)
        pack.write_bytes(data[: -100 * (seed % 3)] if seed % 3 else data)
    return repository
