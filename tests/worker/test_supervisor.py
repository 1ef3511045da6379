"""One scan from its claim to its stored outcome, with processes that succeed, fail, misbehave or hang."""

from __future__ import annotations

import json
import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from beca_api.worker.mirrors.mirror_store import MirrorStore
from beca_api.worker.scan_process import scan_output
from beca_core.errors import DatabaseUnavailable, InvalidInput
from beca_core.storage.services.queue import ScanQueue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beca_core.storage.models import Result
    from beca_core.storage.services.transitions import Claim


DROPPED = "scan cancelled or lease lost, the outcome is dropped"


def code_of(result: Result) -> str:
    assert result.status == "Failure"
    assert result.failure is not None
    return str(result.failure["code"])


def message_of(result: Result) -> str:
    assert result.failure is not None
    return str(result.failure["message"])


def _at_most(limit: str, value: int) -> int:
    """Return a limit's value, or the hard limit of these tests if that is lower: none can be raised."""
    _, hard = resource.getrlimit(getattr(resource, f"RLIMIT_{limit}"))
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


class TestOutcomes:
    def test_a_scan_with_findings(self, bench, logged):
        result = bench.supervise(bench.claim("happy"))
        assert (result.status, result.findings_count, result.ruleset) == ("Success", 2, {"fake-rule": 1})
        assert result.progress == {
            "phase": "done",
            "objects": 3,
            "expected": 3,
            "commits": 1,
            "blobs": 2,
            "bytes": 3,
            "skipped": 0,
        }
        assert result.coverage["complete"] is True
        page = bench.results.findings(result.id)
        assert [finding["location"]["positions"]["begin"]["line"] for finding in page.items] == [1, 2]
        assert [entry["event"] for entry in logged] == ["scan claimed", "scan finished"]
        assert {entry["result_id"] for entry in logged} == {result.id}

    def test_a_secret_in_clear_text_is_not_stored(self, bench):
        result = bench.supervise(bench.claim("happy"))
        assert "plain text" not in json.dumps(bench.results.findings(result.id).items, default=str)
        assert b"plain text" not in bench.database.path.read_bytes()

    def test_an_incomplete_scan_is_a_success_with_incomplete_coverage(self, bench):
        result = bench.supervise(bench.claim("incomplete"))
        assert result.status == "Success"
        assert result.coverage["complete"] is False
        assert result.coverage["skipped"] == {"too-large": 1}

    def test_findings_beyond_the_bound_are_counted(self, bench, monkeypatch):
        monkeypatch.setattr(scan_output, "MAX_FINDINGS", 10)
        result = bench.supervise(bench.claim("many"))
        assert result.findings_count == 10
        assert result.coverage["skipped"] == {"too-many-findings": 20}
        assert result.coverage["complete"] is False

    def test_the_reason_of_a_failed_scan_is_stored(self, bench, logged):
        result = bench.supervise(bench.claim("failed"))
        assert code_of(result) == "fetch-failed"
        assert message_of(result) == "git could not fetch the repository."
        assert (logged[-1]["event"], logged[-1]["code"]) == ("scan failed", "fetch-failed")

    def test_what_a_failed_scan_has_left_is_removed_before_its_outcome_is_stored(self, bench, monkeypatch):
        left: list[list[str]] = []
        fail = bench.queue.fail

        def look(*arguments: Any) -> bool:
            left.append([path.name for path in bench.directory.glob("data/workspaces/*/scan-*/*")])
            return bool(fail(*arguments))

        monkeypatch.setattr(bench.queue, "fail", look)
        assert code_of(bench.supervise(bench.claim("littering"))) == "disk-full"
        assert left == [[]]

    def test_mirrors_are_trimmed_whatever_happens(self, bench, monkeypatch, logged):
        trimmed: list[object] = []

        def trim(store: object) -> None:
            trimmed.append(store)
            raise OSError

        monkeypatch.setattr(MirrorStore, "trim", trim)
        for behaviour in ("happy", "failed", "crash"):
            bench.supervise(bench.claim(behaviour))
        assert len(trimmed) == 3
        assert [entry["error"] for entry in logged if entry["event"] == "mirrors not trimmed"] == ["OSError"] * 3

    @pytest.mark.parametrize("behaviour", ["malformed", "huge_line", "miscounted", "uncovered"])
    def test_output_that_is_not_an_event_stream(self, bench, behaviour):
        began = time.monotonic()
        assert code_of(bench.supervise(bench.claim(behaviour))) == "bad-output"
        assert time.monotonic() - began < 30

    @pytest.mark.parametrize(
        ("behaviour", "reason"),
        [
            ("silent", "exit code 0"),
            ("crash", "exit code 3"),
            ("killed", "signal 11"),
            ("deaf", "did not end"),
            ("unheard_of", "exit code 1"),
        ],
    )
    def test_a_process_that_ends_without_an_outcome(self, bench, behaviour, reason):
        result = bench.supervise(bench.claim(behaviour))
        assert code_of(result) == "crashed"
        assert reason in message_of(result)
        assert result.attempt == 1

    def test_a_full_stderr_does_not_block_the_scan(self, bench):
        assert bench.supervise(bench.claim("noisy")).status == "Success"

    def test_a_command_that_cannot_be_started_leaves_the_scan_to_another_worker(self, bench, logged, monkeypatch):
        monkeypatch.setattr(bench, "command", lambda _task: ["/nonexistent/program"])
        claim = bench.claim("happy")
        with pytest.raises(AssertionError, match="never started"):
            bench.supervise(claim)
        assert bench.results.get(claim.result_id).status == "In Progress"
        assert (logged[-1]["event"], logged[-1]["error"]) == ("scan abandoned", "FileNotFoundError")


