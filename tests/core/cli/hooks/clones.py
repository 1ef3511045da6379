"""`Clone`: a repository with a bare remote, whose hooks run this BECA."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Clone:
    """A repository with a bare remote, whose hooks run this BECA.

    Args:
        path: Where both are made.
        environment: The environment of all commands.
        program: The command of this BECA.
        source: What is cloned; empty: a repository with one commit is made.
    """

    def __init__(self, path: Path, environment: dict[str, str], program: list[str], source: str = "") -> None:
        self.path, self.bare = path / "clone", path / "bare.git"
        (path / "bin").mkdir()
        command = path / "bin" / "beca"
        command.write_text(f'#!/bin/sh\nexec {shlex.join(program)} "$@"\n')
        command.chmod(0o755)
        identity = {
            f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        self.environment = environment | identity | {"PATH": f"{path / 'bin'}:{environment['PATH']}"}
        if source:
            self.git("clone", "-q", "--bare", "--no-local", source, str(self.bare), at=path)
            self.git("clone", "-q", "--no-local", str(self.bare), str(self.path), at=path)
            self.git("checkout", "-q", "-B", "main")
            return
        self.git("init", "-q", "--bare", "-b", "main", str(self.bare), at=path)
        self.git("init", "-qb", "main", str(self.path), at=path)
        self.git("remote", "add", "origin", str(self.bare))
        self.commit("README", "nothing\n")
        self.git("push", "-q", "origin", "main")

    def run(self, *command: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=at or self.path, env=self.environment, capture_output=True, text=True, check=False, timeout=600
        )

    def git(self, *arguments: str, at: Path | None = None) -> str:
        ended = self.run("git", *arguments, at=at)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def commit(self, name: str, text: str, message: str = "x") -> None:
        (self.path / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", message, "--no-verify")

    def push(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("git", "push", "origin", *arguments)
