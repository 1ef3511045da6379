"""Compare BECA with other scanners on fresh text: `python tests/benchmarks/sources.py DIRECTORY`.

All of them read the files of a directory, BECA with 450 made-up rules beside its own, of which 60 have only an everyday
word. They run in turn, as whole processes. A good directory is a copy of the sources of Python and of what is installed
with it. Printed are medians, and the ratios round by round.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from measure.comparison import comparison_table, failures
from measure.contestants import beca, find_program, reader_of_files
from measure.plugins import offered
from measure.rounds import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYNTHETIC: Final = Path(__file__).with_name("synthetic.py")
_PEERS: Final = ("kingfisher", "betterleaks")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison, and return 1 if a run of BECA failed."""
    options = _parser().parse_args(arguments)
    given = dict(program.partition("=")[::2] for program in options.program)
    programs = {name: program for name in ("beca", *_PEERS) if (program := find_program(name, given)) is not None}
    if "beca" not in programs:
        raise SystemExit("BECA is not installed here.")
    with offered(_SYNTHETIC, "synthetic-rules", "mixed") as environment:
        ours = [
            beca(programs["beca"], scope="files"),
            beca(programs["beca"], "beca+450", environment, scope="files"),
        ]
        peers = [way for name in _PEERS if name in programs for way in reader_of_files(name, programs[name])]
        records = compare([*ours, *peers], options.directory.resolve(), options.runs)
    print(comparison_table(records[: len(ours)], records[len(ours) :]))  # noqa: T201
    for sentence in failures(records):
        print(f"\n{sentence}")  # noqa: T201
    return int(any(record.failure for record in records[: len(ours)]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("directory", type=Path, help="what is read")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each (default: 5)")
    parser.add_argument("--program", action="append", default=[], metavar="NAME=PATH", help="where a scanner is")
    return parser


if __name__ == "__main__":
    sys.exit(main())
