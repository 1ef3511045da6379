"""Generators of hostile bare repositories: small on disk, and large or unusual when read."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Final

from tests.core.sources.git.packfiles import BLOB, COMMIT, KINDS, TREE, Entry, Pack, copy, delta, insert, object_id
from tests.core.sources.git.stores import git, make_bare

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MIB: Final = 1024 * 1024
FILE, LINK, DIRECTORY, SUBMODULE = b"100644", b"120000", b"40000", b"160000"


class Builder:
    """A bare repository with all objects in one pack.

    Args:
        path: Where it is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = make_bare(path)
        self.pack = Pack()
        self._known: set[str] = set()

    def add(self, content: bytes, kind: int = BLOB) -> str:
        """Add an object, and return its id."""
        name = object_id(content, kind)
        if name not in self._known:
            self._known.add(name)
            self.pack.add(content, kind)
        return name

    def tree(self, entries: Iterable[tuple[bytes, bytes, str]]) -> str:
        """Add a tree of (mode, name, id), in the given order."""
        return self.add(b"".join(b"%s %s\0" % (mode, name) + bytes.fromhex(i) for mode, name, i in entries), TREE)

    def commit(self, tree: str, *parents: str, message: bytes = b"change\n") -> str:
        """Add a commit."""
        who = b"Ada <ada@example.org> 1700000000 +0000"
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        return self.add(b"\n".join([*lines, b"author " + who, b"committer " + who, b"", message]), COMMIT)

    def finish(self, **refs: str) -> Path:
        """Write the pack and the refs, such as `main`, and return the path."""
        self.pack.write(self.path)
        for name, target in refs.items():
            (self.path / "refs" / "heads" / name).write_text(f"{target}\n")
        return self.path


def bomb(path: Path, content: bytes, levels: int = 10, width: int = 10) -> Path:
    """One blob at `width ** levels` paths."""
    builder = Builder(path)
    entry = (FILE, builder.add(content))
    for _ in range(levels):
        tree = builder.tree((entry[0], b"d%02d" % number, entry[1]) for number in range(width))
        entry = (DIRECTORY, tree)
    return builder.finish(main=builder.commit(entry[1]))


