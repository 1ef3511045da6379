"""Why a rule finds something in a text, or does not."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from beca_core import (
    Allow,
    Candidate,
    Confidence,
    Dropped,
    Engine,
    Explanation,
    Match,
    Near,
    Part,
    PluginRegistry,
    Position,
    Rule,
    RuleInfo,
    Severity,
    Side,
    Step,
    StepOutcome,
    Variant,
    checks,
    explain,
    random_text,
)
from beca_core.errors import InvalidInput, InvalidRule

HEX = random_text("0123456789abcdef", 32, "explained")
TOKEN = f"acme_{HEX}"
INFO: dict[str, Any] = {
    "version": 1,
    "description": "d",
    "severity": Severity.HIGH,
    "confidence": Confidence.MEDIUM,
}


def _rule(pattern: str | tuple[str, ...] = "(?P<secret>acme_[0-9a-f]{32})", **fields: Any) -> Rule:
    return Rule(**{"id": "acme", "pattern": pattern} | INFO | fields)


def _explained(rule: Rule, data: str | bytes, **options: Any) -> Explanation:
    return explain(rule, data, **options)


def _dropped(found: Explanation) -> list[tuple[Step, str]]:
    return [
        (step.step, step.name)
        for candidate in found.candidates
        for step in candidate.steps
        if step.outcome in (StepOutcome.DROPPED, StepOutcome.FAILED)
    ]


def test_what_is_found_is_explained() -> None:
    found = _explained(_rule(boundary="0-9a-z_", min_entropy=2.0), f"x = 1\ntoken = {TOKEN}\n")
    assert (found.rule_id, found.located_by, found.sighting_count) == ("acme", "pattern", 1)
    assert [(each.literal, each.position) for each in found.sightings] == [("acme_", Position(2, 9))]
    assert [verdict.matches for verdict in found.patterns] == [1]
    (candidate,) = found.found
    assert (candidate.begin, candidate.end) == (Position(2, 9), Position(2, 9 + len(TOKEN)))
    assert [(step.step, step.outcome) for step in candidate.steps] == [
        (Step.BOUNDARY, StepOutcome.KEPT),
        (Step.ENTROPY, StepOutcome.KEPT),
    ]
    assert candidate.steps[1].value.endswith(" of at least 2")
    assert (candidate.confidence, candidate.severity) == (Confidence.MEDIUM, Severity.HIGH)


@pytest.mark.parametrize(
    ("pattern", "unencoded"),
    [
        ("(?P<secret>acme_[0-9a-f]{32})", ()),
        ("(?P<secret>sk-[0-9a-f]{32})", ("sk-",)),
        ("(?P<secret>(?:password|acme_|ak-)[0-9a-f]{32})", ("ak-", "password")),
    ],
)
def test_literals_that_are_not_looked_for_in_encoded_text_are_named(pattern: str, unencoded: tuple[str, ...]) -> None:
    found = _explained(_rule(pattern), "x")
    assert found.unencoded == unencoded
    assert found.to_dict()["unencoded"] == list(unencoded)
    for literal in ("acme_", "sk-", "password", "ak-"):  # it is true of scans
        if literal in pattern:
            text = base64.b64encode(f"{literal}{HEX}".encode()).decode()
            is_found = bool(Engine(rules=[_rule(pattern)], cache_dir=False).scan_text(text))
            assert is_found is (literal not in unencoded)


def test_a_pattern_that_does_not_match_says_how_far_it_comes() -> None:
    found = _explained(_rule(), f"\nacme_{HEX[:12]}!")
    (verdict,) = found.patterns
    assert (verdict.matches, verdict.reached, verdict.wanted) == (0, "(?P<secret>acme_", "[0-9a-f]{32}")
    assert (verdict.repeated, verdict.position) == ("12 of at least 32", Position(2, 18))
    assert found.sighting_count == 1
    assert found.candidate_count == 0


def test_a_pattern_that_matches_but_for_its_boundary_says_so() -> None:
    found = _explained(_rule(boundary="0-9a-z_"), f"token = {TOKEN}0")
    (verdict,) = found.patterns
    assert (verdict.matches, verdict.reached, verdict.wanted) == (0, found.patterns[0].pattern, "")
    assert verdict.position == Position(1, 9 + len(TOKEN))
    assert _dropped(found) == [(Step.BOUNDARY, "boundary")]


def test_each_alternative_is_explained() -> None:
    found = _explained(_rule(("(?P<secret>acme_[0-9a-f]{32})", "key: (?P<secret>[0-9]{4})")), f"{TOKEN} kex")
    assert [(verdict.matches, verdict.reached, verdict.wanted) for verdict in found.patterns] == [
        (1, "", ""),
        (0, "ke", "y"),
    ]
    assert _explained(_rule("zzz(?P<secret>[0-9]{4})"), "abc").patterns[0].position is None


@pytest.mark.parametrize(
    ("fields", "data", "dropped"),
    [
        ({"boundary": "!"}, TOKEN + "!", (Step.BOUNDARY, "boundary")),
        ({"near": (Near(words=("vendor",)),)}, TOKEN, (Step.NEAR, "vendor")),
        ({"min_entropy": 7.5}, TOKEN, (Step.ENTROPY, "min-entropy")),
        ({"checks": (lambda _: Dropped("no", "7"),)}, TOKEN, (Step.CHECK, "<lambda>")),
        ({"checks": (lambda _: 1 / 0,)}, TOKEN, (Step.CHECK, "<lambda>")),
        ({"allow": Allow(words=("ACME",))}, TOKEN, (Step.ALLOW, "words")),
        ({"allow": Allow(lines=("^# ",))}, f"# {TOKEN}", (Step.ALLOW, "lines")),
        ({"parts": (Part(name="id", pattern="ID[0-9]"),)}, TOKEN, (Step.PARTS, "id")),
        ({"keywords": ("vendor",)}, TOKEN, (Step.NEAR, "keywords")),
    ],
)
def test_the_step_that_drops_a_candidate_is_named(fields: dict[str, Any], data: str, dropped: tuple[Step, str]) -> None:
    found = _explained(_rule(**fields), data)
    assert _dropped(found) == [dropped]
    assert not found.found
    assert HEX not in json.dumps(found.to_dict())
    assert HEX not in repr(found)


def test_steps_that_change_a_candidate_say_what_is_new() -> None:
    def trust(candidate: Candidate) -> Candidate:
        return Candidate(candidate.data, candidate.begin, candidate.end - 1, Confidence.HIGH, candidate.groups)

    parts = (
        Part(name="id", pattern="ID[0-9]", where=Side.BEFORE),
        Part(name="user", pattern="user", required=False, confidence=Confidence.LOW),
    )
    variants = (Variant(name="test", pattern="^acme", severity=Severity.LOW),)
    (candidate,) = _explained(_rule(checks=(trust,), parts=parts, variants=variants), f"ID7 {TOKEN}").found
    assert [(step.name, step.outcome, step.reason) for step in candidate.steps] == [
        ("trust", StepOutcome.CHANGED, "36 bytes instead of 37; confidence HIGH"),
        ("id", StepOutcome.KEPT, ""),
        ("user", StepOutcome.CHANGED, "it is missing; confidence LOW"),
    ]
    assert (candidate.confidence, candidate.severity, candidate.variant) == (Confidence.LOW, Severity.LOW, "test")
    assert candidate.parts == ("id",)


def test_encoded_text_is_explained() -> None:
    data = "\n\nkey: " + base64.b64encode(f"token = {TOKEN}".encode()).decode()
    (candidate,) = _explained(_rule(), data).found
    assert (candidate.decodings, candidate.begin.line, candidate.secret) == (("base64",), 3, TOKEN.encode())
    found = _explained(_rule(confidence=Confidence.LOW), data)
    assert _dropped(found) == [(Step.DECODING, "decoding")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_wide_text_is_explained(encoding: str) -> None:
    found = _explained(_rule(), f"x = 1\ntoken = {TOKEN}\n".encode(encoding))
    assert [each.decodings for each in found.found] == [("wide",)]
    assert found.found[0].begin.line == 2


def test_a_path_at_which_the_rule_does_not_apply_is_said() -> None:
    rule = _rule(paths=("*.env",))
    assert _explained(rule, TOKEN, path="a/b.env").found
    found = _explained(rule, TOKEN, path="a/b.txt")
    assert (found.applies, found.found, found.candidate_count) == (False, (), 1)


def test_other_rules_that_find_it_are_named() -> None:
    other = _rule("(?P<secret>acme_[0-9a-f]+)", id="generic")
    far = _rule("(?P<secret>vendor[0-9])", id="vendor")
    registry = PluginRegistry().with_rules([_rule(), other, far])
    (candidate,) = explain("acme", f"{TOKEN} vendor7", registry=registry).found
    assert candidate.others == ("generic",)
    assert (candidate.winner, candidate.reason) == ("acme", "its id comes first in the alphabet")


@pytest.mark.parametrize(
    ("own", "other", "winner", "reason"),
    [
        ({"supersedes": ("gen*",)}, {}, "acme", "acme supersedes generic"),
        ({}, {"supersedes": ("acme",)}, "generic", "generic supersedes acme"),
        ({}, {"confidence": Confidence.HIGH}, "generic", "its confidence is HIGH, not MEDIUM"),
        ({"provider": "ACME"}, {}, "acme", "it has a provider, and generic has none"),
        ({}, {"severity": Severity.CRITICAL}, "generic", "its severity is CRITICAL, not HIGH"),
        ({}, {"pattern": "(?P<secret>cme_[0-9a-f]+)"}, "acme", "it has found more of the secret"),
        ({}, {}, "acme", "its id comes first in the alphabet"),
        ({}, {"enabled": False}, "", ""),
        ({}, {"paths": ("*.py",)}, "", ""),
    ],
)
def test_the_rule_that_reports_a_secret_is_named_with_the_reason(
    own: dict[str, Any], other: dict[str, Any], winner: str, reason: str
) -> None:
    registry = PluginRegistry(cache_dir=False).with_rules([_rule(**{"id": "generic"} | other)])
    (candidate,) = explain(_rule(**own), TOKEN, "a.env", registry=registry).candidates
    assert (candidate.winner, candidate.reason) == (winner, reason)


def test_checks_say_what_they_measure() -> None:
    lenient = checks.Length(min=99, otherwise="low")
    rule = _rule(
        checks=(checks.Entropy(min_share=0.1), checks.Distinct(min=2), lenient, checks.Shape(not_in=("uuid",)))
    )
    (candidate,) = explain(rule, TOKEN).candidates
    entropy, distinct, length, _ = candidate.steps
    assert entropy.value.endswith(f"share {float(entropy.value[-4:]):.2f}")
    assert distinct.value == f"{len(set(TOKEN))} of 37"
    assert (length.outcome, length.reason, length.value) == (
        StepOutcome.CHANGED,
        "confidence LOW; it has too few bytes",
        "37 of at least 99",
    )


def test_the_rule_of_a_scanner_is_explained_by_what_it_finds() -> None:
    class Words:
        rules = (RuleInfo(id="word", **INFO),)
        anchors = (b"word",)

        def scan(self, data: bytes) -> list[Match]:
            if b"bad" in data:
                raise ValueError
            return [Match(data.index(b"word"), data.index(b"word") + 4, "word")]

    registry = PluginRegistry().with_rules([Words()])
    found = explain("word", "a word", registry=registry)
    assert [(each.begin, each.secret) for each in found.found] == [(Position(1, 3), b"word")]
    assert explain("word", "bad word", registry=registry).problems == ("scanner Words raised ValueError",)


def test_clear_text_is_shown_only_when_asked_for() -> None:
    found = _explained(_rule(), f"{TOKEN} acme_{HEX[:9]}")
    assert found.to_dict(redact=False)["candidates"][0]["secret"] == TOKEN
    assert found.to_dict()["candidates"][0]["redacted"] == "acme...(37)"
    failed = _explained(_rule(), f"acme_{HEX[:9]}")
    assert failed.to_dict(redact=False)["patterns"][0]["text"] == f"acme_{HEX[:9]}"
    assert "text" not in failed.to_dict()["patterns"][0]


def test_what_cannot_be_explained_is_refused() -> None:
    with pytest.raises(InvalidInput, match="There is no rule 'nothing'"):
        explain("nothing", "", registry=PluginRegistry())
    with pytest.raises(InvalidRule, match="has no group named 'secret'"):
        explain(_rule("acme"), "")
    with pytest.raises(InvalidInput, match="data must be a str or bytes"):
        explain(_rule(), 7)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"%41%", b"\n" * 3])
def test_any_text_can_be_explained(data: bytes) -> None:
    found = _explained(_rule(near=(Near(words=("vendor",)),), boundary="a"), data)
    assert (found.candidates, found.sighting_count) == ((), 0)
    assert found.to_dict()["patterns"][0]["matches"] == 0
