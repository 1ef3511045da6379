"""Measure prefilter and confirmation: `python tests/benchmarks/matching.py`.

Prints how long it takes until the first blob can be scanned, the cost of a clean small blob, the throughput on clean
text, what the memo saves on the history of a file, and how time grows on hostile lines: with twice the data it should
double. Figures are processor time, the best of several runs; nothing here passes or fails.
"""

from __future__ import annotations

import string
import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from synthetic import compiled, plugin, synthetic_rules

from beca_core import Confidence, PluginRegistry, Rule, Severity
from beca_core.matching.lines import Memo
from beca_core.matching.patterns.pattern_checking import checked_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.report import ProblemLog
from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1_000_000


def main() -> None:
    """Run all measurements."""
    measure_start()
    measure_detection()
    measure_memo()
    scanner = finder(token_rules(200))
    hits = text(200) + b"token = k042_" + random_text(string.hexdigits[:16], 32).encode() + b"\n"
    report("a hit every 240 bytes", 3, scanner, hits * (5 * MB // len(hits)))
    for name, pattern, unit in hostile():
        alone = finder([rule("hostile", pattern)])
        for size in (MB, 2 * MB, 4 * MB):
            report(f"one line of {size // MB} MB: {name}", 1, alone, unit * (size // len(unit)))


def finder(rules: list[Rule]) -> Callable[[bytes], object]:
    """Return what finds the matches of some rules in a text."""
    rule_set = compiled(rules)
    return lambda data: rule_set.find(data, ProblemLog())


def measure_start() -> None:
    """Measure what happens before the first blob: once, since patterns that were compiled are remembered."""
    registry = PluginRegistry.load(cache_dir=False)
    once("start: built-in rules, compiled", registry.compile)
    once("start: 450 rules more, patterns compiled and checked", lambda: registry.register(plugin, "synthetic"))
    once("start: 450 rules more, compiled", registry.compile)
    with TemporaryDirectory() as directory:
        cached = PluginRegistry(cache_dir=directory).with_rules(synthetic_rules())
        once("start: the same, storing the database", cached.compile)
        once("start: the same, loading the database", cached.compile)


def measure_detection() -> None:
    """Measure clean data, with the built-in rules and with many."""
    registry, log = PluginRegistry.load(cache_dir=False), ProblemLog()
    for rules in ("built-in rules", "450 rules more"):
        if rules != "built-in rules":
            registry.register(plugin, "synthetic")
        rule_set = registry.compile()
        for size in (1000, 10_000, 100_000, 20 * MB):
            report(f"clean text, {rules}", max(1, MB // size), lambda data: rule_set.find(data, log), text(size))  # noqa: B023


def measure_memo() -> None:
    """Measure confirmation alone on 400 versions of a file in which each tenth line is seen and few lines are new."""
    rules = synthetic_rules()
    patterns = [checked_pattern(one) for one in rules]
    prefilter = Prefilter(rules)
    seen = [(version, prefilter.find(version).ranges) for version in versions(400)]
    for name, memo in (("without a memo", None), ("with a memo", Memo())):

        def confirm(_: bytes) -> None:
            for version, ranges in seen:
                for index, of_rule in ranges.items():
                    list(patterns[index].occurrences(version, of_rule, memo))  # noqa: B023

        report(f"confirming 400 versions of a file {name}", 1, confirm, b"".join(version for version, _ in seen))


def versions(count: int) -> list[bytes]:
    """Return versions of a file, each with one line that the one before it had not."""
    found = text(30_000).split(b"\n")
    for number in range(0, len(found), 10):
        found[number] += b" rl_node mirror_token = load()"
    all_versions = []
    for number in range(count):
        found[number * 7 % len(found)] += b" rl_%d" % number
        all_versions.append(b"\n".join(found))
    return all_versions


def rule(rule_id: str, pattern: str) -> Rule:
    """Return a rule with a pattern."""
    return Rule(
        id=rule_id,
        version=1,
        description=rule_id,
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=pattern,
    )


def token_rules(count: int) -> list[Rule]:
    """Return rules of the usual shape: a prefix, then a run of characters."""
    return [rule(f"token-{n}", rf"\b(?P<secret>k{n:03}_[0-9a-f]{{32,64}})\b") for n in range(count)]


def hostile() -> list[tuple[str, str, bytes]]:
    """Return patterns, each with a text that is full of what it looks for."""
    return [
        ("words side by side", r"(?:^|[^a-z_])(?P<secret>private_key\w*)(?:\W|$)", b"private_key "),
        ("no literal", r"(?P<secret>[a-z]{20,})", b"abcdefgh"),
        ("every byte an event, never a match", r"(?P<secret>aaa[b-z])", b"a"),
        ("short secrets in long matches", r"(?P<secret>key)\w*", b"key"),
        ("what ends never", r"(?P<secret>key=[^;]*);", b"key="),
    ]


def text(size: int) -> bytes:
    """Return lines of words that look like source code."""
    words = [random_text(string.ascii_lowercase, 2 + n % 9, n) for n in range(500)]
    picks = random_text("".join(map(chr, range(0x100, 0x100 + len(words)))), 20_000)
    lines = "".join(words[ord(pick) - 0x100] + ("\n" if n % 7 == 6 else " ") for n, pick in enumerate(picks)).encode()
    return (lines * (size // len(lines) + 1))[:size]


def report(name: str, times: int, work: Callable[[bytes], object], data: bytes) -> None:
    """Print how long a piece of work takes."""
    best = min(measure(times, work, data) for _ in range(3))
    print(f"{name:58} {best * 1e3:12.4f} ms {len(data) / best / MB:10.0f} MB/s")  # noqa: T201


def once(name: str, work: Callable[[], object]) -> None:
    """Print how long a piece of work takes that can be done once."""
    print(f"{name:58} {measure(1, lambda _: work(), b'') * 1e3:12.1f} ms")  # noqa: T201


def measure(times: int, work: Callable[[bytes], object], data: bytes) -> float:
    """Return the seconds that one of several calls takes."""
    started = time.process_time()
    for _ in range(times):
        work(data)
    return (time.process_time() - started) / times


if __name__ == "__main__":
    main()
