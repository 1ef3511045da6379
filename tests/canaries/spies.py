"""Spies: programs that record the command line and the environment with which they are started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
GIT = """#!/bin/sh
{ printf '%s\\n' "$@"; env; } >> SPYLOG
exec REALGIT "$@"
"""
PYTHON = """
import os, sys

with open(SPYLOG, "ab") as log:
    log.write(b"\\n".join([*map(os.fsencode, sys.orig_argv), *map(b"=".join, os.environb.items()), b""]))
"""
"""Python imports a module of the name `sitecustomize` when it starts."""


class Spies:
    """A `git` and a module of Python for the environment of processes.

    Args:
        directory: Where they are made, with the file that they write.
    """

    def __init__(self, directory: Path) -> None:
        self._log = directory / "spied"
        self._programs = directory / "bin"
        self._modules = directory / "modules"
        self._home = directory
        self._programs.mkdir()
        self._modules.mkdir()
        git = self._programs / "git"
        git.write_text(GIT.replace("SPYLOG", str(self._log)).replace("REALGIT", str(shutil.which("git"))))
        git.chmod(0o755)
        (self._modules / "sitecustomize.py").write_text(PYTHON.replace("SPYLOG", repr(str(self._log))))

    @property
    def seen(self) -> bytes:
        """Each argument and each variable of the processes that were started, on a line of its own."""
        return self._log.read_bytes()

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a process whose children are spied on."""
        return {
            "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self._home),
            "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
            "PYTHONPATH": f"{self._modules}{os.pathsep}{ROOT}",
            "BECA_CONFIG": os.devnull,
            **variables,
        }
