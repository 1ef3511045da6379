"""Every limit has an option. What a limit excludes is counted, listed on request, and makes the scan exit with 2."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.plugins.registry import PluginRegistry
from beca_core.scanning import engine
from beca_core.scanning.engine import Engine
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The arguments of each engine that is created."""
    made: list[dict[str, Any]] = []

    def make(*arguments: Any, **options: Any) -> Engine:
        made.append(options)
        return Engine(*arguments, **options)

    monkeypatch.setattr(engine, "Engine", make)
    return made


@pytest.mark.parametrize(
    ("option", "text", "member", "value"),
    [
        ("--max-blob-size", "20M", "max_blob_bytes", 20 * 1024**2),
        ("--max-scan-size", "3G", "scan_bytes", 3 * 1024**3),
        ("--max-fetch-size", "1000", "fetch_bytes", 1000),
        ("--locate-time", "2m", "locate_seconds", 120),
        ("--max-archive-depth", "0", "archive_depth", 0),
        ("--max-archive-members", "9", "archive_members", 9),
        ("--max-archive-size", "5K", "archive_bytes", 5120),
        ("--scan-time", "2h", "fetch_seconds", 7200),
    ],
)
def test_every_limit_has_an_option_that_wins_over_its_setting(
    beca: Callable, tree: Path, engines: list[dict[str, Any]], option: str, text: str, member: str, value: int
) -> None:
    settings = {
        "BECA_MAX_BLOB_BYTES": "4M",
        "BECA_MAX_SCAN_BYTES": "4M",
        "BECA_MAX_FETCH_BYTES": "4M",
        "BECA_LOCATE_SECONDS": "44",
        "BECA_MAX_ARCHIVE_DEPTH": "2",
        "BECA_MAX_ARCHIVE_MEMBERS": "44",
        "BECA_MAX_ARCHIVE_BYTES": "4M",
        "BECA_SCAN_SECONDS": "44",
    }
    assert beca("scan", tree, option, text, **settings).code == 1
    assert beca("scan", tree, **settings).code == 1
    with_option, with_settings = (made["limits"] for made in engines)
    assert getattr(with_option, member) == value
    assert getattr(with_settings, member) not in {value, getattr(Limits(), member)}


@pytest.mark.slow
def test_the_time_for_reading_is_what_fetching_leaves(
    beca: Callable, partly_read: Path, engines: list[dict[str, Any]]
) -> None:
    outcome = beca("scan", f"file://{partly_read}", "--scan-time", "1000", BECA_ALLOWED_SCHEMES="file")
    assert outcome.code == 1
    assert 900 < engines[0]["limits"].scan_seconds < 1000


