"""One test for each hook, named after it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from beca_core import (
    Confidence,
    Engine,
    Finding,
    Match,
    PluginRegistry,
    Report,
    Reporter,
    Rule,
    RuleInfo,
    Scanner,
    Severity,
    hookimpl,
)
from beca_core.plugins import hookspecs
from beca_core.sources.texts import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

WORD = Rule(
    id="word",
    version=2,
    description="A word",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    pattern=r"\b(?P<secret>swordfish[0-9]?)\b",
)


class Palindromes:
    """A scanner: a pattern cannot describe a palindrome."""

    rules = (RuleInfo(id="palindrome", version=1, description="P", severity=Severity.LOW, confidence=Confidence.LOW),)
    anchors = (b"level", b"radar")

    def scan(self, data: bytes) -> Iterator[Match]:
        at = 0
        for word in data.split(b" "):
            if len(word) > 2 and word == word[::-1]:
                yield Match(at, at + len(word), "palindrome", Confidence.HIGH)
            at += len(word) + 1


class Count:
    """A reporter."""

    name = "count"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        stream.write(f"{len(report.findings)} {redact}\n")


def registry(hook: str, *items: object) -> PluginRegistry:
    """Return a registry with the rule `word` and the items that a plugin registers through one hook."""

    class Words:
        @hookimpl
        def beca_register_rules(self) -> list[Rule]:
            return [WORD]

    plugin: Any = type("Plugin", (), {hook: hookimpl(_returning(items))})
    built = PluginRegistry()
    if hook != "beca_register_rules":
        built.register(Words(), "words")
    built.register(plugin(), "plugin")
    assert built.problems == ()
    return built


def _returning(items: tuple[object, ...]) -> Callable[[object], tuple[object, ...]]:
    return lambda _self: items


def scan(built: PluginRegistry, text: str) -> list[tuple[str, bytes, Confidence]]:
    return [(found.rule_id, found.secret, found.confidence) for found in Engine(built).scan_text(text)]


def test_beca_register_rules() -> None:
    built = registry("beca_register_rules", WORD)
    assert built.rules == {"word": WORD}
    assert built.owner("word") == "plugin"
    assert scan(built, "a swordfish") == [("word", b"swordfish", Confidence.MEDIUM)]


def test_beca_register_scanners() -> None:
    assert isinstance(Palindromes(), Scanner)
    built = registry("beca_register_scanners", Palindromes())
    assert list(built.rules) == ["palindrome", "word"]
    assert scan(built, "the radar of otto") == [
        ("palindrome", b"radar", Confidence.HIGH),
        ("palindrome", b"otto", Confidence.HIGH),
    ]
    assert scan(built, "otto without an anchor") == []


def test_beca_register_filters() -> None:
    def keep(finding: Finding) -> bool:
        return not finding.secret.endswith(b"1")

    def fail(finding: Finding) -> bool:
        raise OSError

    built = registry("beca_register_filters", fail, keep)
    report = Engine(built).scan(TextSource(b"swordfish1 swordfish2"))
    assert [found.secret for found in report.findings] == [b"swordfish2"]
    assert [(problem.plugin, problem.count) for problem in report.coverage.problems] == [("plugin", 2)]


def test_beca_register_reporters() -> None:
    assert isinstance(Count(), Reporter)
    built = registry("beca_register_reporters", Count())
    stream = io.StringIO()
    built.reporters["count"].write(Engine(built).scan(TextSource(b"swordfish")), stream, redact=True)
    assert stream.getvalue() == "1 True\n"


def test_every_hook_has_a_test_of_its_name_and_a_sentence() -> None:
    hooks = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("beca_")}
    assert {f"test_{name}" for name in hooks} <= globals().keys()
    assert all(spec.__doc__ for spec in hooks.values())
