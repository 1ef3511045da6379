"""Damaged archives: what comes before the damage is read, the rest is reported, and nothing is raised."""

from __future__ import annotations

import bz2
import lzma
import random
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core.rules.rule import random_text
from beca_core.sources.limits import Limits
from tests.core.sources.archives.making import PACKERS, gz, opened, streamed_zip, tarred, with_checksum, zipped, zstd

if TYPE_CHECKING:
    from collections.abc import Callable


def words(seed: int, size: int) -> bytes:
    return random_text("abcdefgh \n", size, seed).encode()


FILES = {f"dir/file-{n}.txt": words(n, 700 * n) for n in range(1, 11)}
CONTENTS = {name.encode(): data for name, data in FILES.items()}
ARCHIVES: dict[str, bytes] = {
    "zip": zipped(FILES),
    "stored": zipped(FILES, zipfile.ZIP_STORED),
    "bzip2": zipped(FILES, zipfile.ZIP_BZIP2),
    "lzma": zipped(FILES, zipfile.ZIP_LZMA),
    "streamed": streamed_zip(FILES),
    "tar": tarred(FILES),
    **{f"tar.{suffix}": pack(tarred(FILES)) for suffix, pack in PACKERS.items()},
    "zip in tar": tarred({"a.zip": zipped(FILES)}),
    "tar.gz in zip": zipped({"a.tar.gz": gz(tarred(FILES))}),
}
ZIPS = ["zip", "stored", "bzip2", "lzma", "streamed"]
INFLATED = [*ZIPS, "tar", "tar.gz"]
"""Kinds whose members can be read up to the damage. The blocks of other kinds are larger than these archives."""


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_truncated_archive_is_read_to_its_end(kind: str) -> None:
    archive = ARCHIVES[kind]
    counts = []
    for step in range(1, 50):
        result = opened(archive[: len(archive) * step // 50])
        if "in" not in kind:
            for name, data in result.contents.items():
                assert name == b"data" or CONTENTS[name].startswith(data)
        counts.append(sum(len(data) for name, data in result.contents.items() if name != b"data"))
        if step > 1:
            assert {reason for _, reason in result.skipped} <= {"unreadable"}
    if "in" not in kind:
        assert counts == sorted(counts), "the more there is, the more is read"
        assert counts[-1] > 0 or kind not in INFLATED


@pytest.mark.parametrize("kind", [kind for kind in ARCHIVES if kind != "tar"])
@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5])
def test_a_truncated_archive_is_not_complete(kind: str, fraction: float) -> None:
    archive = ARCHIVES[kind]
    skipped = opened(archive[: int(len(archive) * fraction)]).skipped
    assert skipped
    assert {reason for _, reason in skipped} == {"unreadable"}


def test_a_tar_that_ends_within_a_member_is_not_complete() -> None:
    archive = tarred({"a": b"a" * 600, "b": b"b" * 600})
    result = opened(archive[: 512 + 1024 + 512 + 100])
    assert result.contents == {b"a": b"a" * 600, b"b": b"b" * 100}
    assert ("id!b", "unreadable") in result.skipped
    assert opened(archive[: 512 + 1024 + 100]).skipped == [("id", "unreadable")], "within a header"
    assert not opened(archive[: 512 + 1024]).skipped, "a missing end is common"


@pytest.mark.parametrize("kind", ZIPS)
@pytest.mark.parametrize("lost", [1, 22, 100, 500])
def test_a_zip_without_its_directory_is_read_from_the_front(kind: str, lost: int) -> None:
    result = opened(ARCHIVES[kind][:-lost])
    assert result.contents == CONTENTS
    assert result.skipped == [("id", "unreadable")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", INFLATED)
def test_a_flipped_bit_loses_only_what_it_hits(kind: str) -> None:
    archive = ARCHIVES[kind]
    chooser = random.Random(kind)
    whole = 0
    for _ in range(150):
        damaged = bytearray(archive)
        damaged[chooser.randrange(len(damaged))] ^= 1 << chooser.randrange(8)
        result = opened(bytes(damaged))
        assert {reason for _, reason in result.skipped} <= {"unreadable", "encrypted", "too-large", "archive-limit"}
        whole += sum(CONTENTS.get(name) == data for name, data in result.contents.items())
    assert whole > 150 * len(CONTENTS) * (0.25 if kind == "tar.gz" else 0.6)


@pytest.mark.parametrize("kind", ARCHIVES)
@settings(max_examples=60)
@given(flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=5), data=st.data())
def test_no_damage_raises_or_exceeds_a_limit(kind: str, flips: list[tuple[float, int]], data: st.DataObject) -> None:
    damaged = bytearray(ARCHIVES[kind])
    for place, value in flips:
        damaged[int(place * len(damaged))] = value
    if data.draw(st.booleans()):
        begin = int(data.draw(st.floats(0, 0.999)) * len(damaged))
        del damaged[begin : begin + data.draw(st.integers(1, 600))]
    result = opened(bytes(damaged), Limits(archive_members=40, archive_bytes=400_000, max_blob_bytes=100_000))
    assert len(result.contents) <= 40
    assert sum(map(len, result.contents.values())) <= 400_000
    assert all(len(content) <= 100_000 for content in result.contents.values())


