"""The kit for plugin authors: it passes correct plugins, and reports what is wrong with the others."""

from __future__ import annotations

import dataclasses
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import Candidate, Confidence, Example, Match, PluginRegistry, Rule, RuleInfo, Severity, hookimpl
from beca_core.errors import InvalidInput
from beca_core.report import ProblemLog
from beca_core.testing import assert_plugin, prove, prove_rule, random_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "acme_" + random_text("0123456789abcdef", 32)

SOUND = Rule(
    id="acme-token",
    version=1,
    description="ACME internal token",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>acme_[0-9a-f]{32})\b",
    examples=(Example(f"token = {TOKEN}", secret=TOKEN, confidence=Confidence.HIGH),),
    counter_examples=("acme_readme",),
)


class Plugin:
    """A plugin that registers what it is given."""

    def __init__(self, *rules: Rule, scanners: tuple[Any, ...] = ()) -> None:
        self.rules = rules
        self.scanners = scanners

    @hookimpl
    def beca_register_rules(self) -> tuple[Rule, ...]:
        return self.rules

    @hookimpl
    def beca_register_scanners(self) -> tuple[Any, ...]:
        return self.scanners


def failures(**changes: Any) -> list[str]:
    rule = dataclasses.replace(SOUND, **changes)
    registry = PluginRegistry()
    registry.register(Plugin(rule), "acme")
    return prove_rule(registry.rules[rule.id], registry)


def drop_bytes_that_are_not_ascii(candidate: Candidate) -> Candidate | None:
    candidate.data.decode("ascii")
    return candidate


def take_quadratic_time(candidate: Candidate) -> Candidate | None:
    return candidate if all(sum(candidate.data) for _ in range(3)) else None


def test_a_sound_plugin_passes() -> None:
    assert_plugin(Plugin(SOUND))
    assert failures() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"examples": ()}, "it has no example"),
        ({"counter_examples": ()}, "it has no counter-example"),
        ({"examples": (Example("nothing", secret="x"),)}, "example 1: found 0 secrets"),
        ({"examples": (Example(f"{TOKEN} {TOKEN[:-1]}0", secret=TOKEN),)}, "example 1: found 2 secrets"),
        ({"examples": (Example(f"token = {TOKEN}", secret=TOKEN[:-1]),)}, "which is not the secret that it names"),
        ({"examples": (Example(TOKEN, secret=TOKEN, confidence=Confidence.LOW),)}, "confidence is HIGH, not LOW"),
        ({"counter_examples": ("acme_", f"x={TOKEN}")}, "counter-example 2: found acme...(37)"),
        ({"checks": (drop_bytes_that_are_not_ascii,)}, "hostile input: a check of rule acme-token raised"),
        ({"checks": (take_quadratic_time,)}, "its time grows faster than its input"),
        ({"pattern": r"\b(?P<secret>\w+_[0-9a-f]{32})\b"}, "no literal of three bytes and it has no keywords"),
    ],
)
def test_a_failure_is_reported(changes: dict[str, Any], message: str) -> None:
    assert any(message in failure for failure in failures(**changes)), failures(**changes)


def test_a_plugin_with_problems_fails_with_all_of_them() -> None:
    twice = dataclasses.replace(SOUND, version=2)
    with pytest.raises(AssertionError, match=r"my-plugin: Rule 'acme-token' is not loaded"):
        assert_plugin(Plugin(SOUND, twice), "my-plugin")


class WordScanner:
    """Finds a word, without any pattern."""

    anchors = (b"xyzzy",)
    rules = (
        RuleInfo(
            id="magic-word",
            version=1,
            description="A word",
            severity=Severity.LOW,
            confidence=Confidence.LOW,
            examples=(Example("say xyzzy now", secret="xyzzy"),),
            counter_examples=("say please",),
        ),
    )

    def scan(self, data: bytes) -> Iterator[Match]:
        at = data.find(b"xyzzy")
        while at >= 0:
            yield Match(at, at + 5, "magic-word")
            at = data.find(b"xyzzy", at + 1)


def test_scanners_are_tested_like_rules() -> None:
    assert_plugin(Plugin(scanners=(WordScanner(),)))


def test_rules_can_be_chosen() -> None:
    registry = PluginRegistry()
    registry.register(Plugin(SOUND, scanners=(WordScanner(),)), "acme")
    assert prove(registry) == {"acme-token": [], "magic-word": []}
    assert prove(registry, ["magic-word"]) == {"magic-word": []}
    with pytest.raises(InvalidInput, match="Did you mean magic-word"):
        prove(registry, ["magic-wrod"])


def test_proving_rules_leaves_the_cache_of_scans_alone(tmp_path: Path) -> None:
    registry = PluginRegistry(cache_dir=tmp_path)
    registry.register(Plugin(SOUND), "acme")
    prove(registry)
    assert not list(tmp_path.glob("*.hsdb"))
    registry.compile().find(b"x", ProblemLog())
    assert list(tmp_path.glob("*.hsdb"))


def test_random_text_is_the_same_everywhere() -> None:
    assert random_text("ab", 8) == random_text("ab", 8)
    assert random_text("ab", 40, seed=1) != random_text("ab", 40, seed=2)
    assert set(random_text("ab", 400)) == {"a", "b"}
    assert random_text("a", 0) == ""
    with pytest.raises(ValueError, match="alphabet"):
        random_text("", 1)


class Thorough:
    """A scanner whose time is linear, and long: a minute of work for a MB that is full of its secrets."""

    rules = (
        RuleInfo(
            id="thorough",
            version=1,
            description="A word",
            severity=Severity.LOW,
            confidence=Confidence.LOW,
            examples=(Example("\n" * 50 + "fish17", secret="fish17"),),
            counter_examples=("bird",),
        ),
    )
    anchors = (b"fish",)

    def scan(self, data: bytes) -> Iterator[Match]:
        for found in re.finditer(b"fish[0-9]+", data):
            end = time.thread_time() + 60e-6 * len(b"fish17 ")
            while time.thread_time() < end:
                pass
            yield Match(*found.span(), "thorough")


def test_time_that_is_linear_and_too_long_is_reported() -> None:
    registry = PluginRegistry(cache_dir=False)
    assert registry.register(Plugin(scanners=(Thorough(),)), "acme").problems == []
    (failure,) = prove_rule(registry.rules["thorough"], registry)
    assert re.fullmatch(r"it takes [0-9.]+ s for a MB of text like its examples; 4 s are allowed", failure)


def test_a_slower_machine_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.testing.robustness._fixed_work", lambda: 1.0)
    registry = PluginRegistry(cache_dir=False)
    registry.register(Plugin(scanners=(Thorough(),)), "acme")
    assert prove_rule(registry.rules["thorough"], registry) == []
