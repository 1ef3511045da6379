"""Measure the start: `python tests/benchmarks/startup.py [--python PATH]`.

A pre-commit hook and an editor scan very little, very often. So whole processes are measured: `beca scan` of a
repository without commits, and of one small file. Beside them are an interpreter that does nothing, and the two ways to
find out which plugins are installed: BECA's own and that of `importlib.metadata`. The commands take turns, and each
ratio is that of two runs of the same round. With `--python` twice, the second is compared with the first: two versions
of Python, or the environments of two checkouts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from measure.processes import clean_environment, run
from measure.tables import ratio, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from measure.processes import Run

NOTHING: Final = "python -c pass"

_MILLISECONDS: Final = 1000
_OWN: Final = """
from beca_core.plugins.entry_points import distributions_with
assert any(found.entry_points() for found in distributions_with("beca.plugins"))
"""
_IMPORTLIB: Final = """
from importlib.metadata import entry_points
assert entry_points(group="beca.plugins")
"""
_SCAN_WITH_IMPORTLIB: Final = """
import sys
from types import SimpleNamespace
from beca_core.cli import main
sys.meta_path.append(SimpleNamespace(find_spec=lambda *_: None, find_distributions=lambda _: []))
sys.exit(main())
"""
"""Where there is a second finder of distributions, BECA asks `importlib.metadata`."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure the start.")
    parser.add_argument("--runs", type=int, default=40, help="timed runs of each command (default: 40)")
    parser.add_argument(
        "--python", action="append", metavar="PATH", help="an interpreter that has beca; default: this one"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="beca-benchmark-") as scratch:
        print(_measured(options.python or [sys.executable], Path(scratch), options.runs))  # noqa: T201


def commands(scratch: Path) -> dict[str, list[str]]:
    """Return the arguments of the interpreter by the names of the commands.

    Args:
        scratch: Where what is scanned is made.
    """
    repository, file = scratch / "repository", scratch / "settings.py"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True, env=clean_environment())
    file.write_text("debug = False\n" * 40)
    scan = ["-m", "beca_core.cli", "scan"]
    return {
        NOTHING: ["-c", "pass"],
        "beca scan, a repository without commits": [*scan, str(repository)],
        "beca scan, one small file": [*scan, str(file)],
        "the same, plugins found by importlib.metadata": ["-c", _SCAN_WITH_IMPORTLIB, "scan", str(file)],
        "plugins alone, found by BECA": ["-c", _OWN],
        "plugins alone, found by importlib.metadata": ["-c", _IMPORTLIB],
    }


def _measured(pythons: Sequence[str], scratch: Path, runs: int) -> str:
    measured = commands(scratch)
    figures: list[dict[str, list[Run]]] = [{name: [] for name in measured} for _ in pythons]
    for round_ in range(runs + 1):
        for name, arguments in measured.items():
            for python, of_python in zip(pythons, figures, strict=True):
                done = run([python, *arguments], scratch)
                if done.exit_code:
                    raise SystemExit(f"{python}, {name}: ended with {done.exit_code}.\n{done.errors}")
                of_python[name] += [done] if round_ else []  # the first round warms the caches
    return "\n\n".join(table(_heads(at), _rows(figures, at)) for at in range(len(pythons)))


def _heads(at: int) -> list[str]:
    heads = ["command", "wall ms", "CPU ms", f"CPU / {NOTHING}"]
    return [*heads, "wall / first", "CPU / first"] if at else heads


def _rows(figures: Sequence[Mapping[str, list[Run]]], at: int) -> list[list[str]]:
    first, of_one = figures[0], figures[at]
    rows = []
    for name, done in of_one.items():
        row = [name, _median(_walls(done)), _median(_cpus(done)), ratio(_cpus(done), _cpus(of_one[NOTHING]))]
        if at:
            row += [ratio(_walls(done), _walls(first[name])), ratio(_cpus(done), _cpus(first[name]))]
        rows.append(row)
    return rows


def _walls(done: Sequence[Run]) -> list[float]:
    return [one.wall for one in done]


def _cpus(done: Sequence[Run]) -> list[float]:
    return [one.cpu for one in done]


def _median(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * _MILLISECONDS:.0f}"


if __name__ == "__main__":
    main()
