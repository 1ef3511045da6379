"""Tar: kinds of members, long names, numbers, sparse files, and false headers."""

from __future__ import annotations

import io
import tarfile

import pytest

from beca_core.sources.limits import Limits
from tests.core.sources.archives.making import gz, opened, padded, tar_header, tarred, with_checksum


def extension(kind: bytes, data: bytes) -> bytes:
    return tar_header(b"extension", len(data), kind) + padded(data)


def record(key: bytes, value: bytes) -> bytes:
    body = b" %s=%s\n" % (key, value)
    length = len(body) + 1
    while len(b"%d" % length) + len(body) != length:
        length += 1
    return b"%d" % length + body


def member(name: bytes, data: bytes, kind: bytes = b"0") -> bytes:
    return tar_header(name, len(data), kind) + padded(data)


def test_only_files_are_members() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind in {
            "dir": tarfile.DIRTYPE,
            "link": tarfile.SYMTYPE,
            "hard": tarfile.LNKTYPE,
            "fifo": tarfile.FIFOTYPE,
            "device": tarfile.CHRTYPE,
        }.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("file")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"text"))
    assert opened(file.getvalue()).contents == {b"file": b"text"}


def test_a_link_has_no_data_whatever_its_size_says() -> None:
    tar = tar_header(b"link", 5000, b"2") + member(b"file", b"text")
    assert opened(tar).contents == {b"file": b"text"}


@pytest.mark.parametrize("kind", [b"\0", b"0", b"7", b"Z"])
def test_members_of_unknown_kinds_are_files(kind: bytes) -> None:
    assert opened(member(b"a", b"text", kind)).contents == {b"a": b"text"}


@pytest.mark.parametrize("name", [b"/etc/passwd", b"../up", b"a\nb", b"\xff\xfe", b"a!b", b""])
def test_names_are_not_changed(name: bytes) -> None:
    assert opened(member(name, b"text")).contents == {name: b"text"}


def test_a_directory_of_the_first_version_ends_in_a_slash() -> None:
    assert opened(member(b"d/", b"", b"\0") + member(b"a", b"x")).contents == {b"a": b"x"}


def test_a_tar_of_the_first_version_has_no_magic() -> None:
    block = bytearray(tar_header(b"a", 4))
    block[257:] = bytes(255)
    assert opened(with_checksum(block) + padded(b"text")).contents == {b"a": b"text"}


def test_a_checksum_over_signed_bytes_is_right_too() -> None:
    block = bytearray(tar_header(b"\xe4\xf6", 4))
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % (sum(block) - 2 * 256)
    assert opened(bytes(block) + padded(b"text")).contents == {b"\xe4\xf6": b"text"}


def test_a_long_name_belongs_to_the_next_member_alone() -> None:
    tar = extension(b"K", b"target\0") + extension(b"L", b"n" * 300 + b"\0") + member(b"n", b"1") + member(b"m", b"2")
    assert opened(tar).contents == {b"n" * 300: b"1", b"m": b"2"}


def test_pax_records_give_name_and_size() -> None:
    records = record(b"mtime", b"1.5") + record(b"path", b"p" * 200) + record(b"size", b"4")
    tar = extension(b"g", record(b"comment", b"of all")) + extension(b"x", records) + tar_header(b"p", 0)
    assert opened(tar + padded(b"text") + member(b"b", b"more")).contents == {b"p" * 200: b"text", b"b": b"more"}


@pytest.mark.parametrize("records", [b"x path=a\n", b"0 path=a\n", b" ", b"9" * 30 + b" path=a\n"])
def test_malformed_pax_records_are_damage(records: bytes) -> None:
    result = opened(member(b"a", b"1") + extension(b"x", records) + member(b"b", b"2"))
    assert result.contents == {b"a": b"1"}
    assert result.skipped == [("id", "unreadable")]


def test_a_malformed_pax_size_is_damage() -> None:
    result = opened(extension(b"x", record(b"size", b"-1")) + member(b"b", b"2"))
    assert result.skipped == [("id", "unreadable")]


def test_extensions_that_are_too_large_are_skipped() -> None:
    tar = extension(b"x", record(b"path", b"p" * 2_000_000)) + member(b"a", b"1")
    assert opened(tar).contents == {b"a": b"1"}


def test_more_extensions_than_a_member_can_have_are_damage() -> None:
    assert opened(extension(b"L", b"n\0") * 8 + member(b"a", b"1")).contents == {b"n": b"1"}
    result = opened(extension(b"L", b"n\0") * 9 + member(b"a", b"1"))
    assert (result.contents, result.skipped) == ({}, [("id", "unreadable")])


def test_the_data_of_a_sparse_file_are_read() -> None:
    more_map = bytes(504) + b"\1" + bytes(7), bytes(512)
    sparse = tar_header(b"s", 4, b"S", sparse=1) + b"".join(more_map) + padded(b"data")
    assert opened(sparse + member(b"a", b"1")).contents == {b"s": b"data", b"a": b"1"}
    records = record(b"GNU.sparse.major", b"1") + record(b"GNU.sparse.name", b"real") + record(b"path", b"./x/real.0")
    assert opened(extension(b"x", records) + member(b"x", b"data")).contents == {b"real": b"data"}


def test_a_sparse_map_without_an_end_is_truncated() -> None:
    result = opened(tar_header(b"s", 4, b"S", sparse=1) + b"\1" * 512 * 3)
    assert (result.contents, result.skipped) == ({}, [("id", "unreadable")])


@pytest.mark.parametrize("size", [600, 2**33, 2**80])
@pytest.mark.parametrize("pack", [bytes, gz])
def test_a_size_beyond_the_end_is_truncated(size: int, pack: object) -> None:
    result = opened(pack(tar_header(b"a", size) + b"x" * 512))  # type: ignore[operator]
    assert result.contents == {b"a": b"x" * 512}
    assert ("id!a", "unreadable") in result.skipped


def test_a_size_beyond_all_limits_is_skipped_to_the_end() -> None:
    result = opened(tar_header(b"a", 2**80) + bytes(5000), Limits(max_blob_bytes=1000))
    assert result.skipped == [("id!a", "too-large"), ("id", "unreadable")]


@pytest.mark.parametrize("field", [b"-0000000001\0", b"12345678999\0", b"\xff" * 12, b"size\0\0\0\0\0\0\0\0"])
def test_a_size_that_is_not_a_number_is_damage(field: bytes) -> None:
    block = bytearray(tar_header(b"b", 1))
    block[124:136] = field
    result = opened(member(b"a", b"1") + with_checksum(block) + padded(b"2"))
    assert result.contents == {b"a": b"1"}
    assert result.skipped == [("id", "unreadable")]


def test_a_header_with_a_wrong_checksum_is_damage() -> None:
    result = opened(member(b"a", b"1") + b"\xff" * 512 + member(b"b", b"2"))
    assert result.contents == {b"a": b"1"}
    assert result.skipped == [("id", "unreadable")]


def test_consecutive_tars_are_read() -> None:
    assert opened(gz(tarred({"a": b"1"}) + tarred({"b": b"2"}))).contents == {b"a": b"1", b"b": b"2"}


def test_data_after_the_end_is_not_a_member() -> None:
    result = opened(tarred({"a": b"1"}) + b"\xff" * 3000)
    assert result.contents == {b"a": b"1"}
    assert not result.skipped
