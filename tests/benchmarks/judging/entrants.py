"""How each scanner reads a folder of labelled files: with its own rules, without network, places not merged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from measure.contestants import Contestant, beca, reader_of_files
from measure.processes import run

from judging.answers import Answer, read_answers

if TYPE_CHECKING:
    from pathlib import Path

PEERS: Final = ("kingfisher", "betterleaks", "gitleaks", "detect-secrets", "credsweeper")
_GOOD: Final = frozenset((0,))
_PRINTS: Final = frozenset(("detect-secrets",))


def entrant(name: str, program: str, confidence: str = "medium") -> Contestant:
    """Return how a scanner is run; `{repository}` stands for the folder.

    Args:
        name: `beca` or one of `PEERS`.
        program: The program to start.
        confidence: The lowest confidence of what BECA reports; the others keep their own default.
    """
    if name == "beca":
        ours = beca(program, scope="files")
        return _with(ours, "--min-confidence", confidence)
    if name == "detect-secrets":  # it reports nothing that is outside of the directory in which it runs
        return Contestant(name, program, ("-C", "{repository}", "scan", "--no-verify", "--all-files", "."), _GOOD)
    if name == "credsweeper":
        quiet = ("--no-stdout", "--log", "critical")
        return Contestant(name, program, ("--path", "{repository}", "--save-json", "{report}", *quiet), _GOOD)
    if name == "kingfisher":  # what is the same in two places is reported once, unless it is told otherwise
        offline = ("scan", "--no-validate", "--no-update-check", "--no-dedup")
        report = ("--format", "json", "--output", "{report}", "{repository}")
        return Contestant(name, program, (*offline, *report), frozenset((0, 200)))
    (way,) = reader_of_files(name, program)
    return way


def answers_of(way: Contestant, folder: Path, scratch: Path, seconds: float) -> list[Answer]:
    """Run a scanner over a folder, and return what it reported.

    Args:
        way: The scanner, as `entrant` returned it.
        folder: Labelled files, as an absolute path.
        scratch: Where its output and its report are written.
        seconds: Time for it.

    Raises:
        RuntimeError: If it ends with an error, or says that it has not read everything.
        ValueError: If its report cannot be read.
    """
    report = report_of(way.name, scratch)
    done = run(way.command(folder, report), scratch, seconds=seconds)
    if failure := way.failure(done):
        report.unlink(missing_ok=True)
        raise RuntimeError(f"{way.name} {failure}")
    return read_answers(report, way.name, folder)


def report_of(name: str, scratch: Path) -> Path:
    """Return where the report of a scanner is, in the directory of its output."""
    return scratch / ("stdout" if name in _PRINTS else "report.json")


def _with(way: Contestant, *arguments: str) -> Contestant:
    return replace(way, arguments=(*way.arguments, *arguments))