@pytest.mark.slow
@pytest.mark.parametrize("pack", [gz, lzma.compress, bz2.compress, zstd.compress])
def test_damage_late_in_a_large_content_loses_little(pack: Callable[[bytes], bytes]) -> None:
    content = words(0, 60_000) * 40
    packed = pack(content + words(1, 60_000))
    damaged = packed[:-2000] + bytes(byte ^ 0x55 for byte in packed[-2000:])
    result = opened(damaged)
    assert result.skipped == [("id!data", "unreadable")]
    read = result.contents[b"data"]
    common = next((at for at, pair in enumerate(zip(read, content, strict=False)) if pair[0] != pair[1]), 10**9)
    assert min(common, len(read)) >= 900_000


@pytest.mark.parametrize("at", range(50, 2000, 150))
def test_a_damaged_deflate_stream_is_read_to_the_byte_before_the_damage(at: int) -> None:
    content = words(0, 8000)
    packed = gz(content)
    damaged = packed[:at] + b"\xff" * 100 + packed[at + 100 :]
    result = opened(damaged)
    read = result.contents.get(b"data", b"")
    expected = len(packed[:at]) * 8000 // len(packed)
    common = next((i for i, (one, other) in enumerate(zip(read, content, strict=False)) if one != other), len(read))
    assert common > 0.8 * expected - 300


def test_a_gz_whose_checksum_is_wrong_is_read() -> None:
    packed = gz(b"text" * 1000)
    result = opened(packed[:-8] + bytes(8))
    assert result.contents == {b"data": b"text" * 1000}
    assert result.skipped == [("id!data", "unreadable")]


def test_a_zip_member_whose_checksum_is_wrong_is_read() -> None:
    archive = zipped({"a": b"text", "b": b"more"}, zipfile.ZIP_STORED).replace(b"text", b"next")
    result = opened(archive)
    assert result.contents == {b"a": b"next", b"b": b"more"}
    assert result.skipped == [("id!a", "unreadable")]


def test_a_gz_without_its_trailer_is_truncated() -> None:
    result = opened(gz(b"text" * 1000)[:-3])
    assert result.contents == {b"data": b"text" * 1000}
    assert result.skipped == [("id!data", "unreadable")]


def test_a_damaged_second_stream_leaves_the_first() -> None:
    second = gz(words(1, 5000))
    result = opened(gz(b"first ") + second[:40] + b"\xff" * 50 + second[90:])
    assert result.contents[b"data"].startswith(b"first ")
    assert result.skipped == [("id!data", "unreadable")]


def test_a_damaged_archive_does_not_keep_others_from_being_read() -> None:
    damaged = gz(tarred(FILES))[:3000]
    result = opened(zipped({"a.tgz": damaged, "b": b"text"}))
    assert result.contents[b"b"] == b"text"
    assert result.contents[b"a.tgz!dir/file-1.txt"] == FILES["dir/file-1.txt"]
    assert {name for name, _ in result.skipped} <= {"id!a.tgz", "id!a.tgz!dir/file-3.txt", "id!a.tgz!dir/file-4.txt"}


def test_names_of_skipped_members_are_readable() -> None:
    archive = tarred({"a": b"x" * 600})
    header = with_checksum(bytearray(b"\xff" + archive[1:512]))
    assert opened(header + archive[512:600]).skipped[0] == (r"id!\xff", "unreadable")
