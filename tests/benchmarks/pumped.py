"""Measure text that is full of secrets: `python tests/benchmarks/pumped.py [RULE ...] [--every 25]`.

Of each rule the first example is repeated up to the size, in one line as it is, and with a line end after each. Each
text is scanned with all rules. Printed is the processor time of a text: how it is distributed, and the slowest.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final, NamedTuple

from measure.tables import table
from measure.timing import processor_seconds

from beca_core import Engine, PluginRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core import RuleInfo

SHARES: Final = (0.1, 0.5, 0.9, 1.0)


class Pumped(NamedTuple):
    """What a text cost.

    Args:
        rule_id: The rule whose example it repeats.
        kind: How the example is repeated.
        seconds: Processor time.
        findings: How many findings there are.
    """

    rule_id: str
    kind: str
    seconds: float
    findings: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure text that is full of secrets.")
    parser.add_argument("rules", nargs="*", help="ids of rules (default: all)")
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth rule only")
    parser.add_argument("--bytes", type=int, default=1_000_000, help="size of a text (default: 1,000,000)")
    parser.add_argument("--slowest", type=int, default=20, help="how many texts are listed (default: 20)")
    options = parser.parse_args(arguments)
    registry = PluginRegistry.load()
    chosen = sorted(options.rules or registry.rules)[:: options.every]
    found = [*measured(Engine(registry, processes=1), [registry.rules[rule_id] for rule_id in chosen], options.bytes)]
    times = sorted(each.seconds for each in found)
    of_all = [[f"{share:.0%}", f"{times[max(round(share * len(times)) - 1, 0)]:.3f}"] for share in SHARES]
    print(table(["of the texts", "CPU s at most"], of_all))  # noqa: T201
    slowest = sorted(found, key=lambda each: -each.seconds)[: options.slowest]
    rows = [[each.rule_id, each.kind, f"{each.seconds:.3f}", f"{each.findings:,}"] for each in slowest]
    print(table(["rule", "repeated", "CPU s", "findings"], rows))  # noqa: T201


def measured(engine: Engine, rules: Sequence[RuleInfo], size: int) -> Iterator[Pumped]:
    """Yield what the texts of some rules cost."""
    for rule in rules:
        for kind, text in texts(rule, size):
            findings: list[object] = []
            seconds = processor_seconds(lambda: findings.extend(engine.scan_text(text)), 1)  # noqa: B023 - called here
            yield Pumped(rule.id, kind, seconds, len(findings))


def texts(rule: RuleInfo, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield the texts of a rule, each with how it is made."""
    unit = rule.examples[0].data
    if not unit.endswith(b"\n"):
        yield "in one line", _repeated(unit, size)
    yield "in lines", _repeated(unit.rstrip(b"\n") + b"\n", size)


def _repeated(unit: bytes, size: int) -> bytes:
    return unit * max(size // len(unit), 1)


if __name__ == "__main__":
    main()
