"""Measure how accurate findings are: `python tests/benchmarks/accuracy.py FOLDER`.

The folder has files and `labels.csv`, which says what is a credential on which lines (`judging/labelled.py`). BECA and
the peers that are asked for read the files in the same run; with `--reports`, what a slow peer reported is kept and
used again the next time. Printed are precision, recall and F1 over all, by category and by rule; with `--misses`, every
place that BECA judged wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from judging.answers import read_answers
from judging.entrants import PEERS, answers_of, entrant, report_of
from judging.labelled import ranges_of, read_labels
from judging.outcome_tables import (
    lines_of_misses,
    table_of_categories,
    table_of_f1,
    table_of_rules,
    table_of_scanners,
)
from judging.scores import judge
from measure.contestants import find_program, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from judging.answers import Answer
    from judging.labelled import LabelledRange
    from judging.scores import Outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison, and return 1 if a scanner failed or BECA's F1 is below the floor."""
    options = _parser().parse_args(arguments)
    try:
        ranges = ranges_of(read_labels(options.folder))
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    outcomes, failures = _outcomes(ranges, options)
    _print(ranges, outcomes)
    ours = outcomes.get("beca")
    if options.misses and ours is not None:
        print("\n" + "\n".join(lines_of_misses(ours)))  # noqa: T201
    for failure in failures:
        print(f"\n{failure}")  # noqa: T201
    if options.json is not None:
        options.json.write_text(json.dumps(_figures(outcomes), indent=2) + "\n")
    return int(bool(failures) or ours is None or (ours.total.f1 or 0.0) < options.floor)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=_folder, help="labelled files and labels.csv")
    parser.add_argument("--misses", action="store_true", help="print what BECA judged wrongly")
    parser.add_argument("--peer", action="append", default=[], choices=PEERS, help="compare with this scanner too")
    parser.add_argument(
        "--program", action="append", default=[], type=_program, metavar="NAME=PATH", help="where a scanner is"
    )
    parser.add_argument(
        "--confidence", default="medium", choices=("low", "medium", "high"), help="lowest that counts (default: medium)"
    )
    parser.add_argument("--floor", type=float, default=0.0, metavar="F1", help="fail below this F1 of BECA")
    parser.add_argument("--seconds", type=float, default=3600.0, help="time for one scanner")
    parser.add_argument("--reports", type=Path, metavar="DIRECTORY", help="keep the peers' reports there and use them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser


def _folder(text: str) -> Path:
    path = Path(text).resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no directory {text}")
    return path


def _program(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if name not in ("beca", *PEERS) or not equals:
        raise argparse.ArgumentTypeError(f"write it as NAME=PATH, with a name of {', '.join(('beca', *PEERS))}")
    return name, str(Path(path).absolute())


def _outcomes(ranges: list[LabelledRange], options: argparse.Namespace) -> tuple[dict[str, Outcome], list[str]]:
    given = dict(options.program)
    programs = {name: find_program(name, given) for name in ("beca", *options.peer)}
    if missing := [name for name, program in programs.items() if program is None]:
        raise SystemExit(f"Not installed: {', '.join(missing)}.")
    outcomes, failures = {}, []
    for name, program in programs.items():
        print(f"{name}: {version_of(str(program))}", file=sys.stderr, flush=True)  # noqa: T201
        try:
            outcomes[name] = judge(ranges, _answers(name, str(program), options))
        except (RuntimeError, ValueError, OSError) as error:
            failures.append(f"{name} is not counted: {error}")
    return outcomes, failures


def _answers(name: str, program: str, options: argparse.Namespace) -> list[Answer]:
    way = entrant(name, program, options.confidence)
    if options.reports is None or name == "beca":
        with tempfile.TemporaryDirectory() as scratch:
            return answers_of(way, options.folder, Path(scratch), options.seconds)
    scratch = options.reports / name
    scratch.mkdir(parents=True, exist_ok=True)
    kept = report_of(name, scratch)
    if kept.is_file():
        return read_answers(kept, name, options.folder)
    return answers_of(way, options.folder, scratch, options.seconds)


def _print(ranges: list[LabelledRange], outcomes: Mapping[str, Outcome]) -> None:
    secrets = sum(one.is_secret for one in ranges)
    print(f"{secrets} credentials and {len(ranges) - secrets} others\n\n{table_of_scanners(outcomes)}")  # noqa: T201
    print(f"\nF1 by category\n\n{table_of_f1(outcomes)}")  # noqa: T201
    for name, outcome in outcomes.items():
        print(f"\n### {name}\n\n{table_of_categories(outcome)}\n\n{table_of_rules(outcome)}")  # noqa: T201


def _figures(outcomes: Mapping[str, Outcome]) -> dict[str, object]:
    return {
        name: {
            "total": asdict(outcome.total),
            "f1": outcome.total.f1,
            "categories": {key: asdict(score) for key, score in outcome.categories.items()},
            "rules": {key: asdict(score) for key, score in outcome.rules.items()},
        }
        for name, outcome in outcomes.items()
    }


if __name__ == "__main__":
    sys.exit(main())
