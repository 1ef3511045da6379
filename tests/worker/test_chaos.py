"""A few scans whose workers are killed; `chaos.py` can be run by hand with more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHAOS = Path(__file__).with_name("chaos.py")


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.parametrize("backend", ["embedded", "rabbitmq"])
def test_no_scan_is_lost_or_duplicated(backend: str, request: pytest.FixtureRequest) -> None:
    if backend != "embedded":
        request.getfixturevalue("postgres_server")
        request.getfixturevalue(f"{backend}_backend")
    done = subprocess.run(
        [sys.executable, str(CHAOS), "--backend", backend, "--scans", "8", "--kills", "2"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["queued"], outcome["succeeded"], outcome["kills"]) == (8, 8, 2)
    assert sum(int(attempt) * count for attempt, count in outcome["attempts"].items()) > 8, "no kill hit a scan"


@pytest.mark.slow
@pytest.mark.chaos
def test_nothing_is_lost_while_repositories_change_and_scans_are_cancelled(
    postgres_server: object, rabbitmq_backend: object
) -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(CHAOS.with_name("changing_chaos.py")),
            "--scans",
            "6",
            "--kills",
            "2",
            "--repositories",
            "3",
        ],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["kills"], outcome["events_lost"], outcome["lost"]) == (2, 0, 0)
    assert outcome["scans"] >= 6
    assert outcome["events"] >= outcome["scans"] + outcome["secrets"]
