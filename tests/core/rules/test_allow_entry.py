from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from beca_core.errors import InvalidInput
from beca_core.findings import Confidence, Finding, Location, Position, Severity
from beca_core.rules.allow_entry import AllowEntry

AT = Position(1, 1)
FINDING = Finding(
    rule_id="generic-password",
    location=Location("config/app.env", AT, AT),
    description="x",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    fingerprint="0123456789abcdef" * 4,
    redacted="x",
    secret=b"Example-42",
)


@pytest.mark.parametrize(
    "criteria",
    [
        {"rules": ("generic-password",)},
        {"rules": ("other", "generic-*")},
        {"paths": ("config/",)},
        {"paths": ("*.env", "!*.txt")},
        {"values": (r"-\d+$",)},
        {"values": ("no", "(?i)EXAMPLE", "(a)(b)")},
        {"stop_words": ("EXAMPLE",)},
        {"fingerprints": ("0123456789abcdef",)},
        {"rules": ("generic-*",), "paths": ("config/",), "values": ("42",), "stop_words": ("ple",)},
    ],
)
def test_each_criterion_matches(criteria: dict[str, Any]) -> None:
    assert AllowEntry("why", **criteria).matches(FINDING)


@pytest.mark.parametrize(
    "criteria",
    [
        {"rules": ("generic",)},
        {"paths": ("app/",)},
        {"paths": ("config/", "!*.env")},
        {"values": ("^42",)},
        {"stop_words": ("test",)},
        {"fingerprints": ("123456789abcdef0",)},
        {"rules": ("generic-*",), "paths": ("app/",)},
    ],
)
def test_one_criterion_that_fails_is_enough(criteria: dict[str, Any]) -> None:
    assert not AllowEntry("why", **criteria).matches(FINDING)


def test_a_former_id_of_the_rule_counts() -> None:
    assert AllowEntry("why", rules=("old-name",)).matches(FINDING, ("old-name",))


def test_members_of_archives_have_both_paths() -> None:
    member = replace(FINDING, location=Location("dist/a.zip!config/app.env", AT, AT))
    for pattern in ("dist/", "config/", "*.env", "*.zip"):
        assert AllowEntry("why", paths=(pattern,)).matches(member), pattern
    assert not AllowEntry("why", paths=("app/",)).matches(member)


def test_without_the_secret_nothing_that_looks_at_it_matches() -> None:
    unknown = replace(FINDING, secret=b"")
    assert not AllowEntry("why", values=("4",)).matches(unknown)
    assert not AllowEntry("why", stop_words=("example",)).matches(unknown)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"reason": " ", "paths": ("a",)}, "has no reason"),
        ({"reason": "why"}, "names nothing"),
        ({"reason": "why", "paths": ("",)}, "not empty"),
        ({"reason": "why", "paths": "a"}, "must be texts"),
        ({"reason": "why", "values": ("(",)}, "not valid RE2"),
        ({"reason": "why", "values": ("(?=a)",)}, "not valid RE2"),
        ({"reason": "why", "values": ("a)", "(b")}, "not valid RE2"),
        ({"reason": "why", "fingerprints": ("0123",)}, "16 to 64"),
        ({"reason": "why", "paths": ("a",), "expires": "2027-01-01"}, "not a date"),
        ({"reason": "why", "paths": ("a",), "expires": datetime(2027, 1, 1)}, "not a date"),  # noqa: DTZ001
        ({"reason": "x" * 1001, "paths": ("a",)}, "more than 1,000"),
    ],
)
def test_what_cannot_be_meant_is_refused(members: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        AllowEntry(**members)


def test_an_entry_holds_until_the_end_of_its_last_day() -> None:
    entry = AllowEntry("why", paths=("a",), expires=date(2027, 1, 31))
    assert not entry.is_expired(date(2027, 1, 31))
    assert entry.is_expired(date(2027, 2, 1))


def test_a_hostile_pattern_takes_linear_time() -> None:
    entry = AllowEntry("why", values=("(a+)+$",))
    assert not entry.matches(replace(FINDING, secret=b"a" * 100_000 + b"!"))
