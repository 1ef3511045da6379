"""Hostile inputs through the command line, with `--scan-time 3`: the limit holds, and nothing is lost in silence."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest

from tests.core.hostile import archives, directories, repositories, streams, texts
from tests.core.hostile.cases import HARMLESS, MOST_SECONDS, SCAN_SECONDS, Case, Scanned, scan

if TYPE_CHECKING:
    from pathlib import Path

CASES: Final = tuple(
    case for module in (texts, archives, directories, repositories, streams) for case in module.cases()
)
_SAMPLE: Final = (
    "text matches secret-key lines",
    "text encoded base64-base64",
    "text line zeros",
    "archive words.xz",
    "directory sparse 10 GB",
    "directory grows",
    "git bomb of words",
    "git copies",
    "stream silent",
    "stream endless words",
)
_AT_ONCE: Final = 2
_TRIES: Final = 3
"""Wall time depends on what else the machine does; a limit that does not hold, does not hold in any try."""
_START_TIMES: Final = 4
"""To start and to end takes at most so many times as long as a whole scan of a harmless file takes at that time."""


def test_there_are_two_hundred_and_each_has_its_own_name() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.slow
@pytest.mark.parametrize("name", _SAMPLE)
def test_a_hostile_input_keeps_the_limit(name: str, tmp_path: Path) -> None:
    (case,) = (case for case in CASES if case.name == name)
    assert not complaints(case, tmp_path)


@pytest.mark.nightly
@pytest.mark.slow
def test_all_hostile_inputs_keep_the_limit(tmp_path: Path) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = list(threads.map(lambda case: complaints(case, tmp_path / case.name.replace("/", "-")), CASES))
    assert not [complaint for of_case in found for complaint in of_case]


def complaints(case: Case, directory: Path) -> list[str]:
    """Scan a hostile input, up to three times if it took too long, and say what is wrong."""
    target = case.make(directory / "input")
    try:
        for _ in range(_TRIES):
            scanned, most = scan(case, target), MOST_SECONDS
            print(f"{scanned.seconds:6.2f} {scanned.exit_code} {case.name} {_summary(scanned)}", flush=True)  # noqa: T201
            if scanned.seconds > most:
                most = max(most, SCAN_SECONDS + _START_TIMES * _harmless_seconds(directory / "harmless"))
            found = list(_wrong(case, scanned, most))
            if scanned.seconds <= most:
                break
        return [f"{case.name}: {complaint}" for complaint in found]
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _harmless_seconds(directory: Path) -> float:
    """Return how long a scan of a small file takes here and now."""
    directory.mkdir(exist_ok=True)
    (directory / "file").write_bytes(HARMLESS)
    return scan(Case("harmless", lambda path: path), directory).seconds


def _summary(scanned: Scanned) -> str:
    if not scanned.report:
        return scanned.error.strip()[:200]
    coverage = scanned.report["coverage"]
    return f"{len(scanned.report['findings'])} {coverage['skipped']} {coverage['unlisted']} {scanned.has_harmless}"


def _wrong(case: Case, scanned: Scanned, most: float) -> list[str]:
    """Return what is wrong with a scan."""
    wrong = []
    if scanned.seconds > most:
        wrong.append(f"it took {scanned.seconds:.1f} s")
    if not scanned.report:
        return [*wrong, f"there is no report: {scanned.error:.300}"]
    coverage = scanned.report["coverage"]
    if coverage["complete"] != (not (coverage["skipped"] or coverage["unlisted"] or coverage["problems"])):
        wrong.append("the coverage contradicts itself")
    if coverage["complete"] and case.feed is not None:
        wrong.append("an endless input is reported as read")
    if not scanned.has_harmless and coverage["complete"]:
        wrong.append("the harmless secret is neither found nor counted as not read")
    return wrong
