"""The costs of rules: counted where that is asked for, and named in every scan if they are high."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from beca_core import Engine, PluginRegistry, Rule
from beca_core.matching import rule_costs
from beca_core.matching.rule_costs import RuleCost, RuleCosts, costly, drops_in
from beca_core.report import ProblemLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.matching.ruleset import RuleSet
    from beca_core.rules.candidate import Candidate

    MakeRule = Callable[..., Rule]


SECOND = 10**9


@pytest.fixture
def rule_set(make_rule: MakeRule) -> RuleSet:
    rules = [make_rule("(?P<secret>alpha[0-9]+)", id="alpha"), make_rule("(?P<secret>beta[0-9]+)", id="beta")]
    return PluginRegistry(cache_dir=False).with_rules(rules).compile()


def test_costs_are_counted_by_rule(rule_set: RuleSet) -> None:
    rule_set.costs = RuleCosts()
    for text in (b"alpha1 alpha2" + b" " * 100 + b"alpha3", b"alpha4", b"nothing", b"beta1 alpha\n"):
        rule_set.find(text, ProblemLog())
    alpha, beta = rule_set.costs.by_rule["alpha"], rule_set.costs.by_rule["beta"]
    assert (alpha.sightings, alpha.confirmations, alpha.matches) == (3, 2, 4)
    assert (beta.sightings, beta.confirmations, beta.matches) == (1, 1, 1)
    assert min(alpha.nanoseconds, beta.nanoseconds) > 0


def test_nothing_is_counted_unless_asked_for(rule_set: RuleSet) -> None:
    rule_set.find(b"alpha1", ProblemLog())
    assert rule_set.costs is None


def test_waiting_costs_a_rule_nothing(make_rule: MakeRule) -> None:
    """So a busy machine makes no rule look expensive."""

    def wait(candidate: Candidate) -> Candidate:
        time.sleep(0.2)
        return candidate

    rule = make_rule("(?P<secret>alpha[0-9]+)", id="alpha", checks=(wait,))
    log = ProblemLog()
    assert PluginRegistry(cache_dir=False).with_rules([rule]).compile().find(b"alpha1", log)
    assert 0 < log.nanoseconds["alpha"] < SECOND // 10


def test_the_most_expensive_rule_comes_first() -> None:
    costs = RuleCosts()
    costs.add("cheap", 1, 0, 0, 5)
    costs.add("dear", 2, 1, 3, 90)
    costs.add("dear", 1, 0, 1, 10)
    assert costs.ranked() == [("dear", RuleCost(3, 2, 1, 4, 100)), ("cheap", RuleCost(1, 1, 0, 0, 5))]


def test_drops_are_those_that_a_log_has_counted() -> None:
    assert drops_in(SimpleNamespace(dropped={"a": 2, "b": 3})) == 5  # type: ignore[arg-type]
    assert drops_in(SimpleNamespace()) == 0  # type: ignore[arg-type]


def test_a_rule_over_its_budget_is_named_with_its_seconds() -> None:
    assert costly({"quick": 29 * SECOND, "slow": 31 * SECOND, "slower": 90 * SECOND}) == {"slow": 31, "slower": 90}


def test_the_times_of_processes_add_up(rule_set: RuleSet) -> None:
    first, second = ProblemLog(), ProblemLog()
    rule_set.find(b"alpha1", first)
    rule_set.find(b"alpha1 beta1", second)
    alone = first.nanoseconds["alpha"]
    first.update(second)
    assert first.nanoseconds["alpha"] == alone + second.nanoseconds["alpha"]
    assert first.nanoseconds.keys() == {"alpha", "beta"}


def test_a_rule_that_takes_too_long_is_named_in_the_coverage_and_goes_on(
    make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_costs, "BUDGET_SECONDS", -1.0)
    rules = [make_rule("(?P<secret>alpha[0-9]+)", id="alpha"), make_rule("(?P<secret>beta[0-9]+)", id="beta")]
    report = Engine(rules=rules, cache_dir=False).scan_bytes(b"alpha1 alpha2")
    assert len(report.findings) == 2
    assert report.coverage.complete
    assert report.coverage.costly == report.coverage.to_dict()["costly"] == {"alpha": 0}
