"""Seed faults into the rules of thirty shapes, and print how many the kit catches: `python -m tests.mutations`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tests.mutations.run import by_kind, outcomes, total
from tests.shapes.thirty import SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the faults of all rules, or of some."""
    parser = argparse.ArgumentParser(description="Seed faults into sound rules, and print how many the kit catches.")
    parser.add_argument("rules", nargs="*", help="ids of rules (default: all)")
    parser.add_argument("--said", action="store_true", help="print what the kit says of each fault")
    options = parser.parse_args(arguments)
    found = outcomes(rule for rule in SHAPES if not options.rules or rule.id in options.rules)
    tallies = by_kind(found)
    print(f"{'kind of fault':<26} {'seeded':>6} {'caught':>6}")  # noqa: T201
    for kind, tally in (*tallies.items(), ("all", total(tallies.values()))):
        print(f"{kind:<26} {tally.seeded:>6} {tally.caught:>6}  {tally.caught / max(tally.seeded, 1):>4.0%}")  # noqa: T201
    for fault, failures in found:
        if options.said or not failures:
            print(f"{fault.rule.id}: {fault.kind}, {fault.what}: {'; '.join(failures) or 'survived'}")  # noqa: T201


if __name__ == "__main__":
    main()
