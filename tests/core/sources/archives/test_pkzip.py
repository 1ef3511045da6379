"""Zip: every way in which a zip locates its members, true or false."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib

import pytest

from beca_core.sources.archives import is_archive, pkzip
from tests.core.sources.archives.making import (
    AES,
    BZ2,
    DEFLATE64,
    DEFLATED,
    LZMA,
    PACKERS,
    XZ,
    ZST,
    Member,
    Opened,
    deflated,
    gz,
    lzma_in_zip,
    opened,
    raw_zip,
    streamed_zip,
    tarred,
    zipped,
)

TEXT = b"some text\n" * 500


def packed(method: int, data: bytes, name: bytes = b"a") -> Member:
    packs = {DEFLATED: deflated, LZMA: lzma_in_zip, BZ2: PACKERS["bz2"], XZ: PACKERS["xz"], ZST: PACKERS["zst"]}
    return Member(name, packs[method](data), method, len(data), crc=zlib.crc32(data))


@pytest.mark.parametrize("method", [DEFLATED, BZ2, LZMA, ZST, XZ])
def test_each_method_is_read(method: int) -> None:
    result = opened(raw_zip([packed(method, TEXT), Member(b"b", b"stored")]))
    assert result.contents == {b"a": TEXT, b"b": b"stored"}
    assert not result.skipped


def test_an_lzma_member_may_have_an_end_mark() -> None:
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 65536}]
    compressor = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=filters)
    body = b"\x09\x04\x05\0" + bytes([93]) + (65536).to_bytes(4, "little") + compressor.compress(TEXT)
    body += compressor.flush()
    archive = raw_zip([Member(b"a", body, LZMA, size=1, flags=2, crc=zlib.crc32(TEXT))])
    assert opened(archive).contents == {b"a": TEXT}
    assert opened(raw_zip([Member(b"a", b"\x09\x04\x05\0\xff" + body[5:], LZMA, 1)])).skipped == [
        ("id!a", "unreadable")
    ]


@pytest.mark.parametrize("method", [1, 6, DEFLATE64, 97, 12345])
def test_a_member_with_an_unknown_method_is_unreadable(method: int) -> None:
    result = opened(raw_zip([Member(b"a", b"what", method, 4), Member(b"b", b"text")]))
    assert result.contents == {b"b": b"text"}
    assert result.skipped == [("id!a", "unreadable")]


@pytest.mark.parametrize("method", [BZ2, LZMA, XZ, ZST, DEFLATED])
def test_a_member_that_is_not_what_it_says_is_unreadable(method: int) -> None:
    result = opened(raw_zip([Member(b"a", b"\xff" * 100, method, 4), Member(b"b", b"text")]))
    assert result.contents == {b"b": b"text"}
    assert result.skipped == [("id!a", "unreadable")]


@pytest.mark.parametrize("method", [0, DEFLATED, AES])
def test_an_encrypted_member_is_reported(method: int) -> None:
    result = opened(raw_zip([Member(b"a", b"what", method, 4, flags=1), Member(b"b", b"text")]))
    assert result.contents == {b"b": b"text"}
    assert result.skipped == [("id!a", "encrypted")]


@pytest.mark.parametrize(
    "name", [b"/etc/passwd", b"../../up", b"a\nb\x1b[31m", b"\x81\xff", "ü".encode(), b"a!b", b"C:\\x", b"x" * 60_000]
)
def test_names_are_not_changed(name: bytes) -> None:
    assert opened(raw_zip([Member(name, b"text")])).contents == {name: b"text"}


def test_directories_are_not_yielded() -> None:
    archive = raw_zip([Member(b"d/", b""), Member(b"d/a", b"text"), Member(b"odd/", b"with data")])
    assert opened(archive).contents == {b"d/a": b"text", b"odd/": b"with data"}


def test_sizes_may_come_after_the_members() -> None:
    archive = streamed_zip({"a": TEXT, "b": b"more"})
    assert opened(archive).contents == {b"a": TEXT, b"b": b"more"}
    without_directory = archive[: archive.index(b"PK\1\2")]
    assert opened(without_directory).contents == {b"a": TEXT, b"b": b"more"}


def test_zip64_is_read() -> None:
    archive = raw_zip([Member(b"a", b"text", is_large=True, size=4), Member(b"b", b"more")], zip64=True)
    result = opened(archive)
    assert result.contents == {b"a": b"text", b"b": b"more"}
    assert not result.skipped


def test_a_zip_may_have_a_comment_and_other_data_before_it() -> None:
    archive = raw_zip([Member(b"a", b"text")], comment=b"c" * 65_535)
    assert opened(archive).contents == {b"a": b"text"}
    first = raw_zip([Member(b"lost", b"text")])
    assert list(opened(first + archive).contents.items()) == [(b"a", b"text"), (b"lost", b"text")], (
        "offsets count from the start of the last zip; then comes what it does not list"
    )


def test_more_members_than_16_bits_can_count_are_read() -> None:
    archive = bytearray(raw_zip(Member(b"%d" % number, b"") for number in range(66_000 - 65_536)))
    assert len(opened(bytes(archive)).contents) == 464
    archive[-14:-10] = (464 + 1).to_bytes(2, "little") * 2
    assert opened(bytes(archive)).skipped == [("id", "unreadable")], "there should be one more"


def test_without_a_directory_the_local_headers_are_read() -> None:
    archive = raw_zip([Member(b"d/", b""), Member(b"a", b"text"), packed(DEFLATED, TEXT, b"b")])
    result = opened(archive.replace(b"PK\1\2", b"PK\1\0"))
    assert result.contents == {b"a": b"text", b"b": TEXT}
    assert result.skipped == [("id", "unreadable")]


def test_a_directory_may_name_the_same_bytes_twice() -> None:
    first = Member(b"a", b"text")
    assert opened(raw_zip([first, Member(b"b", b"text", offset=0)])).contents == {b"a": b"text", b"b": b"text"}


@pytest.mark.parametrize("offset", [1, 10**6, 2**32 - 2])
def test_a_directory_may_point_nowhere(offset: int) -> None:
    result = opened(raw_zip([Member(b"a", b"text"), Member(b"b", b"text", offset=offset)]))
    assert result.contents == {b"a": b"text"}
    assert result.skipped == [("id!b", "unreadable")]


def test_a_stored_member_that_is_longer_than_the_file_is_truncated() -> None:
    archive = raw_zip([Member(b"a", b"text"), Member(b"b", b"x" * 100_000, offset=0)])
    result = opened(archive)
    assert result.contents[b"b"].startswith(b"text")
    assert ("id!b", "unreadable") in result.skipped


def test_the_size_that_a_member_declares_does_not_matter() -> None:
    for size in (0, 3, 2**32 - 2):
        member = Member(b"a", deflated(TEXT), DEFLATED, size, crc=zlib.crc32(TEXT))
        assert opened(raw_zip([member])).contents == {b"a": TEXT}


def unlisted(*parts: Member) -> bytes:
    """Make local members without a directory."""
    return raw_zip(parts).partition(b"PK\1\2")[0]


def between(hidden: bytes) -> bytes:
    """Make a zip with bytes between its members `a` and `b`."""
    filler = Member(b"filler", hidden)
    archive = raw_zip([Member(b"a", b"text"), filler, Member(b"b", b"more")])
    local = archive.index(b"PK\3\4", 1)
    archive = archive[:local] + bytes(36) + archive[local + 36 :]  # the header of `filler`
    entry = archive.index(b"PK\1\2", archive.index(b"PK\1\2") + 1)
    archive = archive[:entry] + archive[entry + 46 + len(b"filler") :]
    end = archive.rindex(b"PK\5\6")
    size = int.from_bytes(archive[end + 12 : end + 16], "little") - 52
    counts = (2).to_bytes(2, "little") * 2
    return archive[: end + 8] + counts + size.to_bytes(4, "little") + archive[end + 16 :]


HIDDEN = {
    "one": (unlisted(Member(b"h", b"hidden")), {b"h": b"hidden"}),
    "compressed": (unlisted(packed(DEFLATED, TEXT, b"h")), {b"h": TEXT}),
    "two": (unlisted(Member(b"h", b"hidden"), Member(b"i", b"as well")), {b"h": b"hidden", b"i": b"as well"}),
    "after other bytes": (b"PK\3\4 or so" * 5 + unlisted(Member(b"h", b"hidden")), {b"h": b"hidden"}),
    "a directory": (unlisted(Member(b"d/", b""), Member(b"d/h", b"hidden")), {b"d/h": b"hidden"}),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_members_that_the_directory_does_not_list_are_read(what: str) -> None:
    hidden, contents = HIDDEN[what]
    archive = between(hidden)
    with zipfile.ZipFile(io.BytesIO(archive)) as listed:
        assert listed.namelist() == ["a", "b"]
    result = opened(archive)
    assert list(result.contents.items()) == [(b"a", b"text"), (b"b", b"more"), *contents.items()]
    assert not result.skipped


def test_sizes_of_a_member_that_is_not_listed_may_come_after_it() -> None:
    hidden = streamed_zip({"h": TEXT}).partition(b"PK\1\2")[0]
    assert opened(between(hidden)) == Opened({b"a": b"text", b"b": b"more", b"h": TEXT}, [])


def test_a_member_that_is_not_listed_and_not_readable_is_reported() -> None:
    result = opened(between(unlisted(Member(b"h", b"\xff" * 50, DEFLATED, 50))))
    assert result == Opened({b"a": b"text", b"b": b"more"}, [("id!h", "unreadable")])
    locked = opened(between(unlisted(Member(b"h", b"\xff" * 50, DEFLATED, 50, flags=1))))
    assert locked.skipped == [("id!h", "encrypted")]


def test_a_member_between_the_end_of_a_stream_and_the_end_of_its_member_is_read() -> None:
    data = deflated(TEXT) + unlisted(Member(b"h", b"hidden"))
    member = Member(b"a", data, DEFLATED, len(TEXT), crc=zlib.crc32(TEXT))
    assert opened(raw_zip([member])) == Opened({b"a": TEXT, b"h": b"hidden"}, [])


@pytest.mark.parametrize("noise", [b"PK\3\4" * 100, b"PK\3\4" + bytes(60), b"PK\3\4" + b"\xff" * 60, bytes(1000)])
def test_bytes_between_members_that_are_no_members_do_not_matter(noise: bytes) -> None:
    assert opened(between(noise)) == Opened({b"a": b"text", b"b": b"more"}, [])


def test_a_member_of_a_zip_in_a_member_is_not_taken_for_one_that_is_not_listed() -> None:
    inner = raw_zip([Member(b"x", b"text")])
    assert list(opened(raw_zip([Member(b"i", inner), Member(b"d/", b"")])).contents) == [b"i", b"i!x"]


PREFIXES = {
    "script": b"#!/usr/bin/env python3\n",
    "program of Windows": b"MZ" + bytes(range(256)) * 10,
    "program of Linux": b"\x7fELF" + bytes(range(256)) * 10,
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10,
    "text": b"some text\n",
    "tar": tarred({"in-tar": b"first"}),
    "gz": gz(b"first"),
}


@pytest.mark.parametrize("what", PREFIXES)
@pytest.mark.parametrize("is_adjusted", [False, True])
def test_a_zip_may_follow_anything(what: str, is_adjusted: bool) -> None:
    before = PREFIXES[what]
    archive = before + zipped({"a": TEXT, "b": b"more"})
    if is_adjusted:
        file = io.BytesIO(before)
        with zipfile.ZipFile(file, "a") as adjusted:
            adjusted.writestr("a", TEXT)
            adjusted.writestr("b", b"more")
        archive = file.getvalue()
    assert is_archive(archive)
    result = opened(archive)
    assert (result.contents[b"a"], result.contents[b"b"]) == (TEXT, b"more")
    assert len(result.contents) == 2 + (what in ("tar", "gz"))
    assert not result.skipped


@pytest.mark.parametrize("what", ["script", "program of Windows", "program of Linux"])
def test_a_zip_after_a_program_may_have_a_comment(what: str) -> None:
    archive = PREFIXES[what] + raw_zip([Member(b"a", b"text")], comment=b"PK\5\6" + b"c" * 65_000)
    assert is_archive(archive)
    assert opened(archive) == Opened({b"a": b"text"}, [])


def test_a_zip_at_the_end_of_another_archive_is_not_opened_twice() -> None:
    inner = zipped({"a": bytes(range(256))})
    for outer in (tarred({"z": inner}), PACKERS["zst"](inner), gz(inner), zipped({"z": inner})):
        assert list(opened(outer).contents).count(b"a") == 0


def test_an_end_record_alone_is_not_a_zip() -> None:
    for text in (b"text", b"#!/bin/sh\n", b"MZ"):
        data = text + b"PK\5\6" + bytes(18)
        assert is_archive(data)
        assert opened(data) == Opened({}, [])


def test_a_mark_across_two_reads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = raw_zip([Member(b"a", b"text" * 10), Member(b"b", b"more")])[:-22]
    for size in range(4, 60):
        monkeypatch.setattr(pkzip, "_SEARCH_BYTES", size)
        assert opened(archive).contents == {b"a": b"text" * 10, b"b": b"more"}


def test_a_jar_is_a_zip() -> None:
    jar = zipped(
        {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "lib/inner.jar": zipped({"a.properties": b"k=v"})}
    )
    assert opened(jar).contents[b"lib/inner.jar!a.properties"] == b"k=v"
