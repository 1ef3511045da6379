"""Small archives that expand to huge ones: memory is bounded, and so is what is read of them."""

from __future__ import annotations

import bz2
import io
import lzma
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest

from beca_core.report import Skipped
from beca_core.sources.archives.walk import members
from beca_core.sources.limits import MIB, Limits, Stop
from tests.core.sources.archives.making import (
    BZ2,
    DEFLATED,
    Member,
    deflated,
    deflated_zeros,
    gz,
    opened,
    raw_zip,
    tar_header,
    zstd,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHILD = """
import sys
from beca_core.report import Skipped
from beca_core.sources.limits import Limits, Stop
from beca_core.sources.archives.walk import members
with open(sys.argv[1], "rb", buffering=0) as file:
    reasons = {item.reason for item in members(file, Limits(), Stop(600), "id") if isinstance(item, Skipped)}
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak, *sorted(reasons))
"""
GIB = 1024 * MIB


def gz_of_zeros(size: int) -> bytes:
    """A gz of so many zeros; the checksum is right up to 16 MiB."""
    checksum = zlib.crc32(bytes(min(size, 16 * MIB))).to_bytes(4, "little")
    return gz(b"")[:10] + deflated_zeros(size) + checksum + bytes(4)


def zeros(packer: object, size: int) -> bytes:
    some = bytes(MIB)
    return b"".join([*(packer.compress(some) for _ in range(size // MIB)), packer.flush()])  # type: ignore[attr-defined]


def tar_of_zeros() -> bytes:
    """A compressed tar of 20 members of 100 MiB."""
    header, body = deflated_part(tar_header(b"f", 100 * MIB)), deflated_part(bytes(100 * MIB))
    return gz(b"")[:10] + (header + body) * 20 + b"\3\0" + bytes(8)


def deflated_part(data: bytes) -> bytes:
    """Compress data so that other parts can follow."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def zip_of_one_body(size: int) -> bytes:
    """A zip whose members are all the same compressed bytes."""
    body = Member(b"f", deflated_zeros(size), DEFLATED, size)
    return raw_zip([body, *(Member(b"%d" % n, body.packed, DEFLATED, size, offset=0) for n in range(1000))])


def zip_of_zips() -> bytes:
    """Zips in zips, 16 in each, four levels deep, with a member of 100 MiB in each of the innermost."""
    data = raw_zip([Member(b"0", deflated_zeros(100 * MIB), DEFLATED, 100 * MIB)])
    for _ in range(3):
        data = raw_zip([Member(b"%d.zip" % n, deflated(data), DEFLATED, len(data)) for n in range(16)])
    return data


BOMBS: dict[str, Callable[[], bytes]] = {
    "gz": lambda: gz_of_zeros(GIB),
    "gz streams": lambda: gz_of_zeros(16 * MIB) * 300,
    "bz2": lambda: bz2.compress(bytes(64 * MIB)) * 64,
    "xz": lambda: zeros(lzma.LZMACompressor(preset=0), GIB),
    "zst": lambda: zeros(zstd.ZstdCompressor(), 4 * GIB),
    "tar.gz": tar_of_zeros,
    "overlapping zip": lambda: zip_of_one_body(100 * MIB),
    "zips in zips": zip_of_zips,
    "xz dictionary": lambda: zeros(
        lzma.LZMACompressor(filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 256 * MIB}]), MIB
    ),
    "bz2 in zip": lambda: raw_zip([Member(b"f", bz2.compress(bytes(64 * MIB)), BZ2)] * 20),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_bounded(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[kind]())
    ended = subprocess.run([sys.executable, "-c", CHILD, path], capture_output=True, text=True, check=True, timeout=120)
    peak, *reasons = ended.stdout.split()
    assert int(peak) * 1024 < 300_000_000
    assert set(reasons) & {"too-large", "archive-limit"}
    assert not set(reasons) - {"too-large", "archive-limit", "unreadable"}


def test_an_archive_that_contains_itself_ends() -> None:
    """A short form of a quine: at each level another archive of the same kind."""
    data = b"innermost"
    for _ in range(10):
        data = gz(data)
    result = opened(data, Limits(archive_depth=4))
    assert len(result.contents) == 4
    assert result.skipped == [("id!data!data!data!data", "archive-limit")]


def test_empty_streams_cost_something() -> None:
    assert opened(gz(b"") * 1000, Limits(archive_bytes=1000 * 4096)).contents == {b"data": b""}
    assert opened(gz(b"") * 1000, Limits(archive_bytes=100_000)).skipped == [("id", "archive-limit")]


def test_frames_that_are_skipped_cost_something() -> None:
    frames = b"\x50\x2a\x4d\x18\0\0\0\0" * 1000 + zstd.compress(b"x")
    assert opened(frames, Limits(archive_bytes=10**7)).contents == {b"data": b"x"}
    assert opened(frames, Limits(archive_bytes=100_000)).skipped == [("id", "archive-limit")]


@pytest.mark.slow
def test_a_directory_of_a_million_entries_is_not_kept_in_memory() -> None:
    one, count = raw_zip([Member(b"a", b"")]), 10**6
    local, entry, end = one[:31], one[31:-22], one[-22:]
    counts = (count % 2**16).to_bytes(2, "little") * 2 + (count * len(entry)).to_bytes(4, "little")
    archive = local + entry * count + end[:8] + counts + end[16:]
    result = opened_count(archive, Limits(archive_members=1000))
    assert result == (1000, ["archive-limit"])


def opened_count(archive: bytes, limits: Limits) -> tuple[int, list[str]]:
    items = list(members(io.BytesIO(archive), limits, Stop(600), "id"))
    reasons = [item.reason for item in items if isinstance(item, Skipped)]
    return len(items) - len(reasons), reasons
