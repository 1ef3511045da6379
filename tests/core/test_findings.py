"""Findings: their JSON shape, fingerprints and previews."""

from __future__ import annotations

import copy
import json
import operator
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Commit, Confidence, Finding, FindingPart, Location, Position, Severity, SupersededRule
from beca_core.findings import fingerprint, format_time, redact

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

SECRET = b"correct horse battery staple"


def make_finding(**changes: object) -> Finding:
    values: dict[str, object] = {
        "rule_id": "secret-key",
        "location": Location("config/app.env", Position(12, 1), Position(12, 29)),
        "description": "A key",
        "severity": Severity.HIGH,
        "confidence": Confidence.LOW,
        "fingerprint": fingerprint("secret-key", SECRET),
        "redacted": redact(SECRET),
        "secret": SECRET,
    }
    return Finding(**(values | changes))  # type: ignore[arg-type]


def test_the_documented_shape() -> None:
    moment = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
    finding = make_finding(commit=Commit("a" * 40, "A <a@example.com>", moment), occurrences=41)
    assert finding.to_dict() == {
        "type": "sast",
        "ruleId": "secret-key",
        "location": {
            "path": "config/app.env",
            "positions": {"begin": {"line": 12, "column": 1}, "end": {"line": 12, "column": 29}},
        },
        "metadata": {"description": "A key", "severity": "HIGH", "confidence": "LOW"},
        "fingerprint": fingerprint("secret-key", SECRET),
        "redacted": "corr...(28)",
        "inHead": True,
        "commit": {"id": "a" * 40, "author": "A <a@example.com>", "date": "2026-01-31T10:00:00Z"},
        "occurrences": 41,
    }


def test_the_secret_is_shown_only_when_asked_for() -> None:
    finding = make_finding()
    assert SECRET.decode() not in repr(finding)
    assert SECRET.decode() not in json.dumps(finding.to_dict())
    assert finding.to_dict(redact=False)["secret"] == SECRET.decode()


def test_a_path_that_is_not_utf8_keeps_its_bytes() -> None:
    location = Location(r"caf\xe9", Position(1, 1), Position(1, 2), raw_path=b"caf\xe9")
    document = make_finding(location=location).to_dict()["location"]
    assert bytes.fromhex(document["pathBytes"]) == b"caf\xe9"


def test_a_fingerprint_depends_on_rule_secret_and_key() -> None:
    reference = fingerprint("rule", b"secret", b"key")
    assert reference == fingerprint("rule", b"secret", b"key")
    assert len(reference) == 64
    others = [
        fingerprint("other", b"secret", b"key"),
        fingerprint("rule", b"other", b"key"),
        fingerprint("rule", b"secret", b"other"),
    ]
    assert len({reference, *others}) == 4


@pytest.mark.parametrize(
    ("secret", "preview"),
    [(b"", "...(0)"), (b"abc", "...(3)"), (b"abcdefgh", "ab...(8)"), (b"\x1b[2Jxxxxxxxxxxxx", "?[2J...(16)")],
)
def test_a_preview_shows_little(secret: bytes, preview: str) -> None:
    assert redact(secret) == preview


@given(st.binary())
def test_a_preview_is_printable_and_shows_a_quarter_at_most(secret: bytes) -> None:
    shown = redact(secret).rpartition("...")[0]
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= min(4, len(secret) / 4)


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_rfc_3339_with_z(moment: datetime) -> None:
    text = format_time(moment)
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment


SCALES = [
    pytest.param([Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL], id="severity"),
    pytest.param([Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH], id="confidence"),
]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("compare", COMPARISONS)
def test_levels_compare_by_rank(scale: list[StrEnum], compare: Callable[..., bool]) -> None:
    assert scale == list(type(scale[0]))
    for left, one in enumerate(scale):
        for right, other in enumerate(scale):
            assert compare(one, other) is compare(left, right)


