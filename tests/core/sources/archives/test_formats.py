"""Members of each format, alone and nested, under the names that a reader expects."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.archives import HEAD_BYTES, is_archive
from tests.core.sources.archives.making import CONTAINERS, PACKERS, gz, opened, tarred, zipped, zstd

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"a/b.txt": b"hello", "empty": b"", "z": bytes(range(256)) * 1000}
CONTENTS = {name.encode(): data for name, data in FILES.items()}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_the_members_of_an_archive_are_read(kind: str) -> None:
    archive = CONTAINERS[kind](FILES)
    assert is_archive(archive[:HEAD_BYTES])
    result = opened(archive)
    assert result.contents == CONTENTS
    assert not result.skipped


@pytest.mark.parametrize("kinds", list(product(CONTAINERS, repeat=2)))
def test_an_archive_in_an_archive_is_opened(kinds: tuple[str, str]) -> None:
    outer, inner = kinds
    within = CONTAINERS[inner]({"c/d": b"deep"})
    result = opened(CONTAINERS[outer]({"b": within, "other": b"o"}))
    assert result.contents == {b"b": within, b"b!c/d": b"deep", b"other": b"o"}
    assert not result.skipped


@pytest.mark.parametrize("kinds", list(product(CONTAINERS, ["tar.gz", "zip"], CONTAINERS)))
def test_three_levels_are_three_names(kinds: tuple[str, str, str]) -> None:
    first, second, third = (CONTAINERS[kind] for kind in kinds)
    result = opened(first({"b.x": second({"c/d": third({"e": b"deepest"})})}))
    assert result.contents[b"b.x!c/d!e"] == b"deepest"
    assert sorted(result.contents) == [b"b.x", b"b.x!c/d", b"b.x!c/d!e"]


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_compressed_file_has_one_member(suffix: str) -> None:
    packed = PACKERS[suffix](b"some text\n" * 100_000)
    result = opened(packed)
    assert result.contents == {b"data": b"some text\n" * 100_000}
    assert not result.skipped


@pytest.mark.parametrize("suffix", PACKERS)
def test_the_member_of_a_compressed_file_is_named_after_it(suffix: str) -> None:
    packed = PACKERS[suffix](b"text")
    result = opened(tarred({f"d/notes.txt.{suffix}": packed, "other": packed, f".{suffix}": packed}))
    assert set(result.contents) == {
        f"d/notes.txt.{suffix}".encode(),
        f"d/notes.txt.{suffix}!notes.txt".encode(),
        b"other",
        b"other!data",
        f".{suffix}".encode(),
        f".{suffix}!data".encode(),
    }


def test_the_name_in_a_gz_header_takes_precedence() -> None:
    assert set(opened(gz(b"text", b"plan\xff.txt")).contents) == {b"plan\xff.txt"}
    assert set(opened(tarred({"x.gz": gz(b"text", b"plan.txt")})).contents) == {b"x.gz", b"x.gz!plan.txt"}


def test_optional_fields_of_a_gz_header_are_skipped() -> None:
    packed = gz(b"text")
    header = packed[:3] + bytes([2 | 4 | 8 | 16]) + packed[4:10]
    fields = b"\3\0abc" + b"name\0" + b"a comment\0" + b"\1\2"
    assert opened(header + fields + packed[10:]).contents == {b"name": b"text"}


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("padding", [b"", bytes(4), bytes(2048)])
def test_consecutive_streams_are_one_content(suffix: str, padding: bytes) -> None:
    pack = PACKERS[suffix]
    result = opened(pack(b"one ") + pack(b"") + padding + pack(b"two") + padding)
    assert result.contents == {b"data": b"one two"}
    assert not result.skipped


@pytest.mark.parametrize("suffix", PACKERS)
def test_data_after_the_streams_is_not_damage(suffix: str) -> None:
    result = opened(PACKERS[suffix](b"text") + b"and more")
    assert result.contents == {b"data": b"text"}
    assert not result.skipped


def test_the_tar_in_many_streams_is_one_tar() -> None:
    tar = tarred(FILES)
    cut = [tar[at : at + 700] for at in range(0, len(tar), 700)]
    assert opened(b"".join(gz(part) for part in cut)).contents == CONTENTS


def test_a_compressed_file_in_a_compressed_file_is_opened() -> None:
    result = opened(gz(gz(b"text", b"inner"), b"notes.gz"))
    assert result.contents[b"notes.gz!inner"] == b"text"


def test_a_zst_may_begin_with_a_frame_to_skip() -> None:
    skippable = b"\x53\x2a\x4d\x18\3\0\0\0abc"
    assert is_archive(skippable)
    assert opened(skippable + zstd.compress(b"text")).contents == {b"data": b"text"}


def test_an_xz_without_a_check_is_read() -> None:
    assert opened(lzma.compress(b"text", check=lzma.CHECK_NONE)).contents == {b"data": b"text"}


def test_an_archive_is_read_from_a_file_and_left_open(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(FILES))
    with path.open("rb", buffering=0) as file:
        assert opened(file).contents == CONTENTS
        assert not file.closed


def test_members_are_read_when_they_are_asked_for() -> None:
    class Watched(io.BytesIO):
        bytes_read = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.bytes_read += len(data)
            return data

    from beca_core.sources.archives.walk import members
    from beca_core.sources.limits import Limits, Stop

    file = Watched(zipped({str(n): bytes(1_000_000) for n in range(10)}, zipfile.ZIP_STORED))
    items = members(file, Limits(), Stop(60), "id")
    next(items)
    assert file.bytes_read < 3_000_000


_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=60)


@given(st.dictionaries(_NAMES, st.binary(max_size=2000), max_size=5), st.sampled_from(sorted(CONTAINERS)))
def test_whatever_is_put_in_comes_out(files: dict[str, bytes], kind: str) -> None:
    if kind == "zip" and not files:
        return  # an empty zip does not begin like one, and has no members
    expected = {name.encode(): data for name, data in files.items()}
    contents = opened(CONTAINERS[kind](files)).contents
    assert {name: contents[name] for name in expected} == expected


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_each_format_of_tar_keeps_long_names(format: int) -> None:  # noqa: A002
    name = "d" * 90 + "/" + "f" * 90
    assert opened(tarred({name: b"x"}, format)).contents == {name.encode(): b"x"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"P",
        b"PK",
        b"PK\3",
        b"PK is how the notes of Phil K. begin\n" * 100,
        b"BZh is not a bz2\n",
        b"BZhello",
        b"\x89PNG\r\n\x1a\n" + bytes(600),
        bytes(1024),
        b"a" * 1024,
        b"%PDF-1.7\n" + bytes(range(256)) * 4,
    ],
)
def test_other_contents_do_not_begin_like_an_archive(data: bytes) -> None:
    assert not is_archive(data)
    assert opened(data).contents == {}
    assert not opened(data).skipped
