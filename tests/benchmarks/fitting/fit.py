"""Fits the weights of generic secrets: `python -m tests.benchmarks.fitting.fit FOLDER [--write]`.

FOLDER has an `index.tsv` with the columns file (relative to FOLDER), repository, line_start, line_end, value_start,
value_end, label (T: a secret, F: none) and category; lines count from 1, columns are code points from 0. The texts stay
there: what is written are weights.

The weights are those of a logistic regression with a Gaussian prior, found by Newton's method, one weight after the
other; some weights are known, and evidence against secrets has no weight for them. It is fitted on four fifths of the
repositories and judged on the last one, five times; that is what is printed. A row counts less, the more rows its
repository has, so that no repository decides. The threshold of MEDIUM is where F1 of the rows that were not fitted on
is nearly at its greatest. A T row for which nothing is proposed counts as missed.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from beca_scanners.generic.model import BASE, WEIGHTS_NAME
from beca_scanners.generic.model import __file__ as module
from beca_scanners.generic.names import SERVICE, VARIABLE
from tests.benchmarks.fitting.invented import invented_lines
from tests.benchmarks.fitting.proposals import Proposal, proposals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDS = 5
PRIOR = 1.0
"""How strongly weights are drawn to 0: the inverse of the variance of the prior."""
BALANCE = 0.3
"""By which power of their number the rows of a repository count less; 1: all repositories count the same."""
GIVEN_UP = 0.01
"""How much of the greatest F1 is given up for precision."""
INVENTED = 1.0
"""How much a line that is made up counts, beside the mean row."""
SWEEPS = 25
KNOWN = {
    "password hash": -6.0,
    "ciphertext": -6.0,
    "public half": -6.0,
    "json in base64": -4.0,
    "shape subresource-hash": -6.0,
    "name before encrypts": -4.0,
    "name in a sentence": -4.0,
    "name before pretends": -6.0,
    "name before public": -6.0,
    "encodes a placeholder": -7.0,
    "sentence": 0.0,
    "switch": -5.0,
    "declared": 0.0,
    SERVICE: 0.0,
    VARIABLE: 0.0,
}
"""Weights that are known and not fitted: a hash is no password, whatever the judged lines say."""
AGAINST = (
    *("placeholder ", "template", "says test", "says stand-in", "speech", "then words", "shape ", "value looked up"),
    *("in a list", "name before pages", "encodes text"),
)
"""Beginnings of the names of evidence that is never for a secret: what judged lines say to the contrary is noise."""
_LINE_ENDS = re.compile(rb"\r\n|\n|\r")


class Row(NamedTuple):
    """A judged line, or a few lines.

    Args:
        repository: Where it is from.
        is_secret: Whether it holds one.
        categories: What it is called.
        found: The evidence about each of its candidates.
    """

    repository: str
    is_secret: bool
    categories: tuple[str, ...]
    found: tuple[Mapping[str, float], ...]


class Sample(NamedTuple):
    """A candidate to fit on: its evidence, whether it is a secret, and how much it counts."""

    numbers: Mapping[str, float]
    is_secret: bool
    weight: float


def read_rows(folder: Path) -> list[Row]:
    """Read the judged lines of a folder, with the candidates in them."""
    by_file: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "index.tsv").open(encoding="utf-8", newline="") as index:
        for record in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE):
            by_file[record["file"]].append(record)
    return [row for name, records in by_file.items() for row in _rows_of((folder / name).read_bytes(), records)]


def _rows_of(data: bytes, records: Sequence[dict[str, str]]) -> Iterator[Row]:
    begins = [0, *(found.end() for found in _LINE_ENDS.finditer(data))]
    placed = [(bisect_right(begins, found.begin), *_columns(data, begins, found), found) for found in _once(data)]
    secrets = [_span(record) for record in records if record["label"] == "T" and record["value_start"]]
    for record in records:
        first, last = int(record["line_start"]), int(record["line_end"])
        inside = [item for item in placed if first <= item[0] <= last]
        if record["label"] == "T":
            own = [_span(record)] if record["value_start"] and first == last else []
            inside = [item for item in inside if not own or _overlaps(item, own)]
        else:
            inside = [item for item in inside if not _overlaps(item, secrets)]
        categories = tuple(record["category"].split(":"))
        yield Row(record["repository"], record["label"] == "T", categories, tuple(item[3].numbers for item in inside))


def _once(data: bytes) -> Iterator[Proposal]:
    seen: set[tuple[str, int]] = set()
    for found in proposals(data):
        if (found.rule_id, found.begin) not in seen:
            seen.add((found.rule_id, found.begin))
            yield found


def _columns(data: bytes, begins: Sequence[int], found: Proposal) -> tuple[int, int]:
    line = begins[bisect_right(begins, found.begin) - 1]
    begin = len(data[line : found.begin].decode(errors="surrogateescape"))
    return begin, begin + len(data[found.begin : found.end].decode(errors="surrogateescape"))


def _span(record: Mapping[str, str]) -> tuple[int, int, int]:
    begin = int(record["value_start"])
    return int(record["line_start"]), begin, int(record["value_end"] or begin + 1)


def _overlaps(item: tuple[int, int, int, Proposal], spans: Iterable[tuple[int, int, int]]) -> bool:
    line, begin, end, _ = item
    return any(line == of_line and begin < last and first < end for of_line, first, last in spans)


def samples_of(rows: Sequence[Row]) -> list[Sample]:
    """Return what is fitted on, each candidate once for each row."""
    counts = Counter((row.repository, row.is_secret) for row in rows if row.found)
    samples = [
        Sample(numbers, row.is_secret, counts[row.repository, row.is_secret] ** -BALANCE / len(row.found))
        for row in rows
        for numbers in row.found
    ]
    mean = sum(sample.weight for sample in samples) / len(samples)
    return [sample._replace(weight=sample.weight / mean) for sample in samples]


def invented_samples() -> list[Sample]:
    """Return what is fitted on beside the rows: lines that are made up."""
    return [
        Sample(found.numbers, is_secret, INVENTED)
        for text, is_secret in invented_lines()
        for found in _once(text.encode())
    ]


def fit(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the weights that make some samples likeliest, under the prior."""
    columns: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, sample in enumerate(samples):
        columns[BASE].append((number, 1.0))
        for name, value in sample.numbers.items():
            columns[name].append((number, value))
    weights = {name: KNOWN.get(name, 0.0) for name in sorted({*columns, *KNOWN})}
    fitted = [name for name in weights if name not in KNOWN]
    scores = [sum(KNOWN.get(name, 0.0) * value for name, value in sample.numbers.items()) for sample in samples]
    for _ in range(SWEEPS):
        greatest = 0.0
        for name in fitted:
            prior = 0.0 if name == BASE else PRIOR
            slope, curve = -prior * weights[name], prior
            for number, value in columns[name]:
                chance = 1 / (1 + math.exp(-scores[number]))
                slope += samples[number].weight * value * (samples[number].is_secret - chance)
                curve += samples[number].weight * value * value * max(chance * (1 - chance), 0.01)
            step = max(-1.0, min(1.0, slope / max(curve, 1e-6)))
            if name.startswith(AGAINST):
                step = min(step, -weights[name])
            weights[name] += step
            greatest = max(greatest, abs(step))
            for number, value in columns[name]:
                scores[number] += step * value
        if greatest < 0.01:
            break
    return weights


