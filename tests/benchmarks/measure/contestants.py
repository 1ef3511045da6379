"""Who takes part in a comparison: how each scanner is started, and how it says that it did not read everything."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from measure.machine import said_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from measure.processes import Run

_FOUND: Final = "77"
_SHOWN: Final = 200
PEERS: Final = ("kingfisher", "betterleaks", "gitleaks")


@dataclass(frozen=True, slots=True)
class Contestant:
    """A scanner, and the way in which it is run.

    Args:
        name: For the table.
        program: The program that is started.
        arguments: What it is given; `{repository}` and `{report}` stand for two paths.
        good: Exit codes with which it says that it has read everything.
        complaints: Words on standard error that say that it has not, whatever the exit code.
        environment: Variables that it gets beside the usual ones.
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    good: frozenset[int]
    complaints: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, repository: Path, report: Path) -> list[str]:
        """Return the command that scans a repository and writes its report to a file."""
        paths = {"{repository}": str(repository), "{report}": str(report)}
        return [self.program, *(paths.get(argument, argument) for argument in self.arguments)]

    def failure(self, run: Run) -> str:
        """Return why the figures of a run must not be compared, or an empty string."""
        if run.exit_code not in self.good:
            last = "".join(filter(str.isprintable, run.errors.strip().rpartition("\n")[2]))[:_SHOWN]
            return f"ended with {run.exit_code}" + (f": {last}" if last else "")
        said = next((words for words in self.complaints if words in run.errors), "")
        return f"said {said!r}" if said else ""


def beca(
    program: str,
    name: str = "beca",
    environment: Mapping[str, str] | None = None,
    scope: str = "history",
    *,
    accepted: Sequence[str] = (),
) -> Contestant:
    """Return BECA, with the plugins that are installed where the environment says.

    Args:
        program: The program to start.
        name: For the table.
        environment: Variables that it gets beside the usual ones.
        scope: What it reads.
        accepted: Patterns of paths of damaged archives, which others do not open.
    """
    accepting = (argument for pattern in accepted for argument in ("--accept-unreadable", pattern))
    arguments = ("scan", "{repository}", "--scope", scope, "--format", "json", "--output", "{report}", *accepting)
    return Contestant(name, program, arguments, frozenset((0, 1)), environment=environment or {})


def peer(name: str, program: str) -> list[Contestant]:
    """Return the ways in which a peer is run: over the whole history, with its own rules, without network.

    Args:
        name: One of `PEERS`.
        program: The program to start.
    """
    if name == "kingfisher":
        offline = ("--no-validate", "--no-update-check", "--format", "json", "--output", "{report}", "{repository}")
        good = frozenset((0, 200))
        return [
            Contestant("kingfisher --turbo", program, ("scan", "--turbo", *offline), good),
            Contestant("kingfisher", program, ("scan", *offline), good),
        ]
    quiet = ("--no-banner", "--no-color", f"--exit-code={_FOUND}")
    good = frozenset((0, int(_FOUND)))
    if name == "betterleaks":
        arguments = ("git", *quiet, "--silent", "--output", "{report}", "{repository}")
        return [Contestant(name, program, arguments, good, ("incomplete scan", " ERR "))]
    arguments = (
        "detect",
        "--no-banner",
        "--exit-code",
        _FOUND,
        "--report-path",
        "{report}",
        "--source",
        "{repository}",
    )
    return [Contestant(name, program, arguments, good, ("partial scan", "ERR"))]


def reader_of_files(name: str, program: str) -> list[Contestant]:
    """Return the ways in which a peer reads the files of a directory; `{repository}` stands for the directory.

    Args:
        name: One of `PEERS`; the ways of kingfisher are those of `peer`.
        program: The program to start.
    """
    ways = peer(name, program)
    if name == "kingfisher":
        return ways[:1]
    return [
        replace(way, arguments=tuple({"git": "filesystem"}.get(argument, argument) for argument in way.arguments))
        if name == "betterleaks"
        else replace(way, arguments=(*way.arguments, "--no-git"))
        for way in ways
    ]


def find_program(name: str, given: Mapping[str, str]) -> str | None:
    """Return the program of a scanner: the one that is given, or the one on the search path.

    A wheel's starter script costs the start of an interpreter; the binary that it starts is taken instead of it.

    Raises:
        SystemExit: If a program is given that is not there.
    """
    beside = str(Path(sys.executable).parent)
    found = shutil.which(given[name]) if name in given else shutil.which(name, path=beside) or shutil.which(name)
    if name in given and found is None:
        raise SystemExit(f"There is no program {given[name]}.")
    return None if found is None else str(_bundled(Path(found), name) or found)


def _bundled(script: Path, name: str) -> Path | None:
    """The binary inside the package to which a starter script of a virtual environment belongs."""
    binaries = script.parent.parent.glob(f"lib/python3*/site-packages/{name}/bin/{name}")
    return next(binaries, None)


def version_of(program: str) -> str:
    """Return what a program says of its version."""
    attempts: Sequence[str] = ("--version", "version")
    answers = (said_by([program, attempt]) for attempt in attempts)
    return next((answer for answer in answers if any(map(str.isdigit, answer))), "not told")
