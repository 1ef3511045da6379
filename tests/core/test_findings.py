"""Findings: their JSON shape, fingerprints and previews."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Commit, Confidence, Finding, Location, Position, Severity
from beca_core.findings import fingerprint, format_time, redact

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
