"""A report, and what one content gives, have a bounded number of findings; the others are counted."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import pytest

import beca_core
from beca_core import Limits
from beca_core.matching.room import MOST_MATCHES, Room
from beca_core.report import ProblemLog

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.state.state import State


def words(count: int) -> bytes:
    return b"".join(b"private_key%d\n" % number for number in range(count))


def test_a_report_holds_the_worst_findings_and_counts_the_others() -> None:
    text = words(20) + b'private_key = "0123456789abcdef0123456789abcdef"\n' + words(20)
    report = beca_core.Engine(limits=Limits(max_findings=5)).scan_bytes(text)
    assert len(report.findings) == 5
    assert [found.confidence.value for found in report.findings].count("HIGH") == 1
    assert dict(report.coverage.unlisted) == {"secret-key": 36}
    assert not report.coverage.complete
    assert report.exit_code == 2


def test_no_file_hides_the_others(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(words(500))
    (tmp_path / "z").write_bytes(words(1))
    report = beca_core.scan(tmp_path, limits=Limits(max_findings=150))
    assert [found.location.path for found in report.findings].count("z") == 1
    assert dict(report.coverage.unlisted) == {"secret-key": 351}


def test_one_content_keeps_a_bounded_number_of_matches() -> None:
    report = beca_core.scan_bytes(words(MOST_MATCHES + 500))
    assert len(report.findings) == MOST_MATCHES
    assert dict(report.coverage.unlisted) == {"secret-key": 500}


@pytest.mark.slow
def test_the_context_of_a_chunk_takes_no_room(tmp_path: Path) -> None:
    of_each = 2 * MOST_MATCHES
    count, before = 2 * of_each, 16 * 1024**2 - of_each * len(b"private_key\n")
    lines = b"-" * 63 + b"\n"
    (tmp_path / "words").write_bytes(lines * (before // 64) + b"private_key\n" * count + lines * 16 * 1024)
    report = beca_core.scan(tmp_path, processes=1)
    assert dict(report.coverage.unlisted) == {"secret-key": count - 2 * MOST_MATCHES}
    assert len({finding.location.begin for finding in report.findings}) == 2 * MOST_MATCHES


def test_hits_in_memory_are_bounded(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}").write_bytes(words(10))
    report = beca_core.scan(tmp_path, limits=Limits(max_findings=4), processes=1)
    assert len(report.findings) == 4
    assert sum(report.coverage.unlisted.values()) == 36


def test_a_rule_with_unlisted_matches_is_run_again_by_a_rescan(tmp_path: Path) -> None:
    from tests.core.sources.git.hostile import FILE, Builder

    builder = Builder(tmp_path / "repository")
    tree = builder.tree([(FILE, b"words", builder.add(words(MOST_MATCHES + 5)))])
    path = builder.finish(main=builder.commit(tree))
    first = beca_core.scan(str(path))
    second = beca_core.scan(str(path), since=cast("State", first.state))
    assert dict(first.coverage.unlisted) == dict(second.coverage.unlisted) == {"secret-key": 5}
    assert not second.coverage.complete


def test_the_room_counts_what_it_does_not_take() -> None:
    log = ProblemLog()
    room = Room(log, most=2)
    assert [room.takes("a", 0) for _ in range(4)] == [True, True, False, False]
    assert room.takes("b", 0)
    total = ProblemLog()
    total.update(log)
    total.update(log)
    assert total.unlisted == {"a": 4}


@pytest.mark.slow
def test_megabytes_of_words_take_little_memory(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"private_key " * 60_000)
    code = (
        "import re, sys, beca_core\n"
        "report = beca_core.scan(sys.argv[1], rules=['secret-key'], processes=1)\n"
        "peak = re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(peak, sum(report.coverage.unlisted.values()))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, check=True)
    kilobytes, unlisted = map(int, done.stdout.split())
    assert kilobytes < 150_000  # 74,000 here; it takes more than 200,000 if all of them are kept
    assert unlisted == 60_000 - MOST_MATCHES


@pytest.mark.slow
def test_the_command_line_says_what_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(words(30))
    command = [sys.executable, "-m", "beca_core.cli", "scan", str(tmp_path), "--max-findings", "10"]
    table = subprocess.run(command, capture_output=True, check=False)
    assert table.returncode == 2
    assert b"20 of secret-key" in table.stdout
    assert b"raise --max-findings" in table.stdout
    document = subprocess.run([*command, "--format", "json"], capture_output=True, check=False)
    assert json.loads(document.stdout)["coverage"]["unlisted"] == {"secret-key": 20}
