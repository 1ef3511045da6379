"""What is registered is checked one by one: one bad item loses nothing else, and everything bad is named."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import Confidence, Engine, Match, PluginRegistry, Report, Rule, RuleInfo, Severity, hookimpl
from beca_core.errors import InvalidRule
from beca_core.plugins import hookspecs
from beca_core.plugins.registration import MAX_PLUGIN_NAME, ProblemList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core import Plugin

META: dict[str, Any] = {
    "version": 1,
    "description": "d",
    "severity": Severity.LOW,
    "confidence": Confidence.LOW,
}


def rule(rule_id: str = "mine", **changes: Any) -> Rule:
    return Rule(**(META | {"id": rule_id, "pattern": f"(?P<secret>{rule_id})"} | changes))


def info(rule_id: str = "scanned", **changes: Any) -> RuleInfo:
    return RuleInfo(**(META | {"id": rule_id} | changes))


class FixedScanner:
    """A scanner that finds nothing."""

    def __init__(self, *rules: Any, anchors: Any = (b"anchor",)) -> None:
        self.rules = rules
        self.anchors = anchors

    def scan(self, data: bytes) -> Iterator[Match]:
        yield from ()


def register(**hooks: Callable[[Any], Any]) -> Plugin:
    plugin = type("UnderTest", (), {f"beca_register_{name}": hookimpl(hook) for name, hook in hooks.items()})
    return PluginRegistry(cache_dir=False).register(plugin(), "under-test")


def test_one_bad_rule_in_a_generator_does_not_lose_the_others() -> None:
    def rules(_self: object) -> Iterator[Rule]:
        for number in range(400):
            yield rule(f"rule-{number}", **({"keywords": "abc", "version": 0} if number == 7 else {}))

    plugin = register(rules=rules)
    assert len(plugin.rules) == 399
    (problem,) = plugin.problems
    assert problem.startswith("Rule 'rule-7': version must be from 1 ")
    assert "keywords must be a tuple of str, not str." in problem


@pytest.mark.parametrize("error", [OSError("gone"), SystemExit(3), RecursionError("deep"), GeneratorExit()])
def test_an_iterator_that_raises_half_way_keeps_what_came_before_and_says_so(error: BaseException) -> None:
    def rules(_self: object) -> Iterator[Rule]:
        yield rule("first")
        yield rule("second", version=0)
        raise error

    plugin = register(rules=rules)
    assert plugin.rule_ids == ["first"]
    assert len(plugin.problems) == 2
    assert plugin.problems[1].startswith(
        f"beca_register_rules failed after 2 items, which are kept: {type(error).__name__}"
    )


def test_one_bad_scanner_does_not_lose_the_others() -> None:
    class Raising(FixedScanner):
        rules = property(lambda _self: 1 / 0, lambda _self, _value: None)  # type: ignore[assignment]

    class Exiting(FixedScanner):
        anchors = property(lambda _self: exit(), lambda _self, _value: None)  # type: ignore[assignment]

    scanners = [
        Raising(),
        FixedScanner(info("first")),
        Exiting(info("second")),
        FixedScanner(info("third", description=""), info("fourth", description="")),
        FixedScanner(info("fifth"), info("fifth")),
        FixedScanner(info("sixth"), anchors=b"anchor"),
        FixedScanner(info("seventh"), anchors=(b"",)),
        FixedScanner("eighth"),
        FixedScanner(info("ninth")),
    ]
    plugin = register(scanners=lambda _self: scanners)
    assert plugin.rule_ids == ["first", "ninth"]
    assert plugin.problems == [
        "Scanner Raising: rules cannot be read: it raised ZeroDivisionError.",
        "Scanner Exiting: anchors cannot be read: it raised SystemExit.",
        "Scanner FixedScanner: Rule 'third': description is empty. Rule 'fourth': description is empty.",
        "Scanner FixedScanner: rules has two rules of one id.",
        'Scanner FixedScanner: anchors must be a tuple of bytes, not bytes. Write anchors = (b"word",).',
        'Scanner FixedScanner: anchors item 1 is empty. Write anchors = (b"word",).',
        "Scanner FixedScanner: rules item 1 must be a RuleInfo, not str. Write rules = (RuleInfo(...),).",
    ]


def test_an_engine_refuses_a_rule_or_scanner_that_breaks_the_contract() -> None:
    with pytest.raises(InvalidRule, match=r"Rule 'mine': keywords must be a tuple of str, not str"):
        Engine(rules=[rule(keywords="abc")])
    with pytest.raises(InvalidRule, match=r"Scanner FixedScanner: Rule 'scanned': version must be"):
        Engine(rules=[FixedScanner(info(version=0))])


NOTHING = "it registers nothing: does it mark its functions with @beca_core.hookimpl?"
UNMARKED = "beca_register_rules is not a function marked with @beca_core.hookimpl, so it is not called"


def module(**members: object) -> ModuleType:
    made = ModuleType("under_test")
    vars(made).update(members)
    return made


def rules_without_mark() -> list[Rule]:
    return [rule()]


@pytest.mark.parametrize(
    ("members", "problems"),
    [
        ({}, [NOTHING]),
        ({"register_rules": rules_without_mark}, [NOTHING]),
        ({"beca_register_rules": rules_without_mark}, [UNMARKED]),
        ({"beca_register_rules": [rule()]}, [NOTHING]),
        (vars(hookspecs), [NOTHING]),
        (
            {"beca_register_rules": rules_without_mark, "beca_register_filters": hookimpl(lambda: ())},
            [UNMARKED],
        ),
        ({"beca_register_rules": hookimpl(lambda: ())}, []),
        ({"beca_register_rules": hookimpl(lambda: iter(()))}, []),
    ],
)
def test_a_plugin_that_registers_nothing_is_named(members: dict[str, object], problems: list[str]) -> None:
    plugin = PluginRegistry(cache_dir=False).register(module(**members), "under-test")
    assert plugin.problems == problems
    assert plugin.rules == []


def test_a_plugin_without_a_hook_makes_a_scan_incomplete() -> None:
    registry = PluginRegistry(cache_dir=False)
    registry.register(module(beca_register_rules=rules_without_mark), "under-test")
    report: Report = Engine(registry, rules=[rule("other")]).scan_bytes(b"other")
    assert [problem.plugin for problem in report.coverage.problems] == ["under-test"]


def test_problems_are_printable_and_bounded_in_length_and_number() -> None:
    def rules(_self: object) -> Iterator[Any]:
        for _ in range(1_000):
            yield type("\x1b[31m\u202e" * 1_000, (), {})()

    plugin = register(rules=rules)
    assert len(plugin.problems) == 101
    assert plugin.problems[-1] == "problems that are not listed: 900"
    assert all(problem.isprintable() and len(problem) <= 2_000 for problem in plugin.problems)


def test_the_list_of_problems_counts_on() -> None:
    problems = ProblemList()
    for number in range(150):
        problems.append(f"{number} \ud800")
    assert problems[99:] == ["99 \\ud800", "problems that are not listed: 50"]


def test_the_name_of_a_plugin_has_a_limit() -> None:
    registry = PluginRegistry(cache_dir=False)
    plugin = registry.register(module(beca_register_rules=hookimpl(lambda: [rule()])), "x" * 256)
    assert plugin.problems == [f"not loaded: its name has more than {MAX_PLUGIN_NAME} characters"]
    assert registry.rules == {}


@pytest.mark.parametrize("name", [7, "", "x" * 65, None])
def test_the_name_of_a_format_is_a_short_text(name: Any) -> None:
    class Format:
        def write(self, report: Report, stream: Any, *, redact: bool) -> None:
            pass

    Format.name = name  # type: ignore[attr-defined]
    plugin = register(reporters=lambda _self: [Format()])
    assert plugin.problems == ["Reporter Format: name must be a str of 1 to 64 characters."]


def test_rules_that_the_prefilter_cannot_cover_are_warnings() -> None:
    covered = [rule("card", keywords=("card",), pattern="(?P<secret>[0-9]{9})"), rule("literal")]
    uncovered = [
        rule("no-word", pattern="(?P<secret>[0-9]{9})"),
        rule("short-word", pattern="(?P<secret>[0-9]{9})", keywords=("ab", "long")),
    ]
    registry = PluginRegistry(cache_dir=False)
    plugin = registry.register(module(beca_register_rules=hookimpl(lambda: covered + uncovered)), "under-test")
    assert plugin.problems == []
    assert plugin.uncovered == ["no-word", "short-word"] == [found.id for found in registry.compile().uncovered]
    assert [warning.message for warning in registry.warnings] == [
        f"rule {rule_id} is tried on every content: no three bytes to look for in pattern or keywords"
        for rule_id in plugin.uncovered
    ]
    assert Engine(registry).scan_bytes(b"123456789").coverage.complete