class TestEnds:
    @pytest.mark.slow
    @pytest.mark.parametrize("behaviour", ["hang", "stubborn"])
    def test_the_deadline_ends_a_scan(self, bench, behaviour):
        began = time.monotonic()
        result = bench.supervise(bench.claim(behaviour), scan_seconds=0.5)
        assert code_of(result) == "deadline-exceeded"
        assert "0.5 seconds" in message_of(result)
        assert time.monotonic() - began < 30

    def test_no_process_survives_the_scan(self, bench):
        assert bench.supervise(bench.claim("lingering")).status == "Success"
        assert len(bench.pids) == 2

    def test_an_orphan_of_a_crashed_scan_is_killed(self, bench):
        assert "signal 11" in message_of(bench.supervise(bench.claim("runaway")))
        assert len(bench.pids) == 2

    def test_a_scan_whose_process_was_killed_runs_once_more(self, bench, logged):
        result = bench.supervise(bench.claim("killed_once"))
        assert (result.status, result.findings_count, result.attempt) == ("Success", 1, 1)
        assert len(bench.pids) == 2
        assert "scan's process killed, it runs once more" in [entry["event"] for entry in logged]

    def test_a_scan_whose_process_is_killed_again_fails(self, bench):
        result = bench.supervise(bench.claim("killed_always"))
        assert code_of(result) == "killed"
        assert "memory" in message_of(result)
        assert len(bench.pids) == 2, "it is tried twice"

    def test_a_worker_that_stops_releases_its_scan(self, bench, logged):
        Timer(0.5, bench.stopping.set).start()
        result = bench.supervise(bench.claim("stubborn"))
        assert (result.status, result.attempt, result.lease_owner) == ("Queued", 0, None)
        assert logged[-1]["event"] == "scan released"

    def test_a_lost_lease_ends_the_scan_and_drops_its_outcome(self, bench, logged):
        claim = bench.claim("hang")
        Thread(target=lambda: bench.wait_for_progress() and steal(bench, claim)).start()
        result = bench.supervise(claim, lease_seconds=1)
        assert (result.status, result.lease_owner) == ("In Progress", "somebody else")
        assert logged[-1]["event"] == DROPPED

    @pytest.mark.parametrize("behaviour", ["hang", "stubborn", "escaped"])
    def test_a_cancelled_scan_soon_has_no_process(self, bench, logged, is_alive, behaviour):
        claim = bench.claim(behaviour)
        ended: list[Result] = []
        scan = Thread(target=lambda: ended.append(bench.supervise(claim, lease_seconds=600)))
        scan.start()
        assert bench.wait_for_progress()
        running = bench.pids
        assert all(map(is_alive, running))
        bench.results.cancel(claim.result_id)
        scan.join(30)  # by itself it would go on for a minute
        assert not scan.is_alive()
        assert not any(map(is_alive, running))
        assert code_of(ended[0]) == "cancelled"
        assert logged[-1]["event"] == DROPPED

    def test_a_scan_that_is_cancelled_while_it_is_stored_stays_cancelled(self, bench, monkeypatch, logged):
        claim = bench.claim("happy")
        finish = bench.queue.finish

        def cancel_first(*arguments: Any, **named: Any) -> bool:
            bench.results.cancel(claim.result_id)
            return bool(finish(*arguments, **named))

        monkeypatch.setattr(bench.queue, "finish", cancel_first)
        result = bench.supervise(claim)
        assert (code_of(result), result.findings_count) == ("cancelled", 0)
        assert logged[-1]["event"] == DROPPED

    @pytest.mark.slow
    def test_a_late_outcome_is_dropped(self, bench, logged):
        claim = bench.claim("slow")
        Timer(0.3, lambda: steal(bench, claim)).start()
        result = bench.supervise(claim)
        assert (result.status, result.findings_count) == ("In Progress", 0)
        assert not bench.results.findings(result.id).items
        assert logged[-1]["event"] == DROPPED

    @pytest.mark.slow
    def test_progress_is_stored_while_the_scan_runs(self, bench, wait_until):
        claim = bench.claim("hang")
        thread = Thread(target=bench.supervise, args=(claim,), kwargs={"scan_seconds": 60, "lease_seconds": 1})
        thread.start()
        assert wait_until(lambda: bench.results.get(claim.result_id).progress)
        progress = bench.results.get(claim.result_id).progress
        bench.results.cancel(claim.result_id)
        thread.join()
        assert (progress.pop("phase"), progress.pop("objects")) == ("reading", 1)
        assert progress == {"commits": 0, "blobs": 1, "bytes": 2, "skipped": 0, "expected": None}