@pytest.mark.parametrize("target", ["file://{}", "{}"])
def test_loading_the_rules_takes_no_time_of_the_scan(
    target: str, beca: Callable, partly_read: Path, engines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that has not cached them, it takes longer than many a scan may take."""
    now = [0.0]
    load = PluginRegistry.load

    def load_slowly(**options: Any) -> PluginRegistry:
        now[0] += 100
        return load(**options)

    monkeypatch.setattr(PluginRegistry, "load", load_slowly)
    monkeypatch.setattr("beca_core.cli.scans.prepared_scan.time", SimpleNamespace(monotonic=lambda: now[0]))
    outcome = beca("scan", target.format(partly_read), "--scan-time", "30", BECA_ALLOWED_SCHEMES="file")
    assert (outcome.code, engines[0]["limits"].scan_seconds) == (1, 30)


def test_the_number_of_processes_can_be_set(beca: Callable, tree: Path, engines: list[dict[str, Any]]) -> None:
    for arguments, variables in (([], {}), ([], {"BECA_PROCESSES": "2"}), (["--processes", "3"], {})):
        beca("scan", tree, *arguments, **variables)
    beca("scan", tree, "--processes", "1", BECA_PROCESSES="2")
    assert [made["processes"] for made in engines] == [None, 2, 3, 1]


@pytest.mark.slow
def test_the_cache_directory_can_be_set(
    beca: Callable, tree: Path, engines: list[dict[str, Any]], environment: dict[str, str], tmp_path: Path
) -> None:
    for arguments, variables in (
        ([], {"XDG_CACHE_HOME": ""}),
        ([], {"XDG_CACHE_HOME": str(tmp_path / "xdg")}),
        ([], {"BECA_CACHE_DIR": str(tmp_path / "set")}),
        (["--cache-dir", str(tmp_path / "given")], {"BECA_CACHE_DIR": str(tmp_path / "set")}),
    ):
        assert beca("scan", tree, *arguments, **variables).code == 1
    home = Path(environment["HOME"])
    assert [made["cache_dir"] for made in engines] == [
        home / ".cache" / "beca",
        tmp_path / "xdg" / "beca",
        tmp_path / "set",
        tmp_path / "given",
    ]


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--scan-time", "soon"], "--scan-time: Write it as a number of seconds, or as 90s, 10m or 2h."),
        (["--locate-time", "0"], "--locate-time: Write it as a number of seconds, or as 90s, 10m or 2h."),
        (["--max-scan-size", "1.5G"], "--max-scan-size: Write it as a number of bytes, or as 512K, 20M or 1G."),
        (["--max-archive-size", "-1"], "--max-archive-size: Write it as a number of bytes, or as 512K, 20M or 1G."),
        (["--max-archive-depth", "-1"], "--max-archive-depth: Write it as a whole number from 0 to 64."),
        (["--max-archive-depth", "65"], "--max-archive-depth: Write it as a whole number from 0 to 64."),
        (["--max-archive-members", "0"], "--max-archive-members: Write it as a whole number of 1 or more."),
        (["--processes", "0"], "--processes: Write it as a whole number from 1 to 1024."),
        (["--processes", "many"], "--processes: Write it as a whole number from 1 to 1024."),
        (["--processes", "9" * 5000], "--processes: Write it as a whole number from 1 to 1024."),
    ],
)
def test_the_error_for_a_wrong_value_is_one_line_with_the_right_form(
    beca: Callable, tree: Path, arguments: list[str], advice: str
) -> None:
    outcome = beca("scan", tree, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"Error: {advice}\n`beca scan --help` shows how it is used.\n"


def test_a_scan_without_time_reads_nothing_and_is_incomplete(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", partly_read, "--scan-time", "0.000000001", "--verbose")
    assert outcome.code == 2
    assert " in what was read; read " in outcome.out
    assert "timeout: raise --scan-time" in outcome.out
    listed = [line for line in outcome.err.splitlines() if not line.startswith("Omitted, ")]
    assert len(listed) >= 3
    assert f"Skipped: {len(listed)} out of time." in outcome.out
    assert listed == sorted(listed)
    assert all(line.startswith("Skipped, timeout: ") for line in listed)


def test_a_fetch_without_time_fails(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", f"file://{partly_read}", "--scan-time", "0.000000001", BECA_ALLOWED_SCHEMES="file")
    assert outcome.code == 2
    assert outcome.err.startswith("Error: Fetching the repository took longer than")


def test_a_fetch_that_takes_too_much_room_names_the_option(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", f"file://{partly_read}", "--max-fetch-size", "1", BECA_ALLOWED_SCHEMES="file")
    assert outcome.code == 2
    assert "--max-fetch-size" in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table", "json", "jsonl"])
def test_what_was_not_read_is_listed_in_every_format(beca: Callable, partly_read: Path, name: str) -> None:
    arguments = ["scan", partly_read, "--max-blob-size", "1K", "--format", name]
    silent, verbose = beca(*arguments), beca(*arguments, "-v")
    assert (silent.code, silent.err) == (2, "")
    assert verbose.code == 2
    assert verbose.err.startswith("Skipped, too-large: ")
    assert verbose.err.count("\n") == 1


def test_json_lists_every_skipped_object(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", partly_read, "--max-blob-size", "1K", "--format", "json", "--verbose")
    (skipped,) = json.loads(outcome.out)["coverage"]["skippedObjects"]
    assert skipped == {"id": outcome.err.split(": ")[1].rstrip(), "reason": "too-large"}


def test_the_list_of_a_complete_scan_is_empty(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, "--format", "json", "--verbose")
    assert outcome.err == ""
    assert json.loads(outcome.out)["coverage"]["skippedObjects"] == []


@pytest.mark.usefixtures("with_builtin")
def test_a_path_that_is_known_to_be_unreadable_is_accepted_by_name(beca: Callable, tmp_path: Path) -> None:
    (tmp_path / "files/tests").mkdir(parents=True)
    (tmp_path / "files/tests/cut.gz").write_bytes(gzip.compress(b"x" * 500)[:-12])
    assert beca("scan", tmp_path / "files").code == 2
    accepting = ("--accept-unreadable", "tests/*.gz", "--accept-unreadable", "stale\x1b/*")
    outcome = beca("scan", tmp_path / "files", *accepting, "--verbose")
    assert outcome.code == 0
    assert "Accepted as unreadable: 1 unreadable." in outcome.out
    assert "everything was read" not in outcome.out
    accepted, stale = outcome.err.splitlines()
    assert accepted.startswith("Accepted, unreadable: tests/cut.gz")
    assert stale.startswith(r"--accept-unreadable 'stale\x1b/*' accepts nothing")


@pytest.mark.usefixtures("with_builtin")
def test_omissions_are_listed_with_verbose(beca: Callable, tmp_path: Path) -> None:
    (tmp_path / "files/.git").mkdir(parents=True)
    outcome = beca("scan", tmp_path / "files", "--verbose")
    assert outcome.code == 0
    assert "Not read: 1 history." in outcome.out
    assert outcome.err == "Omitted, history: .\n"


def test_the_work_tree_of_a_repository_can_be_left_out(beca: Callable, tree: Path) -> None:
    subprocess.run(["git", "init", "-q", tree], check=True)
    outcome = beca("scan", tree)
    assert (outcome.code, "not committed" in outcome.out) == (1, True)
    outcome = beca("scan", tree, "--no-worktree")
    assert outcome.code == 0
    assert "Not read: 1 work tree." in outcome.out
    assert "everything was read" not in outcome.out
