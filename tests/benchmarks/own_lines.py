"""Bring the project's own judged lines together with their text: `python tests/benchmarks/own_lines.py CLONES`.

The set has places and numbers, no text. CLONES is a directory with clones of its repositories, each named `owner+name`.
With `--folder`, the files are written there with `labels.csv`, for `accuracy.py`. With `--renumber`, the numbers that
the model sees are computed again and written into the set; do that after the evidence of the generic rules has changed.
"""

from __future__ import annotations

import argparse
import re
import sys
from bisect import bisect_right
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from judging.labelled import write_labels
from judging.mirrored import files_of
from judging.own_set import JudgedLine, read_judged, write_judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Seen = Callable[[bytes], Iterable[tuple[int, int, Mapping[str, float], float]]]

SET: Final = Path(__file__).parent.parent / "accuracy" / "own_set.jsonl"
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for, and return 1 if a file is not at hand."""
    options = _parser().parse_args(arguments)
    judged = read_judged(options.set)
    found = list(files_of(judged, options.clones))
    absent = [lines[0] for lines, content in found if content is None]
    for line in absent:
        print(f"not at hand: {line.repository} {line.commit} {line.path}", file=sys.stderr)  # noqa: T201
    if options.folder is not None:
        _write_folder(options.folder, [(lines, content) for lines, content in found if content is not None])
    if options.renumber and not absent:
        write_judged(options.set, renumbered(found, _seen))
    print(f"{len(judged)} lines in {len(found)} files, {len(absent)} of them not at hand")  # noqa: T201
    return int(bool(absent))


def renumbered(found: Iterable[tuple[list[JudgedLine], bytes | None]], seen: Seen) -> list[JudgedLine]:
    """Return the judged lines with the numbers of the likeliest value on each.

    Args:
        found: Judged lines with the content of their file.
        seen: Yields for a content each value that the scored rules propose: where it begins and ends in bytes, its
            numbers and its score.
    """
    lines = []
    for judged, content in found:
        proposed = list(seen(content or b""))
        ends = [match.end() for match in _LINE_END.finditer(content or b"")]
        lines += [replace(line, numbers=_numbers(line, proposed, ends)) for line in judged]
    return lines


def _numbers(
    line: JudgedLine, proposed: list[tuple[int, int, Mapping[str, float], float]], ends: list[int]
) -> Mapping[str, float] | None:
    on_it = [
        (score, numbers)
        for begin, end, numbers, score in proposed
        if bisect_right(ends, begin) < line.last and line.first <= bisect_right(ends, max(begin, end - 1)) + 1
    ]
    return max(on_it, key=lambda pair: pair[0])[1] if on_it else None


def _seen(content: bytes) -> Iterable[tuple[int, int, Mapping[str, float], float]]:
    from fitting.proposals import proposals

    from beca_scanners.generic.model import model

    for one in proposals(content):
        yield one.begin, one.end, one.numbers, model().score(one.numbers)


def _write_folder(folder: Path, found: list[tuple[list[JudgedLine], bytes]]) -> None:
    for lines, content in found:
        path = folder / lines[0].folder / lines[0].path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    write_labels(folder, [line.label for lines, _ in found for line in lines])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("clones", type=Path, help="directory of clones, each named owner+name")
    parser.add_argument("--set", type=Path, default=SET, help="the judged lines")
    parser.add_argument("--folder", type=Path, help="write the files and labels.csv there")
    parser.add_argument("--renumber", action="store_true", help="write what the model sees into the set")
    return parser


if __name__ == "__main__":
    sys.exit(main())
