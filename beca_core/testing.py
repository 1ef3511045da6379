"""The kit with which a plugin proves itself; `beca rules test` uses it on every installed rule.

A plugin's whole test can be::

    import acme_rules
    from beca_core.testing import assert_plugin

    def test_the_plugin_proves_itself():
        assert_plugin(acme_rules)

`random_text` makes what looks like a credential, so that none need be written down.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import PluginFailed
from beca_core.findings import redact
from beca_core.matching.code_apart import CallLimit
from beca_core.plugins.registry import PluginRegistry
from beca_core.report import ProblemLog
from beca_core.rules.rule import Rule, random_text
from beca_core.sources.limits import NEVER, Stop

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from beca_core.plugins.registration import Plugin
    from beca_core.rules.rule import Example, RuleInfo
    from beca_core.rules.scanner import Match

__all__ = ["PROOF_SECONDS", "assert_plugin", "prove", "prove_rule", "random_text"]

PROOF_SECONDS: Final = 30.0
"""Time for proving one rule of an installed plugin."""
_FOREVER: Final = 1e9
_LONGEST_FAILURE: Final = 1000

_SMALL: Final = 4 * 1024
_GROWTH: Final = 16
_TOLERANCE: Final = 3
_NOISE_SECONDS: Final = 0.002
_TRIES: Final = 3
_MOST_SECONDS_PER_MB: Final = 4
"""The worst built-in rule took 1.4 s, one Python call and a dozen searches for every 11 bytes."""


def assert_plugin(plugin: object, name: str = "plugin-under-test") -> None:
    """Assert that a plugin loads without a problem and that each of its rules proves itself.

    Its code runs in this process, so that a debugger can follow it; a proof that does not end is not stopped.

    Args:
        plugin: The module or object with the `@hookimpl` functions.
        name: What messages call it.

    Raises:
        AssertionError: With everything that is wrong, a line each.
    """
    registry = PluginRegistry()
    record = registry.register(plugin, name)
    failures = [f"{name}: {problem}" for problem in record.problems]
    for rule_id, found in prove(registry).items():
        failures += [f"{rule_id}: {failure}" for failure in found]
    assert not failures, "\n".join(failures)  # noqa: S101 - this is what the function is for


def prove(registry: PluginRegistry, rule_ids: Collection[str] | None = None) -> dict[str, list[str]]:
    """Return what is wrong with each rule, an empty list where nothing is.

    Args:
        registry: Where the rules are.
        rule_ids: The rules to prove, or None for all.

    Raises:
        InvalidInput: If a rule does not exist.
    """
    rules = registry.rules
    chosen = sorted(rules if rule_ids is None else registry.select(rule_ids))
    stop = Stop(_FOREVER)  # what fails again and again is counted under it
    return {rule_id: prove_rule(rules[rule_id], registry, stop) for rule_id in chosen}


def prove_rule(rule: RuleInfo, registry: PluginRegistry, stop: Stop | None = None) -> list[str]:
    """Return what is wrong with a rule.

    A rule of an installed plugin is proved where the code of the plugin runs, within `PROOF_SECONDS`.

    It must have an example and a counter-example; in each example exactly the given secret must be found and in each
    counter-example nothing; the prefilter must have literals or keywords to look for; its time must grow no faster than
    its input, and text that is full of its secrets may take 4 seconds per MB; and no input may make it raise.

    Args:
        rule: The rule.
        registry: The plugins that it belongs to.
        stop: The same one for several rules: when three proofs of a plugin have not ended, its others are not begun.
    """
    process = next((each.process for each in registry.plugins if each.name == registry.owner(rule.id)), None)
    if process is None:
        return list(_Proof(rule, registry).failures())
    request = {"do": "run", "module": __name__, "function": prove_apart.__name__, "argument": rule.id}
    try:
        return process.ask(request, None, CallLimit(PROOF_SECONDS, stop or NEVER), _as_texts)
    except PluginFailed as failure:
        return [f"its proof {failure.event}"]


def prove_apart(plugin: Plugin, rule_id: str) -> list[str]:
    """Return what is wrong with a rule of the plugin whose process this is."""
    registry = PluginRegistry.of(plugin)
    return list(_Proof(registry.rules[rule_id], registry).failures())


def _as_texts(answer: Any) -> list[str]:
    return [str(failure)[:_LONGEST_FAILURE] for failure in answer]


class _Proof:
    def __init__(self, rule: RuleInfo, registry: PluginRegistry) -> None:
        self._rule = rule
        self._compiled = registry.compile([rule.id], use_cache=False)

    def failures(self) -> Iterator[str]:
        if not self._rule.examples:
            yield "it has no example"
        if not self._rule.counter_examples:
            yield "it has no counter-example"
        for number, example in enumerate(self._rule.examples, start=1):
            yield from self._example(f"example {number}", example)
        for number, text in enumerate(self._rule.counter_examples, start=1):
            data = text.encode() if isinstance(text, str) else text
            if matches := self._matches(data):
                yield f"counter-example {number}: found {_redacted(data, matches[0])}, where nothing should be"
        if self._compiled.uncovered:
            yield "its pattern has no literal of three bytes and it has no keywords, so that it is tried on every blob"
        yield from self._robustness()

    def _example(self, name: str, example: Example) -> Iterator[str]:
        matches = self._matches(example.data)
        if len(matches) != 1:
            yield f"{name}: found {len(matches)} secrets, where there should be one"
            return
        confidence = matches[0].confidence or self._rule.confidence
        if _secret(example.data, matches[0]) != example.secret_bytes:
            yield f"{name}: found {_redacted(example.data, matches[0])}, which is not the secret that it names"
        elif example.confidence not in (None, confidence):
            yield f"{name}: confidence is {confidence}, not {example.confidence}"

    def _robustness(self) -> Iterator[str]:
        examples = [example for example in self._rule.examples if example.data]
        texts = [example.data for example in examples]
        problems = (self._time_problem(unit) for example in examples for unit in self._units(example))
        if problem := next(filter(None, problems), ""):
            yield problem
        for data in _hostile_inputs(texts):
            log = ProblemLog()
            self._compiled.find(data, log)
            if log.problems:
                yield f"hostile input: {log.problems[0].message}"
                break

    def _units(self, example: Example) -> Iterator[bytes]:
        """Yield what is repeated to measure time: the text in one long line, one line after the other, and packed.

        A pattern without checks that is searched line by line sees one line at a time, so lines cost it the same each.
        Without its line ends, a text has as many secrets, key words and anchors in a small space as there can be.
        """
        text, rule = example.data, self._rule
        yield text
        if not isinstance(rule, Rule) or rule.multiline or rule.checks:
            yield text + b"\n"
            yield b" ".join(text.split()) + b" "
            yield example.secret_bytes + b" "

    def _time_problem(self, unit: bytes) -> str:
        """Return what is wrong with the time that a repeated text takes, again and again; empty: nothing.

        Sixteen times the input must not take much more than sixteen times as long. That alone does not show work that
        is done many times over within a bounded distance, because such time is linear. So it has a bound as well.
        """
        small = unit * (_SMALL // len(unit) + 1)
        large = small * _GROWTH
        problem = ""
        for _ in range(_TRIES):
            seconds = self._seconds(large)
            rate = seconds / len(large) * 1_000_000
            if seconds > self._most_seconds(small):
                problem = "its time grows faster than its input, so that a hostile file could stall a scan"
            elif rate > _MOST_SECONDS_PER_MB:
                problem = (
                    f"it takes {rate:.1f} s for a MB of text like its examples; {_MOST_SECONDS_PER_MB} s are allowed"
                )
            else:
                return ""
        return problem

    def _most_seconds(self, small: bytes) -> float:
        return (self._seconds(small) + _NOISE_SECONDS) * _GROWTH * _TOLERANCE

    def _seconds(self, data: bytes) -> float:
        begin = time.thread_time()
        self._matches(data)
        return time.thread_time() - begin

    def _matches(self, data: bytes) -> list[Match]:
        return self._compiled.find(data, ProblemLog())


def _secret(data: bytes, match: Match) -> bytes:
    return data[match.begin : match.end] if match.secret is None else match.secret


def _redacted(data: bytes, match: Match) -> str:
    return redact(_secret(data, match))


def _hostile_inputs(texts: list[bytes]) -> Iterator[bytes]:
    """Noise, and examples with noise in them: the same at every run."""
    noise = random.Random(0)  # noqa: S311 - not for secrecy
    yield b""
    yield bytes(range(256)) * 4
    for text in texts:
        for _ in range(20):
            damaged = bytearray(text)
            for _ in range(noise.randrange(1, 6)):
                at = noise.randrange(len(damaged) + 1)
                damaged[at : at + noise.randrange(3)] = noise.randbytes(noise.randrange(4))
            yield bytes(damaged)
        yield text[: len(text) // 2]
        yield text.replace(b"\n", b"\r\n")
