"""Rule sets: which rules and scanners run on a blob, which failures are contained, and which matches are returned."""

from __future__ import annotations

import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Match, PluginRegistry, Rule, RuleInfo, Severity, hookimpl
from beca_core.report import ProblemLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from beca_core.matching.ruleset import RuleSet

INFO: dict[str, Any] = {"version": 1, "description": "A word", "severity": Severity.LOW, "confidence": Confidence.LOW}
WORD = Rule(id="word", pattern=r"\b(?P<secret>swordfish)\b", **INFO)


class Anchored:
    """A scanner that reports its anchors, and records its calls."""

    def __init__(self, *anchors: bytes, name: str = "anchored") -> None:
        self.anchors = anchors
        self.rules = (RuleInfo(id=name, **INFO),)
        self.calls: list[bytes] = []

    def scan(self, data: bytes) -> Iterable[Match]:
        self.calls.append(data)
        return [
            Match(data.index(anchor), data.index(anchor) + len(anchor), self.rules[0].id)
            for anchor in self.anchors
            if anchor in data
        ]


class Scripted(Anchored):
    """A scanner that runs a function."""

    def __init__(self, script: Callable[[bytes], Iterable[Any]]) -> None:
        super().__init__(name="scripted")
        self.script = script

    def scan(self, data: bytes) -> Iterable[Match]:
        return self.script(data)


class Things:
    """A plugin with some rules and scanners."""

    def __init__(self, *things: Rule | Anchored) -> None:
        self.things = things

    @hookimpl
    def beca_register_rules(self) -> list[Rule]:
        return [thing for thing in self.things if isinstance(thing, Rule)]

    @hookimpl
    def beca_register_scanners(self) -> list[Anchored]:
        return [thing for thing in self.things if isinstance(thing, Anchored)]


def registry_of(*things: Rule | Anchored) -> PluginRegistry:
    registry = PluginRegistry()
    assert registry.register(Things(*things), "things").problems == []
    return registry


def rule_set_of(*things: Rule | Anchored) -> RuleSet:
    return registry_of(*things).compile()


def found(rule_set: RuleSet, data: bytes, log: ProblemLog | None = None) -> list[tuple[str, bytes]]:
    return [(match.rule_id, data[match.begin : match.end]) for match in rule_set.find(data, log or ProblemLog())]


def raise_exit(_: bytes) -> Iterable[Match]:
    raise SystemExit(3)


def test_rules_and_scanners_run_on_a_blob_and_matches_are_sorted() -> None:
    rule_set = rule_set_of(WORD, Anchored(b"AKIA", b"zz"))
    assert found(rule_set, b"zz swordfish AKIA") == [("anchored", b"zz"), ("word", b"swordfish"), ("anchored", b"AKIA")]
    assert found(rule_set, b"nothing") == []
    assert found(rule_set, b"") == []


@pytest.mark.parametrize("size", [0, 1, 5000, 20_000])
def test_a_scanner_is_called_once_for_each_blob_that_holds_an_anchor(size: int) -> None:
    scanner = Anchored(b"AKIA", b"ASIA")
    rule_set = rule_set_of(WORD, scanner)
    blobs = [b"." * size + end for end in (b"AKIA AKIA ASIA", b"AKIA", b"akia", b"AKI", b"swordfish", b"ASIA.")]
    for blob in blobs:
        rule_set.find(blob, ProblemLog())
    assert scanner.calls == [blobs[0], blobs[1], blobs[5]]


def test_a_scanner_without_anchors_runs_on_every_blob_that_is_not_empty() -> None:
    scanner = Anchored()
    rule_set = rule_set_of(WORD, scanner)
    for blob in (b"any", b"", b"swordfish"):
        rule_set.find(blob, ProblemLog())
    assert scanner.calls == [b"any", b"swordfish"]


@pytest.mark.slow
@given(st.binary(max_size=40), st.sets(st.binary(min_size=1, max_size=4), min_size=1, max_size=3))
def test_a_scanner_is_called_only_for_blobs_with_one_of_its_anchors(data: bytes, anchors: set[bytes]) -> None:
    for blob in (data, *(data + anchor for anchor in anchors), *(anchor + data for anchor in anchors)):
        scanner = Anchored(*anchors)
        rule_set_of(scanner).find(blob, ProblemLog())
        assert scanner.calls == [blob] * any(anchor in blob for anchor in anchors)


