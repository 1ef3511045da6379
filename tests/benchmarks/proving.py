"""Measure how long rules take to prove: `python tests/benchmarks/proving.py [--rules 500]`.

Each made-up rule has three examples and two counter-examples. Printed is processor time, in all and for one rule: of
`beca_core.testing.prove`, and of finding the examples with all rules at once.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from measure.tables import table
from measure.timing import processor_seconds
from synthetic import synthetic_rules

from beca_core import Engine, Example, PluginRegistry, Rule
from beca_core.testing import prove

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure how long rules take to prove.")
    parser.add_argument("--rules", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--runs", type=int, default=3, help="runs, of which the fastest is shown (default: 3)")
    options = parser.parse_args(arguments)
    rules = [_with_examples(rule) for rule in synthetic_rules(options.rules)]
    registry = PluginRegistry(cache_dir=False).with_rules(rules)
    figures = {
        "each rule proved": processor_seconds(lambda: _prove(registry), options.runs),
        "examples found with all rules": processor_seconds(lambda: _find_examples(registry, rules), options.runs),
    }
    rows = [[name, f"{spent:.1f}", f"{spent / len(rules) * 1000:.0f}"] for name, spent in figures.items()]
    print(table([f"{len(rules)} rules", "CPU s", "CPU ms for one rule"], rows))  # noqa: T201


def _with_examples(rule: Rule) -> Rule:
    """Return a rule with what proves it: examples in both letter cases where it takes both, and a worthless secret."""
    (example,) = rule.examples
    text, secret = str(example.text), str(example.secret)
    body = secret[-int(re.findall(r"\{(\d+)\}", str(rule.pattern))[-1]) :]
    is_folded = "(?i)" in str(rule.pattern)
    other = body.swapcase() if is_folded else body[::-1]
    examples = (
        example,
        Example(f"A: {text.replace(secret, '%').upper().replace('%', secret)}" if is_folded else f"a: {text}", secret),
        Example(text.replace(body, other) + "\n", secret.replace(body, other)),
    )
    worthless = text.replace(body, "2" * len(body))
    boundary = "0-9A-Za-z_-" if str(rule.pattern).endswith(")") else ""
    return replace(rule, examples=examples, counter_examples=(worthless, "nothing"), boundary=boundary)


def _prove(registry: PluginRegistry) -> None:
    failures = {rule_id: found for rule_id, found in prove(registry).items() if found}
    assert not failures, failures


def _find_examples(registry: PluginRegistry, rules: Sequence[Rule]) -> None:
    engine = Engine(registry)
    for rule in rules:
        for example in rule.examples:
            findings = engine.scan_text(example.text)
            reported = {found.rule_id for found in findings}
            superseded = {other.rule_id for found in findings for other in found.superseded}
            assert rule.id in reported | superseded


if __name__ == "__main__":
    main()
