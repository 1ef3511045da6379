"""A content that only begins like an archive is not one, and leaves no trace in the coverage."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.archives import is_archive, is_archive_without_nul, may_be_container
from beca_core.sources.archives.unopened import is_unopened
from beca_core.sources.limits import Limits
from tests.core.sources.archives.making import Opened, gz, opened, tar_header, zipped

MAGIC = [b"PK\3\4", b"\x1f\x8b\x08\0", b"\x1f\x8b\x08\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"]
NOTHING = Opened({}, [])


@pytest.mark.parametrize("magic", MAGIC)
@pytest.mark.parametrize(
    "rest",
    [b" begins like this, and some more text follows\n" * 20, b"\xff" * 1000],
    ids=["text", "bits"],
)
def test_a_magic_alone_is_not_an_archive(magic: bytes, rest: bytes) -> None:
    assert is_archive(magic + rest)
    assert opened(magic + rest) == NOTHING


@pytest.mark.parametrize("magic", MAGIC[:4])
def test_a_file_with_nothing_but_a_magic_is_not_an_archive(magic: bytes) -> None:
    assert opened(magic) == NOTHING


@given(
    st.sampled_from([b"", b"PK", b"BZh9", b"!<arch>\n", b"#!", b"#!1AY&SY", b"MZPK\5\6", b"x"]), st.binary(max_size=400)
)
def test_without_a_nul_fewer_looks_are_enough(begin: bytes, rest: bytes) -> None:
    data = begin + rest.replace(b"\0", b"\1")
    assert is_archive_without_nul(data) == is_archive(data)


@given(
    st.sampled_from([b"", b"PK\3\4", b"BZh9", b"!<arch>\n", b"#!1AY&SY", b"MZ", b"7z\xbc\xaf\x27\x1c", b"%PDF-"]),
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\5\6" + bytes(18)]),
)
def test_the_quick_look_misses_nothing(begin: bytes, between: bytes, end: bytes) -> None:
    data = begin + between + end
    assert may_be_container(data) or not (is_archive(data) or is_unopened(data))


def test_a_text_that_begins_like_a_bz2_is_not_one() -> None:
    assert not is_archive(b"BZhA notes\n")
    assert is_archive(b"BZh1 notes\n"), "four bytes are too few to decide"
    assert opened(b"BZh1 notes\n") == NOTHING


def test_the_first_header_of_a_tar_must_have_the_right_checksum() -> None:
    header = bytearray(tar_header(b"name", 3))
    assert opened(bytes(header) + b"abc".ljust(512, b"\0")).contents == {b"name": b"abc"}
    header[0] ^= 1
    assert is_archive(bytes(header))
    assert opened(bytes(header) + b"abc".ljust(512, b"\0")) == NOTHING


def test_a_block_without_a_numeric_checksum_is_not_a_tar_header() -> None:
    header = bytearray(tar_header(b"name", 3))
    header[148:156] = b"checksum"
    assert opened(bytes(header)) == NOTHING


def test_a_gz_whose_first_bytes_do_not_decompress_is_not_one() -> None:
    packed = gz(bytes(range(256)) * 100)
    block_of_no_kind = b"\x07"
    assert opened(packed[:10] + block_of_no_kind + packed[11:]) == NOTHING


def test_a_gz_with_reserved_flags_is_not_one() -> None:
    packed = gz(b"text")
    for flag in (0x20, 0x40, 0x80):
        assert opened(packed[:3] + bytes([flag]) + packed[4:]) == NOTHING


def test_a_gz_whose_name_has_no_end_is_not_one() -> None:
    assert opened(b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 200_000) == NOTHING


def test_an_xz_header_is_checked() -> None:
    assert opened(b"\xfd7zXZ\0\0\4" + (zlib.crc32(b"\0\4") ^ 1).to_bytes(4, "little") + bytes(100)) == NOTHING


def test_an_empty_zip_has_no_members() -> None:
    assert opened(zipped({})) == NOTHING


def test_a_depth_of_zero_opens_nothing_and_names_what_it_does_not_open() -> None:
    assert opened(zipped({"a": b"text"}), Limits(archive_depth=0)).skipped == [("id", "archive")]
    assert opened(b"PK\3\4 and no archive", Limits(archive_depth=0)) == NOTHING


def test_a_file_that_cannot_be_read_is_reported() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 100:
                raise OSError("vanished")
            return super().read(size)

    assert opened(Failing(zipped({"a": bytes(range(256))}))).skipped == [("id", "unreadable")]


@given(st.sampled_from(MAGIC), st.binary(max_size=300))
def test_random_bytes_after_a_magic_never_raise(magic: bytes, rest: bytes) -> None:
    opened(magic + rest)