@given(st.lists(st.sampled_from(Severity)))
def test_severities_are_sorted_from_the_least_to_the_worst(severities: list[Severity]) -> None:
    names = ["LOW", "MEDIUM", "HIGH", "CRITICAL"]
    assert [each.value for each in sorted(severities)] == sorted([each.value for each in severities], key=names.index)
    if severities:
        assert max(severities).value == max([each.value for each in severities], key=names.index)


def test_a_threshold_keeps_critical_findings() -> None:
    findings = [make_finding(severity=severity) for severity in Severity]
    kept = [finding.severity for finding in findings if finding.severity >= Severity.HIGH]
    assert kept == [Severity.HIGH, Severity.CRITICAL]


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize("other", ["HIGH", "LOW", "", Confidence.HIGH, 1, None])
def test_a_level_cannot_be_compared_with_other_types(compare: Callable[..., bool], other: object) -> None:
    with pytest.raises(TypeError, match="no order"):
        compare(Severity.HIGH, other)
    with pytest.raises(TypeError, match="no order"):
        compare(other, Severity.HIGH)


@given(st.sampled_from([*Severity, *Confidence]))
def test_a_level_is_equal_to_its_text(level: Severity | Confidence) -> None:
    assert level == level.value
    assert hash(level) == hash(level.value)
    assert {level: 1}[level.value] == 1  # type: ignore[index]
    assert str(level) == f"{level}" == level.name
    assert json.dumps(level) == f'"{level.name}"'
    assert pickle.loads(pickle.dumps(level)) is copy.deepcopy(level) is type(level)(level.value) is level  # noqa: S301


def test_what_few_findings_have_is_a_member_only_if_there_is_any() -> None:
    finding = Finding(
        rule_id="acme-key",
        location=Location("a", Position(1, 1), Position(1, 9)),
        description="d",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        fingerprint="0" * 64,
        redacted="r",
        secret=b"",
    )
    plain = finding.to_dict()
    assert plain.keys().isdisjoint(("parts", "attributes", "superseded"))
    assert plain["metadata"].keys() == {"description", "severity", "confidence"}
    rich = replace(
        finding,
        variant="test",
        provider="ACME",
        category="cloud",
        tags=("a",),
        parts=(
            FindingPart("key-id", Position(2, 3), Position(2, 5), "ab", public=True),
            FindingPart("user", Position(3, 1), Position(3, 9), "...(8)", clear="somebody"),
        ),
        attributes=(("region", "eu"),),
        superseded=(SupersededRule("generic", "1" * 64), SupersededRule("word", "2" * 64, partial=True)),
        labels=("test", "vendored"),
        lowered_from=Confidence.HIGH,
    )
    assert "somebody" not in repr(rich)
    assert [part.get("secret") for part in rich.to_dict(redact=False)["parts"]] == [None, "somebody"]
    rich = rich.to_dict()
    assert rich["metadata"] == plain["metadata"] | {
        "variant": "test",
        "provider": "ACME",
        "category": "cloud",
        "tags": ["a"],
        "labels": ["test", "vendored"],
        "loweredFrom": "HIGH",
    }
    assert rich["parts"] == [
        {
            "name": "key-id",
            "positions": {"begin": {"line": 2, "column": 3}, "end": {"line": 2, "column": 5}},
            "text": "ab",
        },
        {
            "name": "user",
            "positions": {"begin": {"line": 3, "column": 1}, "end": {"line": 3, "column": 9}},
            "redacted": "...(8)",
        },
    ]
    assert rich["attributes"] == {"region": "eu"}
    assert rich["superseded"] == [
        {"ruleId": "generic", "fingerprint": "1" * 64},
        {"ruleId": "word", "fingerprint": "2" * 64, "partial": True},
    ]


def test_a_secret_of_several_lines_is_the_same_when_it_is_indented() -> None:
    reference = fingerprint("rule", b"BEGIN\nabc\ndef\nEND")
    assert reference == fingerprint("rule", b"BEGIN\n    abc\n\tdef \r\n    END")
    assert reference != fingerprint("rule", b"BEGIN\nab c\ndef\nEND")
    assert reference != fingerprint("rule", b"BEGIN\nabcdef\nEND")
    assert fingerprint("rule", b" abc") != fingerprint("rule", b"abc")
