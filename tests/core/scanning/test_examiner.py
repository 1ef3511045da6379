"""The examiner: members of archives are scanned, get a path and are counted; other blobs cost nothing more."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from itertools import product
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, Limits, PluginRegistry, Report, Rule, Severity, hookimpl
from beca_core.report import Skipped
from beca_core.scanning.examiner import Examiner, Outcome
from beca_core.sources.contracts import Blob, FixedShare
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.limits import Stop
from beca_core.sources.texts import TextSource
from tests.core.sources.archives.making import CONTAINERS, PACKERS, Member, gz, raw_zip, tarred, zipped

if TYPE_CHECKING:
    from pathlib import Path

WORD = Rule(
    id="word",
    version=1,
    description="A word",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    pattern=r"\b(?P<secret>swordfish)\b",
)
TEXT = b"one\ntwo swordfish\n"


class Words:
    @hookimpl
    def beca_register_rules(self) -> list[Rule]:
        return [WORD]


def registry() -> PluginRegistry:
    plugins = PluginRegistry()
    plugins.register(Words(), "words")
    return plugins


def scan(data: bytes, limits: Limits | None = None) -> Report:
    return Engine(registry(), limits=limits, min_confidence="low").scan(TextSource(data, "a.bin"))


def places(report: Report) -> set[tuple[str, int, int]]:
    return {(found.location.path, found.location.begin.line, found.location.begin.column) for found in report.findings}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_secret_in_a_member_has_its_path_and_position(kind: str) -> None:
    report = scan(CONTAINERS[kind]({"etc/app.conf": TEXT, "clean": b"clean"}))
    assert ("a.bin!etc/app.conf", 2, 5) in places(report)
    assert {path for path, _, _ in places(report)} <= {"a.bin!etc/app.conf", "a.bin"}
    assert report.exit_code == 1


@pytest.mark.parametrize("kinds", list(product(CONTAINERS, ["zip", "tar.xz"], ["zip", "tar.gz"])))
def test_a_secret_three_levels_deep_has_its_path_and_position(kinds: tuple[str, str, str]) -> None:
    first, second, third = (CONTAINERS[kind] for kind in kinds)
    report = scan(first({"b.x": second({"c/d.y": third({"e": TEXT})})}))
    assert ("a.bin!b.x!c/d.y!e", 2, 5) in places(report)
    assert report.coverage.complete


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_secret_in_a_compressed_file_is_found(suffix: str) -> None:
    assert ("a.bin!data", 3, 5) in places(scan(PACKERS[suffix](b"x" * 3000 + b"\n" + TEXT)))


def test_archives_of_a_directory_are_opened(tmp_path: Path) -> None:
    (tmp_path / "app.jar").write_bytes(zipped({"conf": TEXT}))
    (tmp_path / "b.txt").write_bytes(TEXT)
    report = Engine(registry()).scan(DirectorySource(tmp_path))
    assert places(report) == {("app.jar!conf", 2, 5), ("b.txt", 2, 5)}
    assert report.coverage.blobs == 2


def test_members_count_as_bytes_and_not_as_blobs() -> None:
    archive = zipped({"a": TEXT, "b": TEXT})
    coverage = scan(archive).coverage
    assert (coverage.blobs, coverage.bytes) == (1, len(archive) + 2 * len(TEXT))


def test_members_that_are_not_read_make_the_report_incomplete() -> None:
    report = scan(raw_zip([Member(b"a", b"x", flags=1), Member(b"b\xff", b"x", method=6), Member(b"c", TEXT)]))
    assert report.coverage.skipped == {"encrypted": 1, "unreadable": 1}
    assert report.skipped == (Skipped("a.bin!a", "encrypted"), Skipped(r"a.bin!b\xff", "unreadable"))
    assert ("a.bin!c", 2, 5) in places(report)
    assert report.exit_code == 2


def test_limits_of_archives_are_those_of_the_scan() -> None:
    archive = zipped({"a": TEXT, "b": zipped({"c": TEXT})})
    assert scan(archive, Limits(archive_depth=0)).coverage.skipped == {}
    assert places(scan(archive, Limits(archive_depth=0))) == set()
    assert places(scan(archive, Limits(archive_depth=1))) == {("a.bin!a", 2, 5)}
    for limits in (Limits(archive_depth=1), Limits(archive_members=2), Limits(archive_bytes=20)):
        assert scan(archive, limits).coverage.skipped == {"archive-limit": 1}


def test_a_text_that_begins_like_an_archive_is_a_text() -> None:
    report = scan(b"PK\3\4 " + TEXT)
    assert places(report) == {("a.bin", 2, 5)}
    assert report.coverage.complete


def test_a_damaged_archive_is_reported() -> None:
    report = scan(gz(tarred({"a": TEXT, "b": bytes(range(256)) * 100}))[:-100])
    assert ("a.bin!a", 2, 5) in places(report)
    assert report.coverage.skipped.keys() == {"unreadable"}


def examiner(limits: Limits | None = None) -> Examiner:
    return Examiner(registry().compile(), limits or Limits())


def test_a_chunk_is_not_opened() -> None:
    archive, outcome = zipped({"a": TEXT}), Outcome()
    examiner().examine(Blob("x", archive, own=len(archive)), outcome)
    assert not outcome.hits
    examiner().examine(Blob("x", archive), outcome)
    assert [hit.member for hit in outcome.hits["x"]] == [b"a"]


def test_a_member_that_a_source_yields_is_not_opened_again() -> None:
    outcome = Outcome()
    examiner().examine(Blob("x", zipped({"a": TEXT}), member=b"in.zip"), outcome)
    assert not outcome.hits
    assert outcome.blobs == 0


def test_a_reason_to_stop_ends_the_reading_of_members() -> None:
    class Stopped(Stop):
        reason = "scan-limit"

    outcome = Outcome()
    examiner().examine(Blob("x", zipped({"a": TEXT, "b": TEXT})), outcome, Stopped(1))
    assert outcome.skipped == [Skipped("x!a", "scan-limit")]
    assert outcome.blobs == 1


def test_each_archive_has_its_own_allowance() -> None:
    share = FixedShare(tuple(Blob(str(n), zipped({"a": TEXT})) for n in range(5)))
    total = Outcome()
    for outcome in examiner(Limits(archive_members=1)).read(share, Stop(600)):
        total.add(outcome)
    assert not total.skipped
    assert {blob_id: [hit.member for hit in hits] for blob_id, hits in total.hits.items()} == {
        str(n): [b"a"] for n in range(5)
    }


LOADED = """
import sys, beca_core
from pathlib import Path
beca_core.scan(Path(sys.argv[1]), scope="files")
print(*sys.modules)
"""


def loaded_by_a_scan(path: Path) -> set[str]:
    ended = subprocess.run([sys.executable, "-c", LOADED, path], capture_output=True, text=True, check=True, timeout=60)
    return set(ended.stdout.split())


@pytest.mark.slow
def test_only_a_scan_of_archives_loads_their_readers(tmp_path: Path) -> None:
    heavy = {f"beca_core.sources.archives.{name}" for name in ("walk", "codecs", "pkzip", "tar")}
    (tmp_path / "a.txt").write_bytes(TEXT)
    assert not loaded_by_a_scan(tmp_path) & (heavy | {"backports.zstd", "compression.zstd"})
    (tmp_path / "a.zip").write_bytes(zipped({"a": TEXT}))
    assert loaded_by_a_scan(tmp_path) >= heavy


def test_a_stored_archive_in_a_zip_is_also_scanned_as_bytes() -> None:
    archive = zipped({"a.tar": tarred({"b": TEXT})}, zipfile.ZIP_STORED)
    assert {path for path, _, _ in places(scan(archive))} >= {"a.bin!a.tar!b"}
