"""From hits and places to findings: what is listed, what is counted, and at which place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from beca_core import (
    Commit,
    Confidence,
    Finding,
    FindingPart,
    Position,
    Presence,
    Rule,
    RuleInfo,
    Severity,
    Step,
    SupersededRule,
    Suppressed,
    Variant,
)
from beca_core.findings import fingerprint
from beca_core.report import ProblemLog
from beca_core.scanning.results.assembly import add_fingerprints, assemble
from beca_core.sources.contracts import Place
from beca_core.state.hit import Hit

RULE = RuleInfo(id="rule", version=1, description="d", severity=Severity.HIGH, confidence=Confidence.HIGH)


def commit(number: int) -> Commit:
    return Commit(f"{number:040x}", "A <a@example.com>", datetime(2026, 1, number, tzinfo=UTC))


def hit(secret: bytes = b"hunter2", line: int = 1) -> Hit:
    return Hit("rule", Position(line, 1), Position(line, 8), secret, Confidence.HIGH)


def run(hits: dict[str, list[Hit]], places: list[Place], rule: RuleInfo = RULE) -> list[Finding]:
    return assemble(add_fingerprints(hits, b"key"), places, {"rule": rule})


def test_the_same_secret_in_many_versions_is_one_finding() -> None:
    hits = {f"v{n}": [hit(line=n)] for n in range(1, 21)}
    places = [Place(f"v{n}", b"a", in_head=False, commit=commit(n)) for n in range(1, 21)]
    (finding,) = run(hits, places)
    assert finding.occurrences == 20
    assert finding.commit == commit(1)
    assert finding.location.begin.line == 1
    assert not finding.in_head


def test_a_secret_at_head_is_at_its_current_place() -> None:
    hits = {"old": [hit(line=1)], "new": [hit(line=5)]}
    places = [
        Place("old", b"a", in_head=False, commit=commit(1)),
        Place("new", b"a", in_head=True, commit=commit(2)),
    ]
    (finding,) = run(hits, places)
    assert finding.in_head
    assert finding.location.begin.line == 5
    assert finding.commit == commit(1), "the commit that introduced the secret, not the latest edit"
    assert finding.occurrences == 2


def test_every_place_at_head_is_a_finding() -> None:
    hits = {"blob": [hit(line=1), hit(line=9)]}
    places = [Place("blob", b"a"), Place("blob", b"b")]
    found = run(hits, places)
    assert [(f.location.path, f.location.begin.line) for f in found] == [
        ("a", 1),
        ("a", 9),
        ("b", 1),
        ("b", 9),
    ]
    assert len({f.fingerprint for f in found}) == 1
    assert {f.occurrences for f in found} == {1}


def test_two_secrets_gone_from_one_path_are_two_findings() -> None:
    hits = {"v1": [hit(b"first")], "v2": [hit(b"second")]}
    places = [
        Place("v1", b"a", in_head=False, commit=commit(1)),
        Place("v2", b"a", in_head=False, commit=commit(2)),
    ]
    assert {f.commit for f in run(hits, places)} == {commit(1), commit(2)}


@pytest.mark.parametrize(
    ("globs", "paths"),
    [
        (("*.env",), ["x/y.env"]),
        (("!x/*",), ["z.txt"]),
        (("*.env", "*.txt", "!x/*"), ["z.txt"]),
    ],
)
def test_a_rule_can_be_bound_to_paths(globs: tuple[str, ...], paths: list[str]) -> None:
    rule = replace(RULE, paths=globs)
    found = run({"blob": [hit()]}, [Place("blob", b"x/y.env"), Place("blob", b"z.txt")], rule)
    assert [f.location.path for f in found] == paths


def test_two_paths_that_are_shown_alike_are_two_findings() -> None:
    found = run({"blob": [hit()]}, [Place("blob", b"\xff"), Place("blob", rb"\xff")])
    assert sorted(f.location.raw_path or b"" for f in found) == [b"", b"\xff"]
    assert {f.location.path for f in found} == {r"\xff"}


def test_a_secret_in_an_archive_is_reported_in_the_innermost_member() -> None:
    members = [(b"", b"secret"), (b"x.tar", b"secret"), (b"x.tar!f", b"secret"), (b"g", b"other"), (b"", b"third")]
    hits = {"a": [hit(secret)._replace(member=member) for member, secret in members]}
    findings = run(hits, [Place("a", b"a.tar")])
    assert {(found.location.path, found.secret) for found in findings} == {
        ("a.tar!x.tar!f", b"secret"),
        ("a.tar!g", b"other"),
        ("a.tar", b"third"),
    }


GENERIC = replace(RULE, id="generic", confidence=Confidence.LOW)
RULES = {"rule": replace(RULE, supersedes=("generic",)), "generic": GENERIC}


def generic(secret: bytes = b"hunter2", line: int = 1) -> Hit:
    return hit(secret, line)._replace(rule_id="generic")


def of_rules(
    hits: dict[str, list[Hit]], places: list[Place], rules: dict[str, RuleInfo]
) -> tuple[list[Finding], list[Suppressed], dict[str, int]]:
    log, suppressed = ProblemLog(), list[Suppressed]()
    found = assemble(add_fingerprints(hits, b"key"), places, rules, log=log, suppressed=suppressed)
    return found, suppressed, log.dropped


def test_one_secret_of_two_rules_is_one_finding() -> None:
    found, suppressed, counts = of_rules(
        {"blob": [generic(), hit()]}, [Place("blob", b"a"), Place("blob", b"b")], RULES
    )
    other = SupersededRule("generic", fingerprint("generic", b"hunter2", b"key"))
    assert [(each.rule_id, each.location.path, each.superseded) for each in found] == [
        ("rule", "a", (other,)),
        ("rule", "b", (other,)),
    ]
    assert {(each.finding.rule_id, each.step, each.name) for each in suppressed} == {
        ("generic", Step.PRECEDENCE, "rule")
    }
    assert counts == {"precedence": 2}


def test_a_rule_that_does_not_apply_at_a_path_leaves_the_secret_to_others() -> None:
    rules = RULES | {"rule": replace(RULES["rule"], paths=("!tests/",))}
    places = [Place("blob", b"tests/a"), Place("blob", b"a")]
    found, suppressed, counts = of_rules({"blob": [generic(), hit()]}, places, rules)
    assert [(each.rule_id, each.location.path) for each in found] == [("rule", "a"), ("generic", "tests/a")]
    assert sorted((each.finding.rule_id, each.finding.location.path, str(each.step)) for each in suppressed) == [
        ("generic", "a", "precedence"),
        ("rule", "tests/a", "path"),
    ]
    assert counts == {"precedence": 1, "path": 1}


def test_members_of_one_archive_have_paths_of_their_own() -> None:
    rules = {"rule": replace(RULE, paths=("*.env",))}
    hits = {"a": [hit()._replace(member=member) for member in (b"x.env", b"y", b"in.zip!z.env", b"in.zip!z")]}
    found, *_ = of_rules(hits, [Place("a", b"a.zip")], rules)
    assert [each.location.path for each in found] == ["a.zip!in.zip!z.env", "a.zip!x.env"]


def test_what_a_more_specific_rule_has_at_head_is_not_also_removed() -> None:
    """The specific rule sees the secret in the second version only, because of what is around it."""
    hits = {"v1": [generic()], "v2": [generic(), hit()]}
    places = [
        Place("v1", b"a", in_head=False, commit=commit(1), presence=Presence.REMOVED),
        Place("v2", b"a", in_head=True, commit=commit(2)),
    ]
    found, _, counts = of_rules(hits, places, RULES)
    assert [(each.rule_id, each.in_head) for each in found] == [("rule", True)]
    assert counts == {"precedence": 1}
    elsewhere = [replace(places[0], path=b"b"), places[1]]
    assert {(each.rule_id, each.location.path) for each in of_rules(hits, elsewhere, RULES)[0]} == {
        ("generic", "b"),
        ("rule", "a"),
    }


def test_fingerprints_are_made_with_the_oldest_id() -> None:
    (found,) = add_fingerprints({"blob": [hit()]}, b"key", {"rule": "old"})["blob"]
    assert found.fingerprint == fingerprint("old", b"hunter2", b"key")


def test_a_finding_has_what_the_match_and_the_rule_say() -> None:
    part = FindingPart("key-id", Position(1, 1), Position(1, 4), "abc", public=True)
    rule = Rule(
        id="rule",
        version=1,
        description="A key",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern="(?P<secret>x)",
        provider="ACME",
        category="cloud",
        tags=("a", "b"),
        variants=(Variant(name="test", pattern="t", description="A test key"), Variant(name="live", pattern="l")),
    )
    rich = hit()._replace(severity=Severity.LOW, variant="test", parts=(part,), attributes=(("region", "eu"),))
    found, plain = run({"blob": [rich, hit(line=2)._replace(variant="live")]}, [Place("blob", b"a")], rule)
    assert (found.severity, found.variant, found.description) == (Severity.LOW, "test", "A test key")
    assert (found.parts, found.attributes) == ((part,), (("region", "eu"),))
    assert (found.provider, found.category, found.tags) == ("ACME", "cloud", ("a", "b"))
    assert (plain.severity, plain.variant, plain.description) == (Severity.HIGH, "live", "A key")
