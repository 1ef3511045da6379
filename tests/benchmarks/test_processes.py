"""Programs are run once and accounted for: time, memory of the whole tree, and how they ended."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
from measure.memory import Memory, memory_of, tree
from measure.processes import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1024 * 1024

BURN = "import time\nwhile time.process_time() < 0.2: pass"
HOLD = f"import time\nheld = b'x' * {64 * MIB}\ntime.sleep(0.5)"
IN_A_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}], check=True)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture
def waiting_child() -> Iterator[tuple[int, int]]:
    """The ids of a process and of the child that it waits for."""
    code = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        print(child.pid, flush=True)
        input()
        child.communicate(b"\\n")
    """
    with subprocess.Popen(python(textwrap.dedent(code)), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
        process.communicate(b"\n")


def test_the_end_of_a_program_is_told(tmp_path: Path) -> None:
    done = run(["sh", "-c", "echo out; echo err >&2; exit 7"], tmp_path)
    assert done.exit_code == 7
    assert done.errors == "err\n"
    assert (tmp_path / "stdout").read_text() == "out\n"


def test_a_program_that_was_killed_has_a_negative_exit_code(tmp_path: Path) -> None:
    assert run(["sh", "-c", "kill -TERM $$"], tmp_path).exit_code == -15


def test_what_is_no_text_on_stderr_can_be_read_all_the_same(tmp_path: Path) -> None:
    assert "bad" in run(["sh", "-c", r"printf 'bad \377' >&2"], tmp_path).errors


@pytest.mark.slow
def test_processor_time_includes_that_of_children(tmp_path: Path) -> None:
    done = run(python(IN_A_CHILD.format(BURN)), tmp_path)
    assert done.exit_code == 0
    assert done.cpu >= 0.2


def test_wall_time_includes_waiting_and_processor_time_does_not(tmp_path: Path) -> None:
    done = run(["sleep", "0.3"], tmp_path)
    assert done.wall >= 0.3
    assert done.cpu < done.wall


def test_memory_is_that_of_the_whole_tree(tmp_path: Path) -> None:
    done = run(python(IN_A_CHILD.format(HOLD)), tmp_path, with_memory=True)
    assert done.memory.proportional > 64 * MIB
    assert done.memory.resident >= done.memory.proportional
    assert done.largest > 64 * MIB


def test_memory_is_not_sampled_unless_asked_for(tmp_path: Path) -> None:
    assert run(["true"], tmp_path).memory == Memory(0, 0)


@pytest.mark.slow
def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    done = run(["sh", "-c", "sleep 60 & echo $!; wait; echo survived"], tmp_path, seconds=2)
    assert done.exit_code == -9
    child, *more = (tmp_path / "stdout").read_text().split()
    assert more == []
    deadline = time.monotonic() + 20
    while _is_alive(int(child)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run([str(tmp_path / "nothing")], tmp_path)


def test_a_program_gets_the_variables_that_it_is_given(tmp_path: Path) -> None:
    run(["sh", "-c", 'echo "$GIVEN"'], tmp_path, environment={"GIVEN": "this"})
    assert (tmp_path / "stdout").read_text() == "this\n"


@pytest.mark.parametrize("name", ["BECA_RULES", "GITLEAKS_CONFIG", "BETTERLEAKS_CONFIG", "GIT_DIR", "PYTHONPATH"])
def test_no_variable_that_changes_a_scanner_gets_through(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "anything")
    assert name not in clean_environment()


def test_other_variables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECAUSE", "kept")
    assert clean_environment()["BECAUSE"] == "kept"
    assert "PATH" in clean_environment()


def test_a_tree_has_children_and_the_root_first(waiting_child: tuple[int, int]) -> None:
    parent, child = waiting_child
    assert tree(parent) == [parent, child]
    assert child in tree(os.getpid())


def test_memory_of_several_processes_is_their_sum(waiting_child: tuple[int, int]) -> None:
    parent, child = waiting_child
    alone = memory_of([parent])
    assert alone.resident > MIB
    assert memory_of([parent, child]).resident > alone.resident


def test_a_process_that_is_gone_takes_nothing() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert memory_of([process.pid]) == Memory(0, 0)
    assert tree(process.pid) == [process.pid]


def test_a_peak_keeps_the_larger_of_each_figure() -> None:
    assert Memory(1, 20) | Memory(2, 10) == Memory(2, 20)


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet waited for by init does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
