"""A scanner that needs whole contents gets them, whatever their size, or the report says that it did not."""

from __future__ import annotations

import io
import subprocess
import zipfile
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Blob, Confidence, Engine, Limits, Match, RuleInfo, Severity, Skipped
from beca_core.errors import InvalidRule
from beca_core.sources.files.chunks import ChunkSizes
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.texts import StreamSource, TextSource
from tests.core.scanning.samples import SWORDFISH, Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from beca_core import Report, Source

SMALL = ChunkSizes(own=1000, before=200, after=100, grid=64)
INFO = RuleInfo(id="pair", version=1, description="pair", severity=Severity.LOW, confidence=Confidence.LOW)


class Pairs:
    """Finds `END` in contents that begin with `BEGIN`: it has to see both."""

    rules = (INFO,)
    anchors: tuple[bytes, ...] = (b"END",)
    needs_whole = True

    def __init__(self) -> None:
        self.seen: list[int] = []

    def scan(self, data: bytes) -> Iterator[Match]:
        self.seen.append(len(data))
        if data.startswith((b"BEGIN", b"\xef\xbb\xbfBEGIN")):
            at = data.find(b"END")
            yield Match(at, at + 3, "pair")


def content(size: int) -> bytes:
    line = b"swordfish and more\n"
    return (b"BEGIN\n" + line * ((size - 10) // len(line))).ljust(size - 3, b".") + b"END"


def scan(source: Source, limits: Limits | None = None, scanner: Pairs | None = None) -> Report:
    return Engine(rules=[scanner or Pairs(), SWORDFISH], limits=limits, processes=1, cache_dir=False).scan(source)


@pytest.mark.parametrize("size", [900, 1100, 1101, 5000, 20_000])
def test_files_and_streams_of_any_size(size: int, tmp_path: Path) -> None:
    data = content(size)
    (tmp_path / "a").write_bytes(data)
    whole = scan(TextSource(data, "a"))
    assert [finding.rule_id for finding in whole.findings].count("pair") == 1
    for source in (DirectorySource(tmp_path, sizes=SMALL), StreamSource(io.BytesIO(data), "a", sizes=SMALL)):
        scanner = Pairs()
        report = scan(source, scanner=scanner)
        assert report.findings == whole.findings
        assert report.coverage.complete
        assert scanner.seen == [size]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_text_of_any_size(encoding: str) -> None:
    text = content(5000).decode()
    data = ("\ufeff" + text).encode(encoding)
    whole = scan(TextSource(text.encode()))
    report = scan(StreamSource(io.BytesIO(data), "<text>", sizes=SMALL))
    assert report.findings == whole.findings
    assert scan(TextSource(data)).findings == whole.findings


def test_a_content_beyond_the_limit_counts_as_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content(5000))
    limits = Limits(max_blob_bytes=4999)
    for source in (DirectorySource(tmp_path, sizes=SMALL), StreamSource(io.BytesIO(content(5000)), "a", sizes=SMALL)):
        scanner = Pairs()
        report = scan(source, limits, scanner)
        assert report.skipped == (Skipped("a", "not-whole"),)
        assert (report.coverage.complete, report.exit_code) == (False, 2)
        assert {finding.rule_id for finding in report.findings} == {"swordfish"}
        assert scanner.seen == []
    assert scan(DirectorySource(tmp_path, sizes=SMALL), Limits(max_blob_bytes=5000)).coverage.complete


def test_wide_text_beyond_the_limit_is_counted_once() -> None:
    data = ("\ufeff" + content(5000).decode()).encode("utf-16-le")
    report = scan(StreamSource(io.BytesIO(data), "a", sizes=SMALL), Limits(max_blob_bytes=3000))
    assert report.skipped == (Skipped("a", "not-whole"),)


def test_a_content_without_an_anchor_is_not_given() -> None:
    scanner = Pairs()
    assert scan(StreamSource(io.BytesIO(b"BEGIN" + b"." * 5000), sizes=SMALL), scanner=scanner).coverage.complete
    assert scanner.seen == []


def test_decoded_parts_are_not_whole_contents() -> None:
    scanner = Pairs()
    text = b"swordfish " + b"%42EGIN swordfish and END %45ND"
    assert {found.rule_id for found in scan(TextSource(text), scanner=scanner).findings} == {"swordfish"}
    assert scanner.seen == [len(text)]


def test_repositories_and_archives_agree(tmp_path: Path) -> None:
    data = content(5000)
    (tmp_path / "a").write_bytes(data)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Add a file"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a", data)
    engine = Engine(rules=[Pairs()], cache_dir=False)
    expected = [found.location.begin for found in engine.scan_text(data)]
    assert len(expected) == 1
    for report in (engine.scan(tmp_path), engine.scan(tmp_path, scope="head"), engine.scan_bytes(zipped.getvalue())):
        assert [found.location.begin for found in report.findings] == expected


def test_a_scanner_of_chunks_gets_chunks() -> None:
    class PerChunk(Pairs):
        needs_whole = False

    scanner = PerChunk()
    scan(StreamSource(io.BytesIO(content(5000)), sizes=SMALL), scanner=scanner)
    assert max(scanner.seen, default=0) < 5000


def test_chunks_of_a_source_that_ends_early_are_counted() -> None:
    chunk = Blob("mail", content(900), own=800)
    assert scan(Mailbox(chunk)).skipped == (Skipped("mail", "not-whole"),)
    assert scan(Mailbox(chunk, Skipped("mail", "unreadable"))).skipped == (Skipped("mail", "unreadable"),)


def test_needs_whole_has_to_be_a_truth_value() -> None:
    class Vague(Pairs):
        needs_whole: ClassVar[object] = "yes"  # type: ignore[assignment]

    with pytest.raises(InvalidRule, match="needs_whole must be True or False"):
        Engine(rules=[Vague()])


@given(st.integers(1, 6000), st.integers(0, 6000))
def test_the_chunks_give_back_the_content(size: int, at: int) -> None:
    given_data: list[bytes] = []

    class Everything(Pairs):
        anchors = ()

        def scan(self, data: bytes) -> Iterator[Match]:
            given_data.append(data)
            yield from ()

    data = bytearray(number % 251 + 1 for number in range(size))
    if at < size:
        data[at] = ord("\n")
    scan(StreamSource(io.BytesIO(data), sizes=SMALL), scanner=Everything())
    assert given_data == [bytes(data)]
