"""Rules are proved in several processes, with the answers of one."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core import PluginRegistry
from beca_core.testing import prove, side_by_side
from beca_core.testing.side_by_side import SideBySide
from tests.core.testing.conftest import SOUND

if TYPE_CHECKING:
    from collections.abc import Iterator

IDS = [f"rule-{number}" for number in range(10)]


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(side_by_side, "_LEAST", 2)
    monkeypatch.setattr(side_by_side, "may_fork", lambda: True)
    yield
    assert not [child for child in _children() if child is not None]


def _children() -> list[int | None]:
    try:
        return [os.waitpid(-1, os.WNOHANG)[0] or None]
    except ChildProcessError:
        return []


def proofs(processes: int) -> dict[str, list[str]]:
    with SideBySide(IDS, lambda rule_id: [rule_id, str(os.getpid())], processes) as several:
        return several.proofs()


@pytest.mark.parametrize(("processes", "used"), [(1, 1), (2, 2), (3, 3), (100, 5)])
def test_each_rule_is_proved_once_by_one_of_the_processes(processes: int, used: int) -> None:
    found = proofs(processes)
    assert {rule_id: said[0] for rule_id, said in found.items()} == {rule_id: rule_id for rule_id in IDS}
    assert len({said[1] for said in found.values()}) == used
    assert str(os.getpid()) in {said[1] for said in found.values()}


def test_where_threads_run_or_rules_are_few_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "_LEAST", 11)
    assert len({said[1] for said in proofs(4).values()}) == 1
    monkeypatch.undo()
    monkeypatch.setattr(side_by_side, "_LEAST", 2)
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert len({said[1] for said in proofs(4).values()}) == 1
    finally:
        ended.set()
        thread.join()


def test_what_a_killed_process_does_not_answer_is_proved_here() -> None:
    here = os.getpid()

    def prove_or_die(rule_id: str) -> list[str]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return [rule_id]

    with SideBySide(IDS, prove_or_die, 3) as several:
        assert several.proofs() == {rule_id: [rule_id] for rule_id in IDS}


def test_what_a_proof_raises_ends_the_others() -> None:
    def fail(_rule_id: str) -> list[str]:
        raise ValueError

    with pytest.raises(ValueError), SideBySide(IDS, fail, 3) as several:  # noqa: PT011 - it has no message
        several.proofs()


def test_the_kit_says_the_same_with_two_processes() -> None:
    rules = [replace(SOUND, id=f"acme-{number}", boundary="" if number % 3 else "0-9A-Za-z_") for number in range(6)]
    registry = PluginRegistry(cache_dir=False).with_rules(rules)
    found = prove(registry, processes=2)
    assert found == prove(registry)
    assert [*found] == sorted(rule.id for rule in rules)
    assert [bool(failures) for failures in found.values()] == [False, True, True, False, True, True]
