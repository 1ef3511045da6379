"""Compare BECA with other scanners: `python tests/benchmarks/peers.py REPOSITORY...`.

All of them scan the whole history with their default rules, one after the other and again, as whole processes that
start from nothing. Printed are medians, the ratios round by round, and the peak memory of the whole process tree. A run
that ends with an error, or says that it did not read everything, is named and not compared.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from measure.comparison import as_json, comparison_table, failures, summary_table
from measure.contestants import PEERS, Contestant, beca, find_program, peer, version_of
from measure.machine import facts, said_by
from measure.plugins import offered
from measure.rounds import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure.rounds import Record

_SYNTHETIC: Final = Path(__file__).with_name("synthetic.py")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison, and return 1 if a run of BECA failed."""
    options = _parser().parse_args(arguments)
    programs = _programs(options)
    with ExitStack() as stack:
        ours = _ways_of_beca(options, programs["beca"], stack)
        peers = [way for name in PEERS if name in programs for way in peer(name, programs[name])]
        _print_heading(programs)
        compared = {path.name: _compare(path, ours, peers, options) for path in options.repositories}
    print(f"\n### Summary\n\n{summary_table(compared)}")  # noqa: T201
    if options.json is not None:
        figures = {name: as_json([*own, *others]) for name, (own, others) in compared.items()}
        options.json.write_text(json.dumps({"machine": facts(), "repositories": figures}, indent=2) + "\n")
    return int(any(record.failure for own, _ in compared.values() for record in own))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("repositories", nargs="+", type=_repository, metavar="REPOSITORY", help="path, bare or not")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each (default: 5)")
    parser.add_argument("--peer", action="append", choices=PEERS, help="only these peers; default: all that are there")
    parser.add_argument(
        "--program", action="append", default=[], type=_assignment, metavar="NAME=PATH", help="where a scanner is"
    )
    parser.add_argument("--rules", choices=("builtin", "synthetic", "both"), default="builtin", help="rules of BECA")
    parser.add_argument(
        "--accept-unreadable",
        action="append",
        default=[],
        metavar="PATTERN",
        help="damaged archives that BECA accepts; the others do not open them, such as lib/sta* of curl",
    )
    parser.add_argument("--seconds", type=float, default=3600.0, help="time for one run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser


def _repository(text: str) -> Path:
    path = Path(text).resolve()  # kingfisher reads nothing behind a symbolic link
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no directory {text}")
    return path


def _assignment(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if name not in ("beca", *PEERS) or not equals:
        raise argparse.ArgumentTypeError(f"write it as NAME=PATH, with a name of {', '.join(('beca', *PEERS))}")
    return name, str(Path(path).absolute())


def _programs(options: argparse.Namespace) -> dict[str, str]:
    given = dict(options.program)
    wanted = options.peer or PEERS
    found = {name: find_program(name, given) for name in ("beca", *wanted)}
    if missing := [name for name in ("beca", *(options.peer or ())) if found[name] is None]:
        raise SystemExit(f"Not installed: {', '.join(missing)}.")
    return {name: program for name, program in found.items() if program is not None}


def _ways_of_beca(options: argparse.Namespace, program: str, stack: ExitStack) -> list[Contestant]:
    accepted = options.accept_unreadable
    ways = [beca(program, accepted=accepted)] if options.rules != "synthetic" else []
    if options.rules != "builtin":
        environment = stack.enter_context(offered(_SYNTHETIC, "synthetic-rules"))
        ways.append(beca(program, "beca+450", environment, accepted=accepted))
    return ways


def _compare(
    repository: Path, ours: list[Contestant], peers: list[Contestant], options: argparse.Namespace
) -> tuple[list[Record], list[Record]]:
    records = compare([*ours, *peers], repository, options.runs, seconds=options.seconds, notify=_tell)
    print(f"\n### {repository.name}: {_size(repository)}\n")  # noqa: T201
    print(comparison_table(records[: len(ours)], records[len(ours) :]))  # noqa: T201
    for sentence in failures(records):
        print(f"\n{sentence}")  # noqa: T201
    return records[: len(ours)], records[len(ours) :]


def _print_heading(programs: dict[str, str]) -> None:
    for name, value in facts().items():
        print(f"{name}: {value}")  # noqa: T201
    for name, program in programs.items():
        print(f"{name}: {version_of(program)}")  # noqa: T201


def _size(repository: Path) -> str:
    git = ["git", "-C", str(repository)]
    commits = said_by([*git, "rev-list", "--all", "--count"])
    counts = said_by(["sh", "-c", 'git -C "$0" count-objects -v | sed -n "s/^in-pack: //p"', str(repository)])
    return f"{commits} commits, {counts} packed objects"


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
