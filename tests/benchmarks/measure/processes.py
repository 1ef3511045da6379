"""Running a program once, and what it cost, as the operating system accounts for it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from measure.memory import Memory, TreeMemory, tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_KIB: Final = 1024
_FOREIGN: Final = ("BECA_", "BETTERLEAKS_", "GITLEAKS_", "KF_", "KINGFISHER_", "GIT_", "PYTHON")


@dataclass(frozen=True, slots=True)
class Run:
    """A program that has ended.

    Args:
        wall: Seconds from its start to its end.
        cpu: Seconds of processor time, those of all descendants that were waited for included.
        exit_code: Its exit code, negative for a signal.
        largest: Bytes that the largest single process had resident at its peak.
        memory: What the whole tree took at its peak; zero where that was not asked for.
        errors: What it wrote to standard error.
    """

    wall: float
    cpu: float
    exit_code: int
    largest: int
    memory: Memory
    errors: str


def run(
    command: Sequence[str],
    scratch: Path,
    *,
    environment: Mapping[str, str] | None = None,
    with_memory: bool = False,
    seconds: float = 3600.0,
) -> Run:
    """Run a program in a directory of its own, its output going to files there.

    Args:
        command: The program and its arguments.
        scratch: Where `stdout` and `stderr` are written, and the program's working directory.
        environment: Variables that are added to those of `clean_environment`.
        with_memory: Whether the memory of the process tree is sampled, which costs time.
        seconds: After so long it is killed, with all its descendants.
    """
    started = time.perf_counter()
    with ExitStack() as stack:
        process = subprocess.Popen(
            command,
            cwd=scratch,
            env={**clean_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=stack.enter_context((scratch / "stdout").open("wb")),
            stderr=stack.enter_context((scratch / "stderr").open("wb")),
        )
        sampler = stack.enter_context(TreeMemory(process.pid)) if with_memory else None
        with _killed_after(process.pid, seconds):
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        exit_code=process.returncode,
        largest=usage.ru_maxrss * _KIB,
        memory=Memory() if sampler is None else sampler.peak,
        errors=(scratch / "stderr").read_text(errors="replace"),
    )


def clean_environment() -> dict[str, str]:
    """Return the environment without what would change the behaviour of a scanner, git or Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}


@contextmanager
def _killed_after(pid: int, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, _kill_tree, [pid])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _kill_tree(pid: int) -> None:
    for member in tree(pid):
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
