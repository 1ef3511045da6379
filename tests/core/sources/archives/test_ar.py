"""Archives of ar: Debian packages and static libraries."""

from __future__ import annotations

import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.archives import is_archive
from beca_core.sources.limits import Limits
from tests.core.sources.archives.making import PACKERS, Opened, opened, tarred

MAGIC = b"!<arch>\n"


def header(name: bytes, size: int | bytes) -> bytes:
    digits = size if isinstance(size, bytes) else b"%d" % size
    return name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"100644".ljust(8) + digits.ljust(10) + b"`\n"


def member(name: bytes, data: bytes) -> bytes:
    return header(name, len(data)) + data + b"\n" * (len(data) % 2)


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_debian_package_is_read(suffix: str) -> None:
    data = PACKERS[suffix](tarred({"etc/app.env": b"text"}))
    package = MAGIC + member(b"debian-binary", b"2.0\n") + member(f"data.tar.{suffix}".encode(), data)
    assert is_archive(package)
    result = opened(package)
    assert result.contents[b"debian-binary"] == b"2.0\n"
    assert result.contents[f"data.tar.{suffix}!etc/app.env".encode()] == b"text"
    assert not result.skipped


def test_names_of_gnu_and_of_bsd() -> None:
    long = b"a name of more than 16 bytes"
    bsd = header(b"#1/32", 32 + 4) + long.ljust(32, b"\0") + b"text"
    archive = MAGIC + member(b"odd.o/", b"odd") + bsd + member(b"/17", b"offset") + member(b"/", b"index")
    assert opened(archive) == Opened({b"odd.o": b"odd", long: b"text", b"/17": b"offset", b"/": b"index"}, [])


def test_an_archive_without_members_and_one_without_its_last_byte() -> None:
    assert opened(MAGIC) == Opened({}, [])
    assert opened((MAGIC + member(b"a", b"odd"))[:-1]) == Opened({b"a": b"odd"}, [])


@pytest.mark.parametrize("rest", [b"some text about ar" * 10, b"short", header(b"a", 4)[:-2] + b"xxtext"])
def test_what_only_has_the_magic_is_not_an_archive(rest: bytes) -> None:
    assert opened(MAGIC + rest) == Opened({}, [])


@pytest.mark.parametrize(
    ("damage", "skipped"),
    [
        (header(b"b", 400) + b"text", "id!b"),
        (header(b"b", b"4x") + b"text", "id"),
        (header(b"#1/9", 4) + b"text", "id"),
        (header(b"#1/99999999", 4) + b"text", "id"),
        (b"no header", "id"),
    ],
)
def test_a_damaged_archive_is_read_up_to_the_damage(damage: bytes, skipped: str) -> None:
    result = opened(MAGIC + member(b"a", b"even") + damage)
    assert result.contents[b"a"] == b"even"
    assert (skipped, "unreadable") in result.skipped


def test_the_limits_hold() -> None:
    archive = MAGIC + b"".join(member(b"%d" % number, b"x" * 1000) for number in range(20))
    assert len(opened(archive, Limits(archive_members=5)).contents) == 5
    result = opened(archive, Limits(archive_bytes=5000))
    assert len(result.contents) < 6
    assert result.skipped[-1][1] == "archive-limit"
    large = opened(MAGIC + member(b"a", b"x" * 1000) + member(b"b", b"text"), Limits(max_blob_bytes=100))
    assert large == Opened({b"b": b"text"}, [("id!a", "too-large")])


def test_an_lzma_in_a_package_is_named() -> None:
    data = lzma.compress(b"text", lzma.FORMAT_ALONE)
    assert opened(MAGIC + member(b"data.tar.lzma", data)).skipped == [("id!data.tar.lzma", "unopened")]


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(rest: bytes) -> None:
    opened(MAGIC + rest)
    opened(MAGIC + member(b"a", b"even") + rest)