def score(weights: Mapping[str, float], numbers: Mapping[str, float]) -> float:
    """Return the sum of the evidence."""
    return weights[BASE] + sum(weights.get(name, 0.0) * value for name, value in numbers.items())


def held_out(rows: Sequence[Row]) -> list[float]:
    """Return the score of each row by the weights of the folds that it is not in; no candidate: minus infinity."""
    secrets = Counter(row.repository for row in rows if row.is_secret)
    repositories = sorted({row.repository for row in rows}, key=lambda name: (-secrets[name], name))
    fold = {name: number % FOLDS for number, name in enumerate(repositories)}
    scores = [-math.inf] * len(rows)
    invented = invented_samples()
    for number in range(FOLDS):
        weights = fit([*samples_of([row for row in rows if fold[row.repository] != number]), *invented])
        for at, row in enumerate(rows):
            if fold[row.repository] == number:
                scores[at] = max((score(weights, numbers) for numbers in row.found), default=-math.inf)
    return scores


def measures(rows: Sequence[Row], scores: Sequence[float], threshold: float) -> tuple[float, float, float]:
    """Return precision, recall and F1 at a threshold."""
    right = sum(row.is_secret and found >= threshold for row, found in zip(rows, scores, strict=True))
    wrong = sum(not row.is_secret and found >= threshold for row, found in zip(rows, scores, strict=True))
    all_secrets = sum(row.is_secret for row in rows)
    precision, recall = right / max(right + wrong, 1), right / max(all_secrets, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def best_threshold(rows: Sequence[Row], scores: Sequence[float]) -> float:
    """Return the greatest threshold with nearly the greatest F1, in steps of 0.05.

    F1 hardly changes over a wide range, and a false finding costs a reader more than the measure says.
    """
    by_threshold = {number / 20: measures(rows, scores, number / 20)[2] for number in range(-40, 41)}
    greatest = max(by_threshold.values())
    return max(threshold for threshold, harmonic in by_threshold.items() if harmonic >= greatest - GIVEN_UP)


def table_of(rows: Sequence[Row], scores: Sequence[float], threshold: float) -> Iterator[str]:
    """Yield what was measured, overall and by category, line by line."""
    by_category: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for category in ("all rows", *row.categories):
            by_category[category].append(number)
    yield f"Held-out rows, by repository, at {threshold:+.2f}:"
    yield f"{'category':28} {'T':>5} {'F':>5} precision recall    F1"
    for category, numbers in sorted(by_category.items(), key=lambda item: -len(item[1])):
        some, of_some = [rows[number] for number in numbers], [scores[number] for number in numbers]
        secrets = sum(row.is_secret for row in some)
        precision, recall, harmonic = measures(some, of_some, threshold)
        if len(some) >= 20:
            figures = f"{precision:9.3f} {recall:6.3f} {harmonic:5.3f}"
            yield f"{category[:28]:28} {secrets:5} {len(some) - secrets:5} {figures}"
    proposed = sum(row.is_secret and bool(row.found) for row in rows)
    yield f"T rows with a candidate: {proposed} of {sum(row.is_secret for row in rows)}"


def write(weights: Mapping[str, float], medium: float) -> None:
    """Write the weights file of the package, without what weighs nothing."""
    document = {
        "low": round(medium - 1.0, 2),
        "medium": round(medium, 2),
        "high": round(medium + 2.0, 2),
        "weights": {name: round(weight, 2) for name, weight in sorted(weights.items()) if abs(weight) >= 0.01},
    }
    text = json.dumps(document, indent=1, ensure_ascii=True)
    Path(module).with_name(WEIGHTS_NAME).write_text(f"{text}\n", "utf-8")


def main() -> None:
    """Fit, print what was measured, and write the weights if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="write the weights of all rows into the package")
    options = parser.parse_args()
    rows = read_rows(options.folder)
    scores = held_out(rows)
    threshold = best_threshold(rows, scores)
    print(*table_of(rows, scores, threshold), sep="\n")  # noqa: T201
    if options.write:
        write(fit([*samples_of(rows), *invented_samples()]), threshold)


if __name__ == "__main__":
    main()
