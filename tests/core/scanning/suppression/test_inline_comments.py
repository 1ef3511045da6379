from __future__ import annotations

import pytest

from beca_core import Confidence, Engine, PluginRegistry, Rule, Severity, Step
from beca_core.findings import Position
from beca_core.scanning.suppression.inline_comments import comment_in, note_comments
from beca_core.scanning.suppression.suppression import Suppression
from beca_core.sources.texts import TextSource
from beca_core.state.hit import Hit, InlineComment, Surroundings
from beca_core.state.records import hit_from_list, hit_to_list


def rule(rule_id: str, pattern: str, **changes: object) -> Rule:
    return Rule(
        id=rule_id,
        version=1,
        description=rule_id,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=pattern,
        **changes,  # type: ignore[arg-type]
    )


ENGINE = Engine(
    PluginRegistry(),
    rules=[
        rule("fish", r"\b(?P<secret>fish[0-9]+)\b"),
        rule("crab", r"\b(?P<secret>crab[0-9]+)\b", former_ids=("old-crab",)),
    ],
    cache_dir=False,
)
ALL = frozenset(("beca:allow", "gitleaks:allow", "pragma: allowlist secret", "nosecret"))


def kept(text: str, markers: frozenset[str] = frozenset({"beca:allow"})) -> list[str]:
    report = ENGINE.scan(TextSource(text.encode(), "a.py"), suppression=Suppression(markers=markers))
    assert {item.step for item in report.allowed} <= {Step.INLINE}
    assert len(report.allowed) == report.coverage.suppressed.get(Step.INLINE, 0)
    return [f"{each.rule_id}:{each.location.begin.line}" for each in report.findings]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("key = fish1  # beca:allow fish a test", []),
        ("key = fish1  # beca:allow fish", []),
        ("/* beca:allow fish */ key = fish1", []),
        ("key = fish1  # beca:allow *", []),
        ("key = fish1  # beca:allow fi*", []),
        ("key = crab1  # beca:allow old-crab renamed", []),
        ("key = fish1, crab2  # beca:allow fish", ["crab:1"]),
        ("key = fish1, crab2  # beca:allow fish,crab both", []),
        ("key = fish1  # beca:allow crab", ["fish:1"]),
        ("key = fish1  # beca:allow", ["fish:1"]),
        ("key = fish1  # xbeca:allow fish", ["fish:1"]),
        ("# beca:allow fish\nkey = fish1", ["fish:2"]),
        ("key = fish1\n# beca:allow fish", ["fish:1"]),
        ("key = fish1  # beca:allow fish\nkey = fish2", ["fish:2"]),
        ("key = fish1  # gitleaks:allow", ["fish:1"]),
    ],
)
def test_a_comment_hides_the_rule_that_it_names_in_its_own_line(line: str, left: list[str]) -> None:
    assert kept(f"{line}\n") == left


@pytest.mark.parametrize("marker", sorted(ALL - {"beca:allow"}))
def test_the_words_of_other_programs_hold_only_by_setting(marker: str) -> None:
    text = f"key = fish1, crab2  # {marker}\n"
    assert kept(text) == ["fish:1", "crab:1"]
    assert kept(text, frozenset({marker})) == []


def test_the_reason_is_reported() -> None:
    report = ENGINE.scan(
        TextSource(b"a = fish1 /* beca:allow fish made up, see #4 */\n", "a.c"), suppression=Suppression()
    )
    (item,) = report.allowed
    assert (item.step, item.name, item.reason) == (
        Step.INLINE,
        "beca:allow",
        "a comment in its line allows it: made up, see #4",
    )
    assert report.exit_code == 0


def test_a_reason_holds_no_secret_of_its_line() -> None:
    text = b"a = fish1 # beca:allow fish see crab7\n"
    report = ENGINE.scan(TextSource(text, "a"), suppression=Suppression())
    assert [item.reason for item in report.allowed] == ["a comment in its line allows it"]
    assert [each.rule_id for each in report.findings] == ["crab"]
    (before,) = ENGINE.scan(
        TextSource(b"/* beca:allow fish x */ a = fish1 # y\n", "a"), suppression=Suppression()
    ).allowed
    assert before.reason == "a comment in its line allows it"


def test_without_a_suppression_nothing_is_hidden() -> None:
    assert len(ENGINE.scan(TextSource(b"a = fish1 # beca:allow fish\n", "a")).findings) == 1


def test_a_comment_within_the_secret_is_none() -> None:
    secret = b"beca:allow fish"
    assert comment_in(Surroundings(b"x" + secret + b"y", 1, 1 + len(secret))) is None


def test_a_comment_survives_in_a_state() -> None:
    hit = Hit("fish", Position(1, 1), Position(1, 5), b"", Confidence.HIGH, fingerprint="0f", redacted="f")
    commented = hit._replace(comment=InlineComment("beca:allow", "fish", "why"))
    assert hit_from_list(hit_to_list(commented)) == commented
    assert hit_from_list(hit_to_list(hit)).comment is None


@pytest.mark.parametrize("keep_text", [True, False])
def test_the_text_around_stays_only_if_it_is_wanted(keep_text: bool) -> None:
    around = Surroundings(b"fish1 # beca:allow fish", 0, 5)
    hits = {"a": [Hit("fish", Position(1, 1), Position(1, 6), b"fish1", Confidence.HIGH, around=around)]}
    note_comments(hits, keep_text=keep_text)
    assert hits["a"][0].around == (around if keep_text else None)
    assert hits["a"][0].comment == InlineComment("beca:allow", "fish", "")


def test_where_nothing_is_hidden_what_is_allowed_has_a_label() -> None:
    text = b"key = fish1  # beca:allow fish a test\nkey = fish2\nkey = fish3  # gitleaks:allow\n"
    report = ENGINE.scan(TextSource(text, "tests/a.py"), suppression=Suppression(hides=False))
    assert [finding.labels for finding in report.findings] == [("test", "allowed"), ("test",), ("test",)]
    assert report.allowed == ()
    assert report.exit_code == 1
    assert report.coverage.suppressed == {}
