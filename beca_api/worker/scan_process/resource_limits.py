"""Kernel limits and priority of a scan's process; its supervisor watches the wall clock."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from beca_core.system.settings import Settings

_MEMORY_BYTES: Final = 8 * 1024**3
_OPEN_FILES: Final = 4096
_OOM_SCORE_ADJUSTMENT: Final = "500"
_NICENESS: Final = 5


def limit_process(pid: int, settings: Settings) -> None:
    """Limit a process that has just been started and leads a session, and every process that it will start.

    The limit of the address space is that of the memory plus the size of a repository, since packs are memory-mapped.
    When the machine runs out of memory, the kernel kills a scan before it kills the server, and when processors are
    short, a scan waits for what else runs: its niceness is 5 more than that of the worker, at least 5 and, since Linux
    has no more, at most 19. A kernel that shares processors between sessions first needs to hear it of the session too.
    Linux only: other systems set no limits.
    """
    if sys.platform != "linux":
        return
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_DATA: _MEMORY_BYTES,
        resource.RLIMIT_AS: _MEMORY_BYTES + settings.max_fetch_bytes,
        resource.RLIMIT_FSIZE: settings.max_fetch_bytes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    with suppress(ProcessLookupError):
        for kind, value in limits.items():
            _lower(pid, kind, value)
    with suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, _NICENESS + max(0, os.getpriority(os.PRIO_PROCESS, 0)))
    for name, text in (("oom_score_adj", _OOM_SCORE_ADJUSTMENT), ("autogroup", str(_NICENESS))):
        with suppress(OSError):
            Path(f"/proc/{pid}/{name}").write_text(text)


def _lower(pid: int, kind: int, value: int) -> None:
    _, hard = resource.prlimit(pid, kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.prlimit(pid, kind, (value, value))
