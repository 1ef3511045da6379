"""Measure how time grows: `python tests/benchmarks/scaling.py [--plot docs/explanation/scaling.svg]`.

Repositories of 1,000 to 100,000 blobs are made in a temporary directory and scanned as whole processes. Printed are the
times and a straight line through them; then how much faster two processes are, with the largest one and with each
`--repository`. A scan with one process still has another processor list history, so a scan that has one processor
only is shown beside it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import correlation, linear_regression, median
from typing import TYPE_CHECKING, Final

from measure.contestants import Contestant, beca, find_program
from measure.plots import Plot
from measure.repositories import generate
from measure.rounds import compare
from measure.tables import megabytes, ratio, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure.rounds import Record

_BLOBS: Final = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure how time grows with the number of blobs.")
    parser.add_argument("--blobs", type=int, nargs="+", default=_BLOBS, help="sizes, multiples of 20")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each (default: 3)")
    parser.add_argument("--program", metavar="PATH", help="the beca to measure; default: the installed one")
    parser.add_argument(
        "--repository", type=Path, action="append", default=[], metavar="PATH", help="to compare processes with, too"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a plot there, as SVG")
    options = parser.parse_args()
    program = find_program("beca", {"beca": options.program} if options.program else {})
    if program is None:
        raise SystemExit("Not installed: beca.")
    with tempfile.TemporaryDirectory(prefix="beca-benchmark-") as scratch:
        repositories = {blobs: _generated(Path(scratch), blobs) for blobs in sorted(options.blobs)}
        records = {blobs: _scanned(beca(program), path, options.runs) for blobs, path in repositories.items()}
        _show_growth(records, options.plot)
        _show_processes(beca(program), [list(repositories.values())[-1], *options.repository], options.runs)


def _generated(scratch: Path, blobs: int) -> Path:
    path = scratch / f"{blobs}.git"
    _tell(f"making {blobs} blobs")
    generate(path, blobs)
    return path


def _scanned(contestant: Contestant, repository: Path, runs: int) -> Record:
    (record,) = compare([contestant], repository, runs, notify=_tell)
    if record.failure:
        raise SystemExit(f"The scan {record.failure}.")
    return record


def _show_growth(records: dict[int, Record], plot: Path | None) -> None:
    blobs = list(records)
    walls = [median(record.walls) for record in records.values()]
    cpus = [median(record.cpus) for record in records.values()]
    slope, intercept = linear_regression(blobs, walls)
    rows = [
        [f"{count:,}", f"{wall:.2f}", f"{slope * count + intercept:.2f}", f"{cpu:.2f}", megabytes(record.memory[0])]
        for (count, record), wall, cpu in zip(records.items(), walls, cpus, strict=True)
    ]
    print(table(["blobs", "wall s", "line s", "CPU s", "memory MB"], rows))  # noqa: T201
    print(f"\nwall time: {_fit(blobs, walls)}\nprocessor time: {_fit(blobs, cpus)}")  # noqa: T201
    if plot is not None:
        points = list(zip(map(float, blobs), walls, strict=True))
        title = f"Scan of a history: {_fit(blobs, walls)}"
        plot.write_text(Plot(title, "blobs", "seconds", points, slope, intercept).svg())


def _fit(blobs: list[int], times: list[float]) -> str:
    slope, intercept = linear_regression(blobs, times)
    return f"{intercept:.2f} s + {slope * 1e6:.0f} us for each blob, r = {correlation(blobs, times):.4f}"


def _show_processes(contestant: Contestant, repositories: Sequence[Path], runs: int) -> None:
    """Compare one process and one processor with two, where the installed version has the option."""
    told = subprocess.run([contestant.program, "scan", "--help"], capture_output=True, text=True, check=True)
    if "--processes" not in told.stdout:
        print("\nThis version of beca scan has no option --processes.")  # noqa: T201
        return
    rows = [[repository.stem, *_ratios(contestant, repository, runs)] for repository in repositories]
    print(f"\n{table(['wall time', 'one process / two', 'one processor / two'], rows)}")  # noqa: T201


def _ratios(contestant: Contestant, repository: Path, runs: int) -> list[str]:
    two, *others = compare(
        [with_processes(contestant, 2), with_processes(contestant, 1), *on_one_processor(contestant)],
        repository,
        runs,
        notify=_tell,
    )
    if failure := next(filter(None, (record.failure for record in (two, *others))), ""):
        raise SystemExit(f"A scan {failure}.")
    return [*(ratio(other.walls, two.walls) for other in others), "-"][:2]


def with_processes(contestant: Contestant, number: int) -> Contestant:
    """Return a scanner that uses so many processes."""
    arguments = (*contestant.arguments, "--processes", str(number))
    return replace(contestant, name=f"{number} processes", arguments=arguments)


def on_one_processor(contestant: Contestant) -> list[Contestant]:
    """Return a scanner that has but one processor; none where no program sees to that."""
    program = shutil.which("taskset")
    if program is None:
        return []
    arguments = ("--cpu-list", str(min(os.sched_getaffinity(0))), contestant.program, *contestant.arguments)
    return [replace(contestant, name="1 processor", program=program, arguments=arguments)]


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
