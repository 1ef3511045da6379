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
from typing import TYPE_CHECKING, Final

from beca_core.plugins.registry import PluginRegistry
from beca_core.rules.rule import Example, Rule, random_text
from beca_core.scanning.engine import Engine
from beca_core.sources.texts import TextSource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from beca_core.report import Report
    from beca_core.rules.rule import RuleInfo

__all__ = ["assert_plugin", "prove", "prove_rule", "random_text"]

_SMALL: Final = 4 * 1024
_GROWTH: Final = 16
_TOLERANCE: Final = 3
_NOISE_SECONDS: Final = 0.002
_TRIES: Final = 3


def assert_plugin(plugin: object, name: str = "plugin-under-test") -> None:
    """Assert that a plugin loads without a problem and that each of its rules proves itself.

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
    return {rule_id: prove_rule(rules[rule_id], registry) for rule_id in chosen}


def prove_rule(rule: RuleInfo, registry: PluginRegistry) -> list[str]:
    """Return what is wrong with a rule.

    It must have an example and a counter-example; in each example exactly the given secret must be found and in each
    counter-example nothing; the prefilter must have literals or keywords to look for; its time must grow no faster than
    its input; and no input may make it raise.

    Args:
        rule: The rule.
        registry: The plugins that it belongs to.
    """
    return list(_Proof(rule, registry).failures())


class _Proof:
    def __init__(self, rule: RuleInfo, registry: PluginRegistry) -> None:
        self._rule = rule
        self._engine = Engine(registry, rules=[rule.id])
        self._registry = registry
        self._broken = registry.problems

    def failures(self) -> Iterator[str]:
        if not self._rule.examples:
            yield "it has no example"
        if not self._rule.counter_examples:
            yield "it has no counter-example"
        for number, example in enumerate(self._rule.examples, start=1):
            yield from self._example(f"example {number}", example)
        for number, text in enumerate(self._rule.counter_examples, start=1):
            found = self._scan(text.encode() if isinstance(text, str) else text).findings
            if found:
                yield f"counter-example {number}: found {found[0].redacted}, where nothing should be"
        if isinstance(self._rule, Rule) and self._registry.compile([self._rule.id]).uncovered:
            yield "its pattern has no literal of three bytes and it has no keywords, so that it is tried on every blob"
        yield from self._robustness()

    def _example(self, name: str, example: Example) -> Iterator[str]:
        found = self._scan(example.data).findings
        if len(found) != 1:
            yield f"{name}: found {len(found)} secrets, where there should be one"
        elif found[0].secret != example.secret_bytes:
            yield f"{name}: found {found[0].redacted}, which is not the secret that it names"
        elif example.confidence not in (None, found[0].confidence):
            yield f"{name}: confidence is {found[0].confidence}, not {example.confidence}"

    def _robustness(self) -> Iterator[str]:
        texts = [example.data for example in self._rule.examples]
        for text in (*texts, *(text + b"\n" for text in texts)):
            if text and self._grows_faster_than(text):
                yield "its time grows faster than its input, so that a hostile file could stall a scan"
                break
        for data in _hostile_inputs(texts):
            problems = [problem for problem in self._scan(data).coverage.problems if problem not in self._broken]
            if problems:
                yield f"hostile input: {problems[0].message}"
                break

    def _grows_faster_than(self, text: bytes) -> bool:
        """Whether sixteen times the input takes much more than sixteen times as long, again and again."""
        small = text * (_SMALL // len(text) + 1)
        large = small * _GROWTH
        return all(
            self._seconds(large) > (self._seconds(small) + _NOISE_SECONDS) * _GROWTH * _TOLERANCE for _ in range(_TRIES)
        )

    def _seconds(self, data: bytes) -> float:
        begin = time.thread_time()
        self._scan(data)
        return time.thread_time() - begin

    def _scan(self, data: bytes) -> Report:
        return self._engine.scan(TextSource(data))


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