def many_files(path: Path, count: int, last: bytes) -> Path:
    """So many tiny files in one commit; `last` is in the last one."""
    repository = make_bare(path)
    stream = bytearray(b"commit refs/heads/main\ncommitter Cy <cy@example.org> 1700000000 +0000\ndata 1\nx\n")
    for number in range(count):
        content = last if number == count - 1 else b"tiny %d\n" % number
        stream += b"M 100644 inline d%d/f%d\ndata %d\n%s\n" % (number // 500, number, len(content), content)
    git(repository, "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", data=bytes(stream))
    return repository


def zeros(pack: Pack, size: int) -> Entry:
    """Append a blob of zeros, a multiple of 1 MiB, and never hold or compress all of it."""
    digest = hashlib.sha1(b"blob %d\0" % size)  # noqa: S324 - git's
    block = bytes(MIB)
    for _ in range(size // MIB):
        digest.update(block)
    return pack.add(b"", BLOB, name=digest.hexdigest(), size=size, stream=_stream_of_zeros(size))


def _stream_of_zeros(size: int) -> bytes:
    """A zlib stream that repeats one compressed block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packer.compress(bytes(MIB))
    packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (size % 65_521) << 16 | 1  # Adler-32 of zeros
    return b"\x78\xda" + block * (size // MIB) + b"\3\0" + checksum.to_bytes(4, "big")


def giant(path: Path, size: int, small: bytes) -> Path:
    """A blob of zeros, and a small file in the same commit."""
    builder = Builder(path)
    large = zeros(builder.pack, size).id
    tree = builder.tree([(FILE, b"large", large), (FILE, b"small", builder.add(small))])
    return builder.finish(main=builder.commit(tree))


def on_a_giant(path: Path, size: int, small: bytes) -> Path:
    """A small blob that is stored as a delta of an enormous one."""
    builder = Builder(path)
    base = zeros(builder.pack, size)
    change = delta(size, 8 + len(small), copy(size - 8, 8), insert(small))
    name = builder.pack.offset_delta(base, change, object_id(bytes(8) + small)).id
    return builder.finish(main=builder.commit(builder.tree([(FILE, b"large", base.id), (FILE, b"small", name)])))


def chain(path: Path, length: int, last: bytes) -> Path:
    """A file with so many versions, each a delta of the previous one; the last one ends with `last`."""
    builder = Builder(path)
    content = b"version\n" * 100
    entry = builder.pack.add(content)
    for number in range(length):
        more = last if number == length - 1 else b"%d\n" % number
        kept = len(content) if len(content) < 5000 else 800
        change = delta(len(content), kept + len(more), copy(0, kept), insert(more))
        content = content[:kept] + more
        entry = builder.pack.offset_delta(entry, change, object_id(content))
    return builder.finish(main=builder.commit(builder.tree([(FILE, b"a", entry.id)])))


def many_refs(path: Path, content: bytes, packed: int, loose: int) -> Path:
    """So many refs to one commit."""
    builder = Builder(path)
    commit = builder.commit(builder.tree([(FILE, b"a", builder.add(content))]))
    lines = [f"{commit} refs/heads/p{number:06}\n" for number in range(packed)]
    (builder.path / "packed-refs").write_text("# pack-refs with: sorted\n" + "".join(lines))
    for number in range(loose):
        (builder.path / "refs" / "heads" / f"l{number}").write_text(f"{commit}\n")
    return builder.finish(main=commit)


ODD_NAMES: Final = (
    b"new\nline", b"tab\t", b"\x1b[31mred\x1b[0m", b"\x07bell", b"\xff\xfe", b"\xc3", b"..", b".", b".git",
    b"C:\\windows", b"a\\b", b"-rf", b"--output=x", b'"quoted"', b"'$(touch x)'", b"%s%n", b"\xe2\x80\xaeright",
    b" ", b"x" * 5000, b"\xed\xa0\x80", b"slash/in/name", b"/absolute",
)  # fmt: skip


def odd_names(path: Path, content: bytes) -> Path:
    """A file for each odd name, and all of them again in a directory with that name."""
    builder = Builder(path)
    blob = builder.add(content)
    names = sorted(ODD_NAMES)
    inner = builder.tree((FILE, name, blob) for name in names)
    outer = builder.tree((DIRECTORY, name, inner) for name in names)
    tree = builder.tree([(DIRECTORY, b"in", outer), *((FILE, name, blob) for name in names)])
    return builder.finish(main=builder.commit(tree))


def unnamed_entry(path: Path, content: bytes) -> Path:
    """A tree with an entry that has no name, which git refuses."""
    builder = Builder(path)
    blob = builder.add(content)
    return builder.finish(main=builder.commit(builder.tree([(FILE, b"", blob), (FILE, b"a", blob)])))


def odd_entries(path: Path, content: bytes) -> Path:
    """Cyclic and outside links, submodules, LFS pointers, odd modes, duplicate names, trees as files."""
    builder = Builder(path)
    blob = builder.add(content)
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12345\n" % (b"4d" * 32)
    inner = builder.tree([(FILE, b"a", blob)])
    tree = builder.tree(
        [
            (FILE, b"a", blob),
            (FILE, b"a", builder.add(content + b"again")),
            (LINK, b"circle", builder.add(b"circle")),
            (LINK, b"out", builder.add(b"../../../../etc/passwd")),
            (LINK, b"there", builder.add(b"there/and/back")),
            (FILE, b"lfs.bin", builder.add(pointer)),
            (SUBMODULE, b"sub", "5" * 40),
            (SUBMODULE, b"sub-of-blob", blob),
            (b"0", b"mode-zero", blob),
            (b"777777", b"mode-odd", blob),
            (FILE, b"tree-as-file", inner),
            (DIRECTORY, b"z", inner),
        ]
    )
    return builder.finish(main=builder.commit(tree))


def odd_refs(path: Path, content: bytes) -> tuple[Path, str]:
    """Refs to a blob, a tree, a tag of a tag of a blob, and to a missing object, whose id is returned."""
    builder = Builder(path)
    blob = builder.add(content)
    tree = builder.tree([(FILE, b"a", blob)])
    inner = builder.add(_tag(blob, BLOB), 4)
    outer = builder.add(_tag(inner, 4), 4)
    missing = "1" * 40
    refs = {"blob": blob, "tree": tree, "tag": outer, "missing": missing}
    return builder.finish(main=builder.commit(tree), **refs), missing


def _tag(target: str, kind: int) -> bytes:
    lines = [f"object {target}", f"type {KINDS[kind]}", "tag v1", "tagger Cy <cy@example.org> 1700000000 +0000", "", ""]
    return "\n".join(lines).encode()


def false_caches(path: Path, content: bytes) -> Path:
    """A valid history with a false commit-graph, multi-pack-index, reverse index and bitmap."""
    repository = many_files(path, 50, content)
    git(repository, "-c", "pack.writeReverseIndex=true", "repack", "-adbq")
    git(repository, "commit-graph", "write", "--reachable")
    git(repository, "multi-pack-index", "write")
    objects = repository / "objects"
    caches = [objects / "info" / "commit-graph", objects / "pack" / "multi-pack-index"]
    caches += [*objects.glob("pack/*.rev"), *objects.glob("pack/*.bitmap")]
    for cache in caches:
        data = bytearray(cache.read_bytes())
        data[len(data) // 3 :] = b"\xff" * (len(data) - len(data) // 3)
        cache.chmod(0o644)
        cache.write_bytes(data)
    return repository
