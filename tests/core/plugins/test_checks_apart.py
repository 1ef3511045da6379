"""What the checks of an installed plugin say crosses the process: reasons, values, severity, and what is not valid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from beca_core import Candidate, Confidence, Match, MatchPart, PluginRegistry, Severity, Step
from beca_core.errors import PluginFailed
from beca_core.plugins.isolation.proxies import _match, _refined
from beca_core.report import ProblemLog
from beca_core.rules.candidate import DropReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.matching.room import Drops

SOURCE = """
    from dataclasses import replace
    from beca_core import (
        Allow, Confidence, Dropped, Match, MatchPart, Near, Part, Rule, RuleInfo, Severity, Variant, hookimpl
    )

    INFO = {"version": 1, "description": "d", "severity": Severity.LOW, "confidence": Confidence.MEDIUM}

    class Judge:
        name = "judge"

        def __call__(self, candidate):
            match candidate.secret:
                case b"key_1111":
                    return Dropped("it has one digit only", "1 of at least 4")
                case b"key_2222":
                    return Dropped("it is key_2222", "x" * 5000)
                case b"key_3333":
                    return Dropped("a\\x1b[31mred\\nreason", "")
                case b"key_4444":
                    return None
                case b"key_5555":
                    return replace(candidate, severity=Severity.CRITICAL)
                case b"key_6666":
                    return "nonsense"
            return candidate

    class Parts:
        rules = (RuleInfo(id="scanned", **INFO),)
        anchors = (b"scan",)

        def scan(self, data):
            yield Match(
                0, 4, "scanned", severity=Severity.HIGH, variant="v",
                parts=(MatchPart("id", 1, 3), MatchPart("user", 2, 3, b"\\xff")), attributes=(("host", "a.example"),),
            )
            yield Match(1, 4, "scanned", parts=(MatchPart("id", 3, 1), MatchPart("user", 1, 2)))

    @hookimpl
    def beca_register_rules():
        return [
            Rule(
                id="judged", pattern="(?P<secret>key_[0-9]{4})", boundary="0-9", checks=(Judge(),),
                near=Near(words=("acme",), within=200), min_entropy=1.0, allow=Allow(values=("key_7777",)),
                parts=(Part(name="id", pattern="ID[0-9]", required=False, confidence=Confidence.LOW),),
                variants=(Variant(name="test", pattern="9$", severity=Severity.INFO),), **INFO,
            )
        ]

    @hookimpl
    def beca_register_scanners():
        return [Parts()]
""".replace("Severity.INFO", "Severity.MEDIUM")
CANDIDATE = Candidate(b"key_1234", 0, 8, Confidence.MEDIUM)


@pytest.fixture
def registry(install: Callable[..., None]) -> PluginRegistry:
    install("judge", SOURCE)
    return PluginRegistry.load()


def test_all_steps_run_in_their_order_around_the_checks_of_an_installed_plugin(registry: PluginRegistry) -> None:
    keys = ["1111", "2222", "3333", "4444", "5555", "6666", "7777", "8889"]
    data = "acme " + " ".join(f"key_{digits}" for digits in keys)
    drops: Drops = []
    log = ProblemLog()
    found = registry.compile(["judged"]).find(data.encode(), log, drops=drops)
    assert [(data[match.begin : match.end], match.severity, match.variant, match.confidence) for match in found] == [
        ("key_5555", Severity.CRITICAL, "", Confidence.LOW),
        ("key_8889", Severity.MEDIUM, "test", Confidence.LOW),
    ]
    assert [reason for _, reason in drops] == [
        DropReason(Step.CHECK, "judge", "it has one digit only", "1 of at least 4"),
        DropReason(Step.CHECK, "judge", "it is not a secret", "x" * 200),
        DropReason(Step.CHECK, "judge", r"a\x1b[31mred\nreason", ""),
        DropReason(Step.CHECK, "judge", "it is not a secret", ""),
        DropReason(Step.ALLOW, "values", "it is a known value that is no secret", ""),
    ]
    assert log.dropped == {Step.CHECK: 4, Step.ALLOW: 1}
    assert [problem.message for problem in log.problems] == ["a check of rule judged raised InvalidRule"]


def test_without_a_word_near_the_process_is_not_asked(registry: PluginRegistry) -> None:
    log = ProblemLog()
    assert registry.compile(["judged"]).find(b"acme" + b"." * 500 + b"key_5556", log) == []
    assert Step.CHECK not in log.dropped
    assert log.problems == ()


def test_parts_and_attributes_of_a_scanner_cross_the_process(registry: PluginRegistry) -> None:
    log = ProblemLog()
    match, other = registry.compile(["scanned"]).find(b"scan", log)
    parts = (MatchPart("id", 1, 3), MatchPart("user", 2, 3, b"\xff"))
    attributes = (("host", "a.example"),)
    assert match == Match(0, 4, "scanned", severity=Severity.HIGH, variant="v", parts=parts, attributes=attributes)
    assert other.parts == (MatchPart("user", 1, 2),)
    assert [problem.message for problem in log.problems] == ["scanner Parts gave a part that is not valid"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        7,
        {},
        {"dropped": 7},
        {"dropped": ["a", "b"]},
        [],
        [0, 8, "HIGH", False],
        [0, 9, "HIGH", False, None],
        [-1, 8, "HIGH", False, None],
        ["0", 8, "HIGH", False, None],
        [0, 8, "high?", False, None],
        [0, 8, "HIGH", 1, None],
        [0, 8, "HIGH", False, "SEVERE"],
    ],
)
def test_an_answer_that_is_not_valid_is_refused(answer: Any) -> None:
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        _refined(CANDIDATE, answer)


def test_what_a_process_says_is_never_trusted() -> None:
    told = _refined(CANDIDATE, {"dropped": [["name"], "because of key_1234", {"a": 1}]})
    assert told == DropReason(Step.CHECK, "", "it is not a secret", "")
    assert isinstance(_refined(CANDIDATE, {"raised": "ValueError"}), PluginFailed)
    plain = [
        0,
        4,
        "r",
        None,
        None,
        [],
        False,
        None,
        "v" * 500,
        [["p" * 500, 0, 1, None]] * 500,
        [["a", "b" * 500]] * 500,
    ]
    match = _match(plain)
    assert match is not None
    assert (len(match.variant), len(match.parts), len(match.attributes)) == (100, 100, 100)
    assert (len(match.parts[0].name), len(match.attributes[0][1])) == (100, 200)
