"""Reading with several processes gives what one process gives, and never hangs."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Limits, PluginRegistry, Rule, Severity, hookimpl
from beca_core.errors import SourceError
from beca_core.report import Skipped
from beca_core.scanning.examiner import Examiner, Outcome
from beca_core.scanning.share_reading import processes_for, read_shares
from beca_core.sources.contracts import Blob
from beca_core.sources.limits import Stop
from beca_core.system.processes import may_fork, start_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1024 * 1024


class Words:
    @hookimpl
    def beca_register_rules(self) -> tuple[Rule, ...]:
        return (
            Rule(
                id="word",
                version=1,
                description="A word",
                severity=Severity.LOW,
                confidence=Confidence.LOW,
                pattern=r"(?P<secret>swordfish)",
            ),
        )


@dataclass
class Numbers:
    """A share of blobs whose ids are numbers."""

    first: int
    last: int
    cost: int = 20 * MIB
    act: Callable[[int], None] = lambda _: None

    @property
    def objects(self) -> int:
        return self.last - self.first

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        for number in range(self.first, self.last):
            self.act(number)
            if reason := stop.reason:
                yield Skipped(str(number), reason)
            elif number % 10 == 7:
                yield Skipped(str(number), "missing")
            else:
                yield Blob(str(number), b"swordfish" if number % 3 == 0 else b"nothing", "blob")


def examiner() -> Examiner:
    registry = PluginRegistry()
    registry.register(Words(), "words")
    return Examiner(registry.compile(), Limits())


def read(shares: list[Numbers], processes: int, stop: Stop | None = None) -> Outcome:
    total = Outcome()
    for outcome in read_shares(shares, examiner(), stop or Stop(60), processes, iter(())):
        total.add(outcome)
    return total


def children() -> set[int]:
    """Ids of the processes that this one started and that still run, or ended without being waited for."""
    return {int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


@pytest.mark.parametrize("processes", [2, 5])
def test_many_processes_find_what_one_finds(processes: int) -> None:
    shares = [Numbers(at, at + 13) for at in range(0, 260, 13)]
    one, many = read(shares, 1), read(shares, processes)
    assert sorted(many.hits) == sorted(one.hits) == sorted(str(n) for n in range(0, 260, 3) if n % 10 != 7)
    assert sorted(many.skipped, key=lambda item: item.id) == sorted(one.skipped, key=lambda item: item.id)
    assert (many.blobs, many.bytes) == (one.blobs, one.bytes)


def test_the_work_is_spread(tmp_path) -> None:
    def note(number: int) -> None:
        (tmp_path / f"{os.getpid()}-{number}").touch()
        time.sleep(0.01)

    read([Numbers(at, at + 1, act=note) for at in range(20)], 2)
    pids = {path.name.partition("-")[0] for path in tmp_path.iterdir()}
    assert len(pids) == 2
    assert str(os.getpid()) not in pids


def test_the_most_costly_share_is_read_first(tmp_path) -> None:
    log = tmp_path / "log"

    def note(number: int) -> None:
        with log.open("a") as file:
            file.write(f"{number} ")

    read([Numbers(at, at + 1, cost=at, act=note) for at in (3, 9, 1, 5)], 2)
    assert log.read_text().split()[0] in {"9", "5"}, "the second process may be faster than the first one"
    assert log.read_text().split()[-1] == "1" or log.read_text().split()[-2] == "1"


def test_a_process_that_is_killed_fails_the_scan() -> None:
    def crash(number: int) -> None:
        if number == 15:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(SourceError, match="by signal 9"):
        read([Numbers(at, at + 5, act=crash) for at in range(0, 30, 5)], 2)


def test_a_process_that_ends_by_itself_fails_the_scan() -> None:
    def leave(number: int) -> None:
        if number == 3:
            os._exit(0)

    with pytest.raises(SourceError, match="before its work was done"):
        read([Numbers(0, 5, act=leave), Numbers(5, 9)], 2)


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_of_a_source_is_raised(processes: int) -> None:
    def refuse(_: int) -> None:
        raise SourceError("The disk is gone.", hint="Look for it.")

    with pytest.raises(SourceError, match="The disk is gone") as raised:
        read([Numbers(0, 5, act=refuse), Numbers(5, 9, act=refuse)], processes)
    assert raised.value.hint == "Look for it."


def test_closing_the_iterator_early_ends_the_processes() -> None:
    before = children()
    outcomes = read_shares(
        [Numbers(at, at + 1, act=lambda _: time.sleep(0.2)) for at in range(1000)],
        examiner(),
        Stop(60),
        2,
        iter(()),
    )
    next(outcomes)
    started = children() - before
    assert len(started) == 2
    outcomes.close()  # type: ignore[attr-defined]
    assert not started & children()


def test_background_work_is_run_to_its_end() -> None:
    steps: list[int] = []

    def meanwhile() -> Iterator[bool]:
        for step in range(5):
            steps.append(step)
            yield step % 2 == 0

    for processes in (1, 2):
        steps.clear()
        list(read_shares([Numbers(0, 9), Numbers(9, 20)], examiner(), Stop(60), processes, meanwhile()))
        assert steps == [0, 1, 2, 3, 4]


def test_all_processes_see_the_reason_to_stop() -> None:
    stop = Stop(60)
    stop.too_many_bytes()
    total = read([Numbers(0, 10), Numbers(10, 20)], 2, stop)
    assert {item.reason for item in total.skipped} == {"scan-limit"}
    assert len(total.skipped) == 20


def test_how_many_processes() -> None:
    large = [Numbers(0, 1, cost=100 * MIB) for _ in range(8)]
    assert processes_for(large, 3) == 3
    assert processes_for(large[:2], 3) == 2
    assert processes_for([Numbers(0, 1, cost=1)] * 8, 3) == 1
    assert processes_for([], 3) == 1
    assert processes_for(large, None) == min(8, len(os.sched_getaffinity(0)))


def test_no_process_is_forked_while_threads_run() -> None:
    large = [Numbers(0, 1, cost=100 * MIB) for _ in range(8)]
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert not may_fork()
        assert processes_for(large, 3) == 1
    finally:
        done.set()
        thread.join()
    assert may_fork()


def test_threads_that_only_wait_do_not_count() -> None:
    reading, writing = os.pipe()
    start_waiting(thread := threading.Thread(target=os.read, args=(reading, 1)))
    assert may_fork()
    os.write(writing, b"x")
    thread.join()
    os.close(reading)
    os.close(writing)
