"""What one rule costs in text that holds nothing: measured where it is asked for, never in a scan."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from beca_core.matching.ruleset import RuleSet
from beca_core.report import ProblemLog
from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from beca_core.rules.rule import Rule

_SAMPLE_BYTES: Final = 256 * 1024
_MIB: Final = 1024 * 1024
_TRIES: Final = 3
_LETTERS: Final = "etaoinshrdlucmfwypvbgkjqxz     ....,,;;(){}=\"'0123456789\n\n"


def microseconds_per_mib(rule: Rule) -> int:
    """Return the processor time that a rule takes in a MiB of a fixed sample text, in microseconds.

    Its checks do not run: they are code of a plugin, and run on matches only.

    Args:
        rule: A rule that keeps the contract.
    """
    sample, rule_set = _sample(), RuleSet({rule.id: rule}, [replace(rule, checks=())])
    rule_set.find(sample, ProblemLog())  # compiles the pattern
    seconds = min(_seconds(rule_set, sample) for _ in range(_TRIES))
    return round(seconds * 1_000_000 * _MIB / len(sample))


def _seconds(rule_set: RuleSet, sample: bytes) -> float:
    begin = time.thread_time()
    rule_set.find(sample, ProblemLog())
    return time.thread_time() - begin


@cache
def _sample() -> bytes:
    """Return text that looks like source code to a pattern: words, numbers and signs, in lines of many lengths."""
    return random_text(_LETTERS, _SAMPLE_BYTES, "sample").encode("ascii")