def test_rules_that_read_every_blob_are_named_without_scanners() -> None:
    every_blob = dataclasses.replace(WORD, id="digits", pattern="(?P<secret>[0-9]{9})")
    assert rule_set_of(WORD, every_blob, Anchored()).uncovered == (every_blob,)


def test_duplicate_matches_are_returned_once() -> None:
    twice = Scripted(lambda _: [Match(0, 3, "scripted"), Match(0, 3, "scripted"), Match(0, 2, "scripted")])
    assert found(rule_set_of(twice), b"abc") == [("scripted", b"ab"), ("scripted", b"abc")]


def test_matches_that_decode_to_different_secrets_are_kept() -> None:
    seen = [Match(0, 3, "scripted", secret=b"x", decodings=("hex",)), Match(0, 3, "scripted", secret=b"y")]
    assert rule_set_of(Scripted(lambda _: seen)).find(b"abc", ProblemLog()) == seen


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (lambda _: [1 / 0], "scanner Scripted raised ZeroDivisionError"),
        (raise_exit, "scanner Scripted raised SystemExit"),
        (lambda _: None, "scanner Scripted raised TypeError"),
        (lambda _: ["match"], "scanner Scripted gave a match that is not valid"),
        (lambda _: [Match(0, 1, "word")], "scanner Scripted gave a match that is not valid"),
        (lambda _: [Match(-1, 1, "scripted")], "scanner Scripted gave a match that is not valid"),
        (lambda _: [Match(1, 1, "scripted")], "scanner Scripted gave a match that is not valid"),
        (lambda data: [Match(0, len(data) + 1, "scripted")], "scanner Scripted gave a match that is not valid"),
    ],
)
def test_a_scanner_that_fails_loses_its_matches_and_is_named(
    script: Callable[[bytes], Iterable[Any]], message: str
) -> None:
    rule_set, log = rule_set_of(WORD, Scripted(script), Anchored(b"fish")), ProblemLog()
    for _ in range(2):
        assert found(rule_set, b"swordfish", log) == [("word", b"swordfish"), ("anchored", b"fish")]
    assert [(problem.plugin, problem.message, problem.count) for problem in log.problems] == [("things", message, 2)]


def test_a_check_that_fails_loses_its_match_and_names_its_rule() -> None:
    def fail(candidate: Candidate) -> Candidate:
        raise ValueError(candidate.secret)

    log = ProblemLog()
    failing = dataclasses.replace(WORD, id="failing", checks=(fail,))
    assert found(rule_set_of(WORD, failing), b"swordfish", log) == [("word", b"swordfish")]
    assert [problem.message for problem in log.problems] == ["a check of rule failing raised ValueError"]


def test_only_selected_rules_take_part() -> None:
    scanner, other = Anchored(b"AKIA"), Anchored(b"AKIA", name="other")
    rule_set = registry_of(WORD, scanner, other).compile({"other"})
    assert set(rule_set.rules) == {"other"}
    assert found(rule_set, b"swordfish AKIA") == [("other", b"AKIA")]
    assert scanner.calls == []


def test_an_empty_selection_finds_nothing() -> None:
    assert found(registry_of(WORD, Anchored(b"AKIA")).compile(()), b"swordfish AKIA") == []


def test_the_cache_does_not_change_the_matches(tmp_path: Path) -> None:
    things, data = (WORD, Anchored(b"AKIA")), b"swordfish AKIA"
    cached = PluginRegistry(cache_dir=tmp_path / "cache").with_rules(things)
    for _ in range(2):
        assert found(cached.compile(), data) == found(registry_of(*things).compile(), data) != []
        assert len(list((tmp_path / "cache").iterdir())) == 2, "the patterns, and the database"


def test_threads_share_a_rule_set() -> None:
    rule_set = rule_set_of(WORD, Anchored(b"AKIA"))
    blobs = [b"." * (number % 9000) + b"\nswordfish\n" * (number % 3) + b"AKIA" * (number % 2) for number in range(400)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda blob: found(rule_set, blob), blobs)) == [found(rule_set, blob) for blob in blobs]


def test_logs_are_added_up_and_can_be_pickled() -> None:
    one, other = ProblemLog(), ProblemLog()
    one.add("plugin", "a thing", ValueError("secret"))
    other.add("plugin", "a thing", ValueError())
    other.add("another", "it is broken")
    one.update(pickle.loads(pickle.dumps(other)))  # noqa: S301
    assert [(problem.plugin, problem.message, problem.count) for problem in one.problems] == [
        ("another", "it is broken", 1),
        ("plugin", "a thing raised ValueError", 2),
    ]
