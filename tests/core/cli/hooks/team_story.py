"""The story of a team: it adopts BECA in a repository with old secrets, and keeps the gate.

`test_team_story` plays it on a small repository. On a real one, whose clone it changes and throws away, each step is
printed with its time:

    python -m tests.core.cli.hooks.team_story https://example.org/shop.git
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.core.cli.hooks.clones import Clone
from tests.false_cleans.planting import token

if TYPE_CHECKING:
    from collections.abc import Callable


class TeamStory:
    """What the team does, step after step; each checks what BECA answers.

    Args:
        clone: The repository, with a bare remote. Its history has at least one secret.
        secret: Returns the line of a secret that the repository does not have, for each number another one.
        say: Called with what has been done, and how many seconds it took.
    """

    def __init__(
        self, clone: Clone, secret: Callable[[int], str], say: Callable[[str, float], None] = lambda _, __: None
    ) -> None:
        self.clone = clone
        self.secret = secret
        self._say = say
        self._began = time.perf_counter()

    def play(self) -> None:
        self.adopt()
        self.leak()
        self.rebase_and_move()
        self.accept_for_a_while()
        self.merge_baselines()
        self.remove()

    def adopt(self) -> None:
        assert self.beca("scan", ".") == 1
        self.done("the first scan finds old secrets")
        assert self.beca("init") == 0
        self.done("beca init writes configuration, baseline and hook")
        assert self.clone.run("beca", "init", str(self.clone.bare)).returncode == 0
        assert self.commit("adopt BECA") == 0
        assert self.clone.run("beca", "scan", ".", "-q").stdout == ""
        assert self.clone.push("main").returncode == 0
        self.done("the gate is green")

    def leak(self) -> None:
        self.write("new.env", self.secret(1))
        self.clone.git("add", "-A")
        self.done("a new leak is staged")
        assert self.clone.run("beca", "scan", "--staged", "-q").returncode == 1
        self.done("beca scan --staged refuses it")
        assert self.commit("leak") == 1
        assert self.clone.run("git", "commit", "-qnm", "leak").returncode == 0
        self.done("the hook refuses it, and --no-verify passes it by")
        assert self.clone.push("main").returncode == 1
        self.done("pre-receive refuses the push")
        self.forget_last_commit()

    def rebase_and_move(self) -> None:
        self.clone.git("checkout", "-q", "-b", "topic", "HEAD~1")
        self.clone.commit("topic.txt", "text\n")
        self.clone.git("rebase", "-q", "main")
        assert self.beca("scan", ".") == 0
        self.done("what was known is known after a rebase")
        for path in self.paths_with_secrets():
            self.clone.git("mv", path, f"moved-{path.replace('/', '-')}")
        assert self.commit("move") == 0
        assert self.beca("scan", ".") == 0
        assert self.clone.push("topic").returncode == 0
        self.done("files with known secrets are moved and pushed, and known")

    def accept_for_a_while(self) -> None:
        config = self.clone.path / ".beca.toml"
        before = config.read_text()
        entry = '\n[[allow]]\npath = "accepted.env"\nreason = "for a while"\nexpires = {}\n'
        self.write("accepted.env", self.secret(2))
        config.write_text(before + entry.format("2099-01-31"))
        assert self.commit("accept") == 0
        self.done("an entry of the allow-list accepts a secret")
        config.write_text(before + entry.format("2020-01-31"))
        ended = self.clone.run("beca", "scan", ".")
        assert ended.returncode == 1
        assert "has expired on 2020-01-31" in ended.stderr
        self.done("the entry expires and is named")
        self.forget_last_commit()

    def merge_baselines(self) -> None:
        self.clone.git("checkout", "-q", "main")
        self.clone.git("branch", "-qD", "topic")
        for branch, number in (("first", 3), ("second", 4)):
            self.clone.git("checkout", "-q", "-b", branch, "main")
            self.clone.commit(f"{branch}.env", self.secret(number))
            assert self.beca("baseline", "update", "--scope", "head") == 0
            self.clone.git("commit", "-qam", f"accept the {branch}", "--no-verify")
        self.clone.git("merge", "-q", "--no-edit", "first")
        assert self.beca("scan", ".", "--scope", "head") == 0
        self.done("the baselines of two branches are merged without a conflict")

    def remove(self) -> None:
        (self.clone.path / "first.env").unlink()
        assert self.commit("remove") == 0
        ended = self.clone.run("beca", "baseline", "update", "--scope", "head", "--drop-only")
        assert ended.returncode == 0
        assert "1 secret gone" in ended.stdout
        self.done("a secret that was removed drops out")

    def paths_with_secrets(self) -> list[str]:
        """Return some files of the current version that hold a known secret."""
        shown = self.clone.run("beca", "baseline", "show", "-f", "json").stdout
        tracked = set(self.clone.git("ls-files").splitlines())
        known = [line.split('"')[3] for line in shown.replace('"path"', '\n"path"').splitlines() if '"path"' in line]
        return sorted(tracked.intersection(known))[:3]

    def beca(self, *arguments: str) -> int:
        return self.clone.run("beca", *arguments).returncode

    def write(self, name: str, text: str) -> None:
        (self.clone.path / name).write_text(text)

    def commit(self, message: str) -> int:
        """Commit everything as a user does, with the hook, and return the exit code."""
        self.clone.git("add", "-A")
        return self.clone.run("git", "commit", "-qm", message).returncode

    def forget_last_commit(self) -> None:
        """Remove the last commit with its objects, which a scan of the history would find otherwise."""
        self.clone.git("reset", "-q", "--hard", "HEAD~1")
        self.clone.git("reflog", "expire", "--expire=now", "--all")
        self.clone.git("gc", "-q", "--prune=now")

    def done(self, what: str) -> None:
        now = time.perf_counter()
        self._say(what, now - self._began)
        self._began = now


def main(source: str) -> None:
    """Play the story on a clone of a repository."""
    program = [sys.executable, "-m", "beca_core.cli"]
    with tempfile.TemporaryDirectory() as directory:
        clone = Clone(Path(directory), dict(os.environ), program, source)
        story = TeamStory(
            clone,
            lambda number: f'token = "{token(f"team story {number}").value.decode()}"\n',
            lambda what, seconds: sys.stdout.write(f"{seconds:7.2f} s  {what}\n"),
        )
        story.play()


if __name__ == "__main__":
    main(sys.argv[1])
