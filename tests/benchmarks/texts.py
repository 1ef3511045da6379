"""Measure small texts: `python tests/benchmarks/texts.py [--bytes 1024]`.

`beca_core.scan_text` is called in a loop on clean texts, in turn with the in-process scanner of the package
`kingfisher-secret-scanner` where that is installed. Printed are microseconds of one call: the median, the 90th
percentile and the ratio of the medians.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from itertools import cycle
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final

from measure.machine import facts
from measure.tables import table
from measure.texts import clean_text
from measure.timing import interleaved

import beca_core

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXTS: Final = 50


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure small texts.")
    parser.add_argument("--bytes", type=int, default=1024, help="size of the text (default: 1024)")
    parser.add_argument("--calls", type=int, default=20_000, help="timed calls of each scanner (default: 20000)")
    options = parser.parse_args()
    data = cycle([clean_text(options.bytes, seed) for seed in range(_TEXTS)])
    calls: dict[str, Callable[[], object]] = {"beca_core.scan_text": lambda: beca_core.scan_text(next(data))}
    if (sdk := _sdk()) is None:
        print("kingfisher_sdk is not installed: BECA alone is measured.")  # noqa: T201
    else:
        scan = sdk.Scanner().scan
        calls["kingfisher_sdk.Scanner().scan"] = lambda: scan(next(data))
    _print(calls, options.calls)


def _sdk() -> Any | None:
    try:
        return import_module("kingfisher_sdk")
    except ImportError:
        return None


def _print(calls: dict[str, Callable[[], object]], times: int) -> None:
    figures = interleaved(calls, times)
    ours = median(next(iter(figures.values())))
    rows = [
        [name, f"{median(of_one):.2f}", f"{quantiles(of_one, n=10)[-1]:.2f}", f"{ours / median(of_one):.2f}"]
        for name, of_one in figures.items()
    ]
    print(f"Python {facts()['Python']}, {times} calls of each\n")  # noqa: T201
    print(table(["call", "median us", "90% us", "beca / it"], rows))  # noqa: T201


if __name__ == "__main__":
    main()