def steal(bench: Any, claim: Claim) -> None:
    with bench.database.session() as session:
        session.execute(text("UPDATE result SET lease_owner = 'somebody else' WHERE id = :id"), {"id": claim.result_id})


class Outage(ScanQueue):
    """A queue whose database is unavailable until so many calls have failed."""

    def __init__(self, bench: Any, failures: int) -> None:
        super().__init__(bench.database, 60.0, 3)
        self.failures = failures
        self.calls = 0

    def _pass(self) -> None:
        self.calls += 1
        if self.calls <= self.failures:
            raise DatabaseUnavailable("The database does not answer.")

    def renew(self, claim: Claim, progress: Mapping[str, Any] | None = None) -> bool:
        self._pass()
        return super().renew(claim, progress)

    def finish(self, claim: Claim, findings: Iterable[Mapping[str, Any]], *args: Any, **kwargs: Any) -> bool:
        list(findings)
        self._pass()
        return super().finish(claim, findings, *args, **kwargs)


class TestDatabaseOutage:
    def test_an_outcome_waits_for_the_database(self, bench, logged):
        bench.supervise(claim := bench.claim("happy"), Outage(bench, 2))
        assert bench.results.get(claim.result_id).status == "Success"
        assert [entry["event"] for entry in logged].count("outcome not stored yet") == 2

    @pytest.mark.slow
    def test_the_wait_ends_with_the_lease(self, bench, logged):
        queue = Outage(bench, 10**6)
        began = time.monotonic()
        result = bench.supervise(bench.claim("happy"), queue, lease_seconds=2)
        assert time.monotonic() - began < 30
        assert result.status == "In Progress"
        assert queue.calls > 2
        assert logged[-1]["event"] == DROPPED

    @pytest.mark.slow
    def test_a_scan_survives_a_renewal_that_fails(self, bench, logged):
        result = bench.supervise(bench.claim("slow"), Outage(bench, 1), lease_seconds=2)
        assert result.status == "Success"
        assert "lease not renewed" in [entry["event"] for entry in logged]

    @pytest.mark.slow
    def test_a_scan_ends_when_no_renewal_succeeds(self, bench):
        began = time.monotonic()
        assert bench.supervise(bench.claim("hang"), Outage(bench, 10**6), lease_seconds=1).status == "In Progress"
        assert time.monotonic() - began < 30

    def test_findings_that_cannot_be_stored_fail_the_scan(self, bench, monkeypatch):
        def refuse(*_args: Any, **_kwargs: Any) -> bool:
            raise InvalidInput("Finding 1 of result 1 does not have the shape of a finding.")

        monkeypatch.setattr(bench.queue, "finish", refuse)
        assert code_of(bench.supervise(bench.claim("happy"))) == "not-stored"


class TestConfinement:
    def test_limits(self, bench):
        found = json.loads(message_of(bench.supervise(bench.claim("limits"), max_fetch_bytes=10**9)))
        del found["niceness"]
        assert found == {"CORE": 0, "FSIZE": _at_most("FSIZE", 10**9), "NOFILE": _at_most("NOFILE", 4096)}

    @pytest.mark.parametrize("more", [0, 7, 16])
    def test_a_scan_is_nicer_than_its_worker(self, bench, more):
        with ThreadPoolExecutor(1) as worker:  # Linux knows the niceness of each thread, and lets it only rise
            own = worker.submit(os.nice, more).result()
            result = worker.submit(bench.supervise, bench.claim("limits")).result()
        assert json.loads(message_of(result))["niceness"] == min(5 + max(0, own), 19)

    def test_environment(self, bench, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://user:word@localhost/beca")
        monkeypatch.setenv("BROKER_URL", "amqp://user:word@localhost")
        monkeypatch.setenv("SOME_TOKEN", "word")
        found = json.loads(message_of(bench.supervise(bench.claim("environment"))))
        assert found["cwd"].startswith("DATA_DIR/workspaces"), "a client need not know where the worker keeps its files"
        assert not {"DATABASE_URL", "BROKER_URL", "SOME_TOKEN", "BECA_DATA_DIR"} & set(found["names"])
        assert {"HOME", "TMPDIR", "PATH", "BECA_FINGERPRINT_KEY", "BECA_ALLOWED_SCHEMES"} <= set(found["names"])

    def test_stderr_is_logged_without_anything_that_looks_like_a_secret(self, bench, logged):
        bench.supervise(bench.claim("crash"))
        [line] = [entry["stderr"] for entry in logged if "stderr" in entry]
        assert line.startswith("Traceback: ")
        assert "Zx9" not in line

    def test_the_scan_runs_in_a_session_of_its_own(self, bench):
        bench.supervise(bench.claim("happy"))
        assert os.getsid(0) not in bench.pids
