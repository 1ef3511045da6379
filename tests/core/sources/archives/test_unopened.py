"""What has a format that is not opened is read as it is, and named."""

from __future__ import annotations

import lzma
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import beca_core
from beca_core import Limits
from beca_core.report import Skipped
from beca_core.sources.archives.unopened import is_unopened
from beca_core.sources.files.chunks import ChunkSizes
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.limits import Stop
from beca_core.sources.texts import StreamSource
from tests.core.sources.archives.making import gz, opened, tarred, zipped
from tests.core.sources.conftest import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.sources.contracts import Blob

UNOPENED = {
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "rar 4": b"Rar!\x1a\x07\0",
    "rar 5": b"Rar!\x1a\x07\1\0",
    "cab": b"MSCF\0\0\0\0" + bytes(20),
    "rpm": b"\xed\xab\xee\xdb\3\0",
    "pdf": b"%PDF-1.7\n",
    "lz4": b"\x04\x22\x4d\x18\x64",
    "lzip": b"LZIP\1\x14",
    "lzma": lzma.compress(b"text", lzma.FORMAT_ALONE),
    "lzma of 64 KiB": lzma.compress(b"", lzma.FORMAT_ALONE, preset=0),
    "compress": b"\x1f\x9d\x90text",
    "squashfs": b"hsqs" + bytes(20),
    "qcow2": b"QFI\xfb\0\0\0\3",
    "bundle": b"# v2 git bundle\n",
    "bundle with capabilities": b"# v3 git bundle\n@object-format=sha256\n",
    "pack": b"PACK\0\0\0\2\0\0\0\1",
    "postgresql": b"PGDMP\1\x0e\0",
    "redis": b"REDIS0011\xfa",
}


def skipped(source: DirectorySource | StreamSource, limits: Limits | None = None) -> list[Skipped]:
    return [item for item in items_of(source, limits) if isinstance(item, Skipped)]


def items_of(source: DirectorySource | StreamSource, limits: Limits | None = None) -> list[Blob | Skipped]:
    limits = limits or Limits()
    (share,) = source.start(limits).shares
    return list(share.read(limits, Stop(60)))


OTHERS = [
    b"",
    b"7z",
    b"text",
    b"PACK the bags",
    b"# v1\n",
    b"# version 2 of the git bundle\n",
    b"LZIP is a format\n",
    b"Rare\n",
    b"REDIS_URL=redis://host\n",
    b"%PDX",
    b"]\0\0\0\0\0\0",
    b"CWS text",
    zipped({"a": b"text"}),
    gz(b"text"),
    tarred({"a": b"text"}),
]
SMALL = ChunkSizes(own=1000, before=100, after=50, grid=300)
NAMED = [Skipped("x", "unopened")]


@pytest.mark.parametrize("what", UNOPENED)
def test_formats_that_are_not_opened(what: str) -> None:
    assert is_unopened(UNOPENED[what])


@pytest.mark.parametrize("data", OTHERS)
def test_other_contents(data: bytes) -> None:
    assert not is_unopened(data)


@pytest.mark.parametrize("what", UNOPENED)
def test_they_are_named_and_leave_the_scan_complete(what: str) -> None:
    report = beca_core.scan_bytes(UNOPENED[what] + b"\nnothing", name="x")
    assert (report.omitted, report.coverage.omitted) == ((Skipped("x", "unopened"),), {"unopened": 1})
    assert report.coverage.complete
    assert not report.coverage.read_everything


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_members_of_archives_are_named(depth: int) -> None:
    rar = UNOPENED["rar 5"]
    data = tarred({"inner.zip": zipped({"x.rar": rar})})
    named = ("id!inner.zip!x.rar", "unopened")
    assert (named in opened(data, Limits(archive_depth=depth)).skipped) == (depth == 4)


def test_large_files_and_streams_are_named(tmp_path: Path) -> None:
    data = UNOPENED["7z"] + b"some bytes\n" * 1000
    (tmp_path / "x").write_bytes(data)
    source = DirectorySource(tmp_path / "x", sizes=SMALL)
    assert skipped(source) == NAMED
    with (tmp_path / "x").open("rb") as stream:
        assert skipped(StreamSource(stream, "x", sizes=SMALL)) == NAMED


LARGE: dict[str, Any] = {
    "zip after a script": b"#!/usr/bin/python3\n" + b"#\n" * 3000 + zipped({"a": b"text"}),
    "zip after a program": b"MZ" + b"#\n" * 3000 + zipped({"a": b"text"}),
    "gz after a script": b"#!/bin/sh\n" + b"#\n" * 3000 + gz(tarred({"a": b"text"})) + b"#\n" * 3000,
    "zip after anything": b"\x89PNG" + b"#\n" * 3000 + zipped({"a": b"text"}),
}


@pytest.mark.parametrize("what", LARGE)
def test_what_follows_the_first_chunk_is_opened_in_files_and_named_in_streams(what: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(LARGE[what])
    items = items_of(DirectorySource(tmp_path / "x", sizes=SMALL))
    assert [(item.member, item.data) for item in items if not isinstance(item, Skipped) and item.member] == [
        (b"a", b"text")
    ]
    for limits, reason in ((Limits(), "archive-limit"), (Limits(archive_depth=0), "archive")):
        with (tmp_path / "x").open("rb") as stream:
            assert skipped(StreamSource(stream, "x", sizes=SMALL), limits) == [Skipped("x", reason)]
    assert skipped(DirectorySource(tmp_path / "x", sizes=SMALL), Limits(archive_depth=0)) == [Skipped("x", "archive")]


def test_each_content_of_a_history_counts_once_and_by_each_scan(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repository")
    bundle = UNOPENED["bundle"]
    repo.commit({"a.bundle": bundle, "b.bundle": bundle, "c.7z": UNOPENED["7z"]}, "add")
    repo.commit({"d.bundle": bundle, "e.txt": b"text\n"}, "copy")
    first = beca_core.scan(repo.path)
    assert first.coverage.omitted == {"unopened": 2}
    again = beca_core.scan(repo.path, since=first.state)
    assert again.coverage.blobs == 0
    assert again.coverage.omitted == {"unopened": 2}
    repo.git("rm", "--quiet", "c.7z")
    assert beca_core.scan(repo.path, scope="head").coverage.omitted["unopened"] >= 1


def test_an_archive_that_was_not_opened_is_named_by_each_scan(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repository")
    repo.commit({"a.zip": zipped({"a": b"text"})}, "add")
    limits = Limits(archive_depth=0)
    first = beca_core.scan(repo.path, limits=limits)
    again = beca_core.scan(repo.path, limits=limits, since=first.state)
    assert first.coverage.omitted == again.coverage.omitted == {"archive": 1}


def test_a_real_bundle_is_named(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repository")
    repo.commit({"a.txt": b"text\n"}, "add")
    subprocess.run(
        ["git", "-C", repo.path, "bundle", "create", "--quiet", tmp_path / "x", "--all"], check=True, timeout=60
    )
    assert is_unopened((tmp_path / "x").read_bytes())
