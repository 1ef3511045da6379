"""`TreeMemory`: how much memory a process and all its descendants take together, looked at while they run."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from types import TracebackType

_PROC: Final = Path("/proc")
_SECONDS: Final = 0.05
_KIB: Final = 1024
_FIELD: Final = re.compile(r"^(Rss|Pss):\s+(\d+) kB$", re.MULTILINE)


class Memory(NamedTuple):
    """Bytes that processes take.

    Args:
        proportional: The sum of their proportional set sizes: of a page that n of them map, each has an n-th.
        resident: The sum of their resident set sizes, so shared pages count in each.
    """

    proportional: int = 0
    resident: int = 0

    def __or__(self, other: Memory) -> Memory:
        """Return the larger of each figure."""
        return Memory(max(self.proportional, other.proportional), max(self.resident, other.resident))


class TreeMemory:
    """Sample a process tree in a thread, about twenty times a second, while the `with` block lasts.

    Sampling costs the sampled processes some time: they should not be timed meanwhile.

    Args:
        pid: The root of the tree.
    """

    def __init__(self, pid: int) -> None:
        self.peak = Memory()
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(_SECONDS):
            self.peak |= memory_of(tree(self._pid))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()


def tree(pid: int) -> list[int]:
    """Return the ids of a process and its descendants, as far as they are there."""
    found = [pid]
    for member in found:
        found += _children(member)
    return found


def memory_of(pids: list[int]) -> Memory:
    """Return what some processes take together; those that have ended count nothing."""
    proportional = resident = 0
    for pid in pids:
        fields = dict(_FIELD.findall(_read(_PROC / str(pid) / "smaps_rollup")))
        proportional += int(fields.get("Pss", 0)) * _KIB
        resident += int(fields.get("Rss", 0)) * _KIB
    return Memory(proportional, resident)


def _children(pid: int) -> list[int]:
    try:
        threads = list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []
    return [int(child) for thread in threads for child in _read(thread / "children").split()]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
