"""Random sequences of what teams do with a repository: no known finding becomes new, and no new one is hidden.

The model knows which secrets are at HEAD, and how often. A secret is new if the baseline has not seen it, or if HEAD
has it in more files than before.
"""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from beca_core import Baseline, Confidence, Engine, PluginRegistry, Rule, Severity, Suppression
from beca_core.findings import DEFAULT_FINGERPRINT_KEY

SEQUENCES: Final = 300 if os.environ.get("BECA_TEST_PROFILE") == "nightly" else 12
STEPS: Final = 6
FISH = Rule(
    id="fish",
    version=1,
    description="fish",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>fish[0-9]+)\b",
)
ENGINE = Engine(PluginRegistry(), rules=[FISH], cache_dir=False)


class Team:
    """A repository that random steps change, and what is in it."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.chance = random.Random(seed)
        self.made = 0
        self.git("init", "-qb", "main")
        for name in ("a", "d/b", "c.env"):
            self.write(name, f"x\nkey = {self.secret()}\ny\n")
        self.commit()
        self.copies_before = self.copies()

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
        subprocess.run(["git", "-C", str(self.path), *identity, *arguments], check=True, capture_output=True)

    def write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(text.encode())

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "step", "--allow-empty")

    def files(self) -> list[Path]:
        return sorted(path for path in self.path.rglob("*") if path.is_file() and ".git" not in path.parts)

    def secret(self) -> str:
        self.made += 1
        return f"fish{self.made}"

    def copies(self) -> Counter[str]:
        """Return in how many files each secret is."""
        words = (set(path.read_bytes().split()) for path in self.files())
        return Counter(word.decode() for of_file in words for word in of_file if word.startswith(b"fish"))

    def step(self) -> None:
        name = self.chance.choice(
            ["move", "indent", "crlf", "insert", "squash", "rebase", "remove", "add_new", "copy", "swap"]
        )
        getattr(self, name)()
        self.commit()

    def some_file(self) -> Path:
        return self.chance.choice(self.files())

    def move(self) -> None:
        target = self.path / f"moved{self.chance.randrange(99)}" / f"f{self.chance.randrange(10**6)}"
        target.parent.mkdir(exist_ok=True)
        self.some_file().rename(target)

    def indent(self) -> None:
        file = self.some_file()
        file.write_bytes(b"".join(b"    " + line for line in file.read_bytes().splitlines(keepends=True)))

    def crlf(self) -> None:
        file = self.some_file()
        data = file.read_bytes()
        file.write_bytes(data.replace(b"\r\n", b"\n") if b"\r" in data else data.replace(b"\n", b"\r\n"))

    def insert(self) -> None:
        file = self.some_file()
        file.write_bytes(b"inserted\n" * self.chance.randrange(1, 5) + file.read_bytes())

    def squash(self) -> None:
        self.insert()
        self.commit()
        self.git("reset", "-q", "--soft", "HEAD~1")
        self.git("commit", "-q", "--amend", "-m", "squashed")

    def rebase(self) -> None:
        self.git("branch", "-f", "side")
        self.write(f"main{self.chance.randrange(10**6)}", "nothing\n")
        self.commit()
        self.git("switch", "-q", "side")
        self.write(f"side{self.chance.randrange(10**6)}", "nothing\n")
        self.commit()
        self.git("rebase", "-q", "main")
        self.git("branch", "-f", "main")
        self.git("switch", "-q", "main")
        self.git("branch", "-D", "side")

    def remove(self) -> None:
        if len(self.files()) > 2:
            self.some_file().unlink()

    def swap(self) -> None:
        first, second = self.some_file(), self.some_file()
        data = first.read_bytes(), second.read_bytes()
        first.write_bytes(data[1])
        second.write_bytes(data[0])

    def add_new(self) -> None:
        self.write(f"new{self.chance.randrange(10**6)}", f"key = {self.secret()}\n")

    def copy(self) -> None:
        self.write(f"copy{self.chance.randrange(10**6)}", self.some_file().read_bytes().decode())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEQUENCES))
@pytest.mark.parametrize("scope", ["history", "head"])
def test_known_stays_known_and_new_stays_new(seed: int, scope: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        team = Team(Path(directory), seed)
        first = ENGINE.scan(team.path, scope=scope)
        Baseline.of(first.findings, DEFAULT_FINGERPRINT_KEY).save(team.path / ".git" / "base")
        for _ in range(STEPS):
            team.step()
            baseline = Baseline.load(team.path / ".git" / "base", DEFAULT_FINGERPRINT_KEY)
            report = ENGINE.scan(team.path, scope=scope, suppression=Suppression(baselines=(baseline,)))
            now, before = team.copies(), team.copies_before
            new = Counter(f.secret.decode() for f in report.findings if f.in_head)
            expected = {secret: count - before[secret] for secret, count in now.items() if count > before[secret]}
            assert new == expected
            removed = {f.secret.decode() for f in report.findings if not f.in_head}
            assert removed.isdisjoint(before)
