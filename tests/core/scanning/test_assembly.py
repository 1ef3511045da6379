"""From hits and places to findings: what is listed, what is counted, and at which place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from beca_core import Commit, Confidence, Finding, Position, RuleInfo, Severity
from beca_core.scanning.assembly import add_fingerprints, assemble
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
        ({"include_paths": ("*.env",)}, ["x/y.env"]),
        ({"exclude_paths": ("x/*",)}, ["z.txt"]),
        ({"include_paths": ("*.env", "*.txt"), "exclude_paths": ("x/*",)}, ["z.txt"]),
    ],
)
def test_a_rule_can_be_bound_to_paths(globs: dict[str, tuple[str, ...]], paths: list[str]) -> None:
    rule = RuleInfo(id="rule", version=1, description="d", severity=Severity.LOW, confidence=Confidence.LOW, **globs)
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
