"""Measure prefilter and confirmation: `python tests/benchmarks/matching.py`.

Prints the cost of a clean small blob, the throughput on clean text, and how time grows on hostile lines: with twice the
data it should double. Figures are processor time, the best of several runs; nothing here passes or fails.
"""

from __future__ import annotations

import string
import time
from typing import TYPE_CHECKING

from beca_core import Confidence, Rule, Severity
from beca_core.examples import random_text
from beca_core.matching.rules import RuleScanner

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1_000_000


def main() -> None:
    """Run all measurements."""
    started = time.process_time()
    scanner = RuleScanner(token_rules(200))
    print(f"compiling 200 rules: {time.process_time() - started:.2f} s")  # noqa: T201
    report("clean blob of 1 kB", 1000, scanner.scan, text(1000))
    report("clean text", 20, scanner.scan, text(20 * MB))
    hits = text(200) + b"token = k042_" + random_text(string.hexdigits[:16], 32).encode() + b"\n"
    report("a hit every 240 bytes", 3, scanner.scan, hits * (5 * MB // len(hits)))
    for name, pattern, unit in hostile():
        alone = RuleScanner([rule("hostile", pattern)])
        for size in (MB, 2 * MB, 4 * MB):
            report(f"one line of {size // MB} MB: {name}", 1, alone.scan, unit * (size // len(unit)))


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


def measure(times: int, work: Callable[[bytes], object], data: bytes) -> float:
    """Return the seconds that one of several calls takes."""
    started = time.process_time()
    for _ in range(times):
        work(data)
    return (time.process_time() - started) / times


if __name__ == "__main__":
    main()
