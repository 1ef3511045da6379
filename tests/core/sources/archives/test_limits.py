"""Each limit holds, and what is not read because of it is reported."""

from __future__ import annotations

import bz2
import lzma
import zipfile

import pytest

from beca_core.sources.limits import Limits, Stop
from tests.core.sources.archives.making import (
    LZMA,
    Member,
    deflated,
    gz,
    lzma_in_zip,
    opened,
    padded,
    raw_zip,
    tar_header,
    tarred,
    zipped,
    zstd,
)


class Countdown(Stop):
    """Gives a reason to stop after so many questions."""

    def __init__(self, questions: int, reason: str = "timeout") -> None:
        super().__init__(600)
        self._left = questions
        self._why = reason

    @property
    def reason(self) -> str | None:
        self._left -= 1
        return self._why if self._left < 0 else None


def nested(depth: int) -> bytes:
    data = b"innermost"
    for _ in range(depth):
        data = zipped({"in": data})
    return data


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_archives_are_opened_to_a_depth(depth: int) -> None:
    fits = opened(nested(depth), Limits(archive_depth=depth))
    assert fits.contents[b"!".join([b"in"] * depth)] == b"innermost"
    assert not fits.skipped
    deeper = opened(nested(depth + 1), Limits(archive_depth=depth))
    assert len(deeper.contents) == depth, "the bytes of the archive that is not opened are read"
    assert deeper.skipped == [("id!" + "!".join(["in"] * depth), "archive-limit")]


def test_what_only_looks_like_an_archive_is_not_reported_at_the_greatest_depth() -> None:
    assert not opened(zipped({"a": b"PK\3\4 is a magic, and this is text"}), Limits(archive_depth=1)).skipped


def test_a_damaged_archive_at_the_greatest_depth_is_reported() -> None:
    result = opened(zipped({"a": zipped({"b": b"c"})[:-30]}), Limits(archive_depth=1))
    assert result.skipped == [("id!a", "archive-limit")]


def test_any_depth_may_be_asked_for() -> None:
    result = opened(nested(70), Limits(archive_depth=10**9))
    assert len(result.contents) == 64
    assert [reason for _, reason in result.skipped] == ["archive-limit"]


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: gz(tarred(files))])
def test_members_are_counted(pack: object) -> None:
    archive = pack({str(n): b"x" for n in range(5)})  # type: ignore[operator]
    assert len(opened(archive, Limits(archive_members=5)).contents) == 5
    result = opened(archive, Limits(archive_members=3))
    assert sorted(result.contents) == [b"0", b"1", b"2"]
    assert result.skipped == [("id!3", "archive-limit")]


def test_members_of_archives_in_an_archive_count_too() -> None:
    archive = zipped({"a": zipped({"1": b"x", "2": b"x"}), "b": zipped({"3": b"x", "4": b"x"}), "c": b"x"})
    result = opened(archive, Limits(archive_members=5))
    assert sorted(result.contents) == [b"a", b"a!1", b"a!2", b"b", b"b!3"]
    assert result.skipped == [("id!b!4", "archive-limit")]


