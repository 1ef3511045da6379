"""The fingerprints of the key before a rotation: only the process of a worker's scan writes them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from beca_core.cli.scans.former_fingerprints import FormerFingerprints
from beca_core.findings import Confidence, Finding, Location, Position, Severity, fingerprint
from beca_core.reports import BUILTIN_FORMATS
from beca_core.rules.rule import RuleInfo
from tests.core.cli.conftest import ACME_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEFORE, AFTER = "b" * 32, "a" * 32
KEYS = {"BECA_FINGERPRINT_KEY": AFTER, "BECA_FORMER_FINGERPRINT_KEY": BEFORE}
FORMER = fingerprint("acme-token", ACME_SECRET.encode(), BEFORE.encode())


@pytest.mark.parametrize("name", BUILTIN_FORMATS)
def test_no_format_has_them(beca: Callable, tree: Path, name: str) -> None:
    outcome = beca("scan", tree, "--rules", "acme-token", "--format", name, "--no-redact", **KEYS)
    assert outcome.code == 1
    assert FORMER not in outcome.out
    assert "ormerFingerprint" not in outcome.out


@pytest.mark.parametrize("has_former", [True, False])
def test_the_events_for_a_worker_have_them(
    environment: dict[str, str], program: list[str], tree: Path, has_former: bool
) -> None:
    keys = KEYS if has_former else {"BECA_FINGERPRINT_KEY": AFTER}
    with subprocess.Popen(
        [*program, "scan", str(tree), "--rules", "acme-token", "--format", "jsonl", "--supervised"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | keys,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        events = [json.loads(line) for line in process.stdout]
        assert process.wait(30) == 1
    (finding,) = [event["finding"] for event in events if event["type"] == "finding"]
    assert finding["fingerprint"] == fingerprint("acme-token", ACME_SECRET.encode(), AFTER.encode())
    assert finding.get("formerFingerprint") == (FORMER if has_former else None)


def made(secret: bytes = b"hunter2", **values: str) -> Finding:
    """A finding of a rule that was renamed twice."""
    place = Location("a", Position(1, 1), Position(1, 8))
    usual = {"rule_id": "new", "description": "", "redacted": "", "fingerprint": fingerprint("old", b"hunter2", b"k")}
    return Finding(
        location=place, severity=Severity.LOW, confidence=Confidence.LOW, secret=secret, **{**usual, **values}
    )


RULE = RuleInfo(
    id="new",
    version=1,
    description="x",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    former_ids=("old", "middle"),
)


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (made(), fingerprint("old", b"hunter2", b"former")),
        (made(rule_id="other", fingerprint=fingerprint("other", b"hunter2", b"k")), "other"),
        (made(b""), None),
        (made(b"hunter3"), None),
        (made(fingerprint=fingerprint("new", b"hunter2", b"k")), None),
    ],
)
def test_it_is_made_of_the_oldest_id_and_the_secret_of_the_fingerprint(finding: Finding, expected: str | None) -> None:
    if expected == "other":
        expected = fingerprint("other", b"hunter2", b"former")
    assert FormerFingerprints(b"k", b"former", {"new": RULE}).of(finding) == expected
