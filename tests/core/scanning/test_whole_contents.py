"""Scanners that need whole contents get them, and keywords count in all chunks; or the report says so."""

from __future__ import annotations

import io
import subprocess
import zipfile
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Blob, Confidence, Engine, Limits, Match, Rule, RuleInfo, Severity, Skipped
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


def make_rule(rule_id: str, pattern: str, **changes: Any) -> Rule:
    return Rule(
        id=rule_id,
        version=1,
        description=rule_id,
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=pattern,
        max_bytes=8,
        **changes,
    )


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


KEYWORDS = Engine(
    rules=[
        make_rule("literal", r"\b(?P<secret>pass_[0-9]{4})\b", keywords=("acme", "zebra")),
        make_rule("no-literal", r"\b(?P<secret>[0-9]{9})\b", keywords=("Acme",)),
        make_rule("short", r"\b(?P<secret>word_[0-9]{4})\b", keywords=("qz",)),
        SWORDFISH,
    ],
    processes=1,
    cache_dir=False,
)
WORDS = st.lists(
    st.one_of(
        st.sampled_from([" pass_1234 ", " 123456789 ", " word_1234 ", "swordfish ", " acme ", " ZEBRA ", " Qz ", "\n"]),
        st.integers(200, 900).map(lambda size: "." * size),
    ),
    min_size=3,
    max_size=14,
).map("".join)


def found_by_keyword(source: Source) -> list[tuple[str, bytes, int, int]]:
    report = KEYWORDS.scan(source)
    assert report.coverage.complete
    return sorted(
        (found.rule_id, found.secret, found.location.begin.line, found.location.begin.column)
        for found in report.findings
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("keyword_comes_first", [True, False])
def test_a_keyword_may_be_in_another_chunk(keyword_comes_first: bool, encoding: str) -> None:
    secrets, keywords, between = "pass_1234 123456789 word_1234 swordfish\n", "an ACME qZ\n", "... ...\n" * 1000
    parts = [keywords, between, secrets] if keyword_comes_first else [secrets, between, keywords]
    data = "".join(parts).encode(encoding)
    found = found_by_keyword(StreamSource(io.BytesIO(data), sizes=SMALL))
    assert [rule_id for rule_id, *_ in found] == ["literal", "no-literal", "short", "swordfish"]
    assert found == found_by_keyword(TextSource(data))


@given(WORDS)
def test_keywords_count_in_chunks_as_in_the_whole(text: str) -> None:
    data = text.encode()
    assert found_by_keyword(StreamSource(io.BytesIO(data), sizes=SMALL)) == found_by_keyword(TextSource(data))


def test_a_decoded_match_has_its_keyword_in_the_decoded_text() -> None:
    rule = make_rule("decoded", r"\b(?P<secret>pass_[0-9]{4})\b", keywords=("acme",))
    rule = replace(rule, confidence=Confidence.HIGH)
    data = b64encode(b"an acme pass_1234 and more") + b"\n" + b"... ...\n" * 1000
    for source in (TextSource(data), StreamSource(io.BytesIO(data), sizes=SMALL)):
        (found,) = Engine(rules=[rule], cache_dir=False).scan(source).findings
        assert (found.secret, found.decodings) == (b"pass_1234", ("base64",))


def test_hits_that_wait_for_a_keyword_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.scanning.parts.MOST_WAITING", 10)
    data = b"pass_1234\n" * 500
    report = KEYWORDS.scan(StreamSource(io.BytesIO(data), "a", sizes=SMALL))
    assert (report.findings, report.skipped) == ((), (Skipped("a", "not-whole"),))
