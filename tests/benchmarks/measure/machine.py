"""What a measurement ran on: facts about the machine, and nothing that names it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_LIBRARIES: Final = ("hyperscan", "google-re2", "isal", "dulwich")
_GIB: Final = 1024**3


def facts() -> dict[str, str]:
    """Return processor, memory, kernel and versions by what they are called."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{memory / _GIB:.0f} GiB",
        "system": f"Linux {'.'.join(platform.release().split('.')[:2])}",
        "Python": platform.python_version(),
        "git": said_by(["git", "--version"]).removeprefix("git version "),
        **{name: _version(name) for name in _LIBRARIES},
    }


def said_by(command: list[str]) -> str:
    """Return the first line that a program prints, or an empty string where it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(iter((done.stdout + done.stderr).splitlines()), "").strip()


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