def test_directories_and_links_count_as_members() -> None:
    tar = tar_header(b"d/", kind=b"5") * 3 + tar_header(b"f")
    assert opened(tar, Limits(archive_members=4)).contents == {b"f": b""}
    assert opened(tar, Limits(archive_members=2)).skipped == [("id", "archive-limit")]
    archive = raw_zip([Member(b"d%d/" % n, b"") for n in range(3)] + [Member(b"f", b"")])
    assert opened(archive, Limits(archive_members=4)).contents == {b"f": b""}
    assert opened(archive, Limits(archive_members=2)).skipped == [("id", "archive-limit")]
    assert opened(archive[:-22], Limits(archive_members=2)).skipped == [("id", "archive-limit")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_bytes_of_a_zip_are_counted(method: int) -> None:
    archive = zipped({str(n): bytes([65 + n]) * 100_000 for n in range(5)}, method)
    result = opened(archive, Limits(archive_bytes=250_000))
    assert result.contents[b"1"] == b"B" * 100_000
    assert len(result.contents.get(b"2", b"")) <= 50_000
    assert b"3" not in result.contents
    assert result.skipped == [("id!2", "archive-limit")]


@pytest.mark.parametrize("pack", [bytes, gz, bz2.compress, lzma.compress, zstd.compress])
def test_bytes_of_a_tar_are_counted(pack: object) -> None:
    archive = pack(tarred({str(n): bytes([65 + n]) * 100_000 for n in range(5)}))  # type: ignore[operator]
    result = opened(archive, Limits(archive_bytes=250_000))
    assert result.contents[b"1"] == b"B" * 100_000
    assert result.skipped == [("id!2", "archive-limit")]
    assert not opened(archive, Limits(archive_bytes=600_000)).skipped


def test_what_is_skipped_in_a_compressed_tar_is_counted() -> None:
    archive = gz(tarred({"large": bytes(500_000), "small": b"x"}))
    limits = Limits(max_blob_bytes=1000, archive_bytes=300_000)
    assert opened(archive, limits).skipped == [("id!large", "too-large"), ("id", "archive-limit")]
    assert opened(archive, Limits(max_blob_bytes=1000)).contents == {b"small": b"x"}


def test_what_is_skipped_in_a_tar_costs_nothing() -> None:
    limits = Limits(max_blob_bytes=1000, archive_bytes=300_000)
    archive = tarred({"large": bytes(500_000), "small": b"x"})
    assert opened(archive, limits).contents == {b"small": b"x"}


@pytest.mark.parametrize(
    "archive",
    [
        zipped({"a": bytes(1001), "b": b"x"}),
        zipped({"a": bytes(1001), "b": b"x"}, zipfile.ZIP_STORED),
        tarred({"a": bytes(1001), "b": b"x"}),
        gz(tarred({"a": bytes(1001), "b": b"x"})),
        raw_zip([Member(b"a", deflated(bytes(1001)), 8, size=1), Member(b"b", b"x")]),
    ],
    ids=["zip", "stored", "tar", "tar.gz", "false size"],
)
def test_a_member_that_is_too_large_is_skipped_alone(archive: bytes) -> None:
    result = opened(archive, Limits(max_blob_bytes=1000))
    assert result.contents == {b"b": b"x"}
    assert result.skipped == [("id!a", "too-large")]


def test_a_member_may_be_as_large_as_the_limit() -> None:
    assert not opened(zipped({"a": bytes(1000)}), Limits(max_blob_bytes=1000)).skipped


def test_a_dictionary_that_needs_too_much_memory_is_a_limit() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 * 1024 * 1024}]
    assert opened(lzma.compress(b"x", filters=filters)).skipped == [("id!data", "archive-limit")]
    window_of_2_gib = bytes([(31 - 10) << 3])
    frame = b"\x28\xb5\x2f\xfd\0" + window_of_2_gib + (1 | 3 << 3).to_bytes(3, "little") + b"abc"
    assert opened(frame).skipped == [("id!data", "archive-limit")]
    packed = lzma_in_zip(b"x")
    asking = packed[:5] + b"\xff\xff\xff\xff" + packed[9:]
    archive = raw_zip([Member(b"a", asking, LZMA, 1), Member(b"b", b"x")])
    assert opened(archive).skipped == [("id!a", "archive-limit")]
    assert opened(archive).contents == {b"b": b"x"}


def test_the_largest_dictionaries_in_use_are_read() -> None:
    assert opened(lzma.compress(b"text", preset=9)).contents == {b"data": b"text"}
    assert opened(zstd.compress(b"text" * 100, level=19)).contents == {b"data": b"text" * 100}


@pytest.mark.parametrize("reason", ["timeout", "scan-limit"])
@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: gz(tarred(files))])
def test_reading_stops_between_members(pack: object, reason: str) -> None:
    archive = pack({str(n): b"x" * 10 for n in range(1000)})  # type: ignore[operator]
    result = opened(archive, stop=Countdown(100, reason))
    assert 1 < len(result.contents) < 100
    ((name, why),) = result.skipped
    assert why == reason
    assert name.startswith("id")


@pytest.mark.slow
def test_reading_stops_within_a_member() -> None:
    result = opened(gz(bytes(100_000_000)), stop=Countdown(50))
    assert result.contents == {}
    assert result.skipped == [("id!data", "timeout")]


@pytest.mark.slow
def test_reading_stops_within_what_is_skipped() -> None:
    large = tar_header(b"large", 50_000_000) + padded(bytes(50_000_000)) + tar_header(b"small")
    result = opened(gz(large), Limits(max_blob_bytes=1000), stop=Countdown(500))
    assert result.skipped[-1] == ("id", "timeout")
    assert b"small" not in result.contents


def test_a_reason_to_stop_in_an_inner_archive_ends_the_outer_one() -> None:
    archive = zipped({"a": zipped({str(n): b"x" for n in range(100)}), "b": b"x"})
    result = opened(archive, stop=Countdown(50))
    assert len(result.skipped) == 1
    assert b"b" not in result.contents
