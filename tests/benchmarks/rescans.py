"""Measure scans of what was scanned before: `python tests/benchmarks/rescans.py REPOSITORY`.

A copy of the repository is scanned whole, again with nothing new, and again after each of several new commits. Times
are processor time of whole processes; the start of an interpreter that does nothing is shown beside them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from measure.contestants import beca, find_program
from measure.processes import clean_environment, run
from measure.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

STATE_OPTION: Final = "--state"
"""Names the file in which a scan leaves what the next one has to know."""

_IDENTITY: Final = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"))
}


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure scans of what was scanned before.")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY")
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--program", metavar="PATH", help="the beca to measure; default: the installed one")
    options = parser.parse_args()
    program = find_program("beca", {"beca": options.program} if options.program else {})
    if program is None:
        raise SystemExit("Not installed: beca.")
    if STATE_OPTION not in _help(program):
        raise SystemExit(f"This version of beca scan has no option {STATE_OPTION}.")
    with tempfile.TemporaryDirectory(prefix="beca-benchmark-") as scratch:
        print(_measured(Rescans(program, options.repository, Path(scratch)), options.runs))  # noqa: T201


def _measured(rescans: Rescans, runs: int) -> str:
    rescans.full()
    full = [rescans.full() for _ in range(runs)]
    same = [rescans.again() for _ in range(runs)]
    more = [rescans.after_a_commit() for _ in range(runs)]
    start = [rescans.start() for _ in range(runs)]
    figures = (start, full, same, more)
    names = ("interpreter start", "full scan", "nothing new", "after a commit")
    rows = [[name, f"{median(of_one):.3f}", _share(of_one, full)] for name, of_one in zip(names, figures, strict=True)]
    return table(["scan", "CPU s", "of the full scan"], rows)


def _share(part: Sequence[float], whole: Sequence[float]) -> str:
    return f"{median(part) / median(whole):.1%}"


class Rescans:
    """A repository of ours, and the state that scans of it leave behind."""

    def __init__(self, program: str, repository: Path, scratch: Path) -> None:
        self._scratch = scratch
        self.copy, self._state = scratch / "copy.git", scratch / "state"
        _git("clone", "--quiet", "--bare", str(repository), str(self.copy))
        self._command = [*beca(program).command(self.copy, scratch / "report.json"), STATE_OPTION, str(self._state)]

    def full(self) -> float:
        """Scan all of it."""
        self._state.unlink(missing_ok=True)
        return self.again()

    def again(self) -> float:
        """Scan what is new."""
        done = run(self._command, self._scratch)
        if done.exit_code not in (0, 1):
            raise SystemExit(f"The scan ended with {done.exit_code}.")
        return done.cpu

    def after_a_commit(self) -> float:
        """Add a commit without a change, and scan what is new."""
        at = f"--git-dir={self.copy}"
        commit = _git(at, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Nothing").strip()
        _git(at, "update-ref", "HEAD", commit)
        return self.again()

    def start(self) -> float:
        """Start an interpreter."""
        return run([sys.executable, "-c", ""], self._scratch).cpu


def _help(program: str) -> str:
    return subprocess.run([program, "scan", "--help"], capture_output=True, text=True, check=True).stdout


def _git(*arguments: str) -> str:
    environment = {**clean_environment(), **_IDENTITY}
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


if __name__ == "__main__":
    main()
