"""Runs the command line with a home, settings and plugins of the test, in this process or in a new one."""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from beca_core.cli import main
from tests.distributions import install_distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]

SLOW_PLUGIN = """
    import time
    from beca_core import Confidence, RuleInfo, Severity, hookimpl

    class Slow:
        rules = (RuleInfo(id="slow", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW),)
        anchors = ()

        def scan(self, data):
            ACTION
            return ()

    @hookimpl
    def beca_register_scanners():
        return [Slow()]
"""

ACME_PLUGIN = """
    from beca_core import Confidence, Example, Rule, Severity, hookimpl

    SECRET = "acme_" + "0f" * 8

    RULE = Rule(
        id="acme-token",
        version=3,
        description="ACME internal token",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=r"\\b(?P<secret>acme_[0-9a-f]{16})\\b",
        keywords=("acme_",),
        examples=(Example(f"token = {SECRET}", secret=SECRET),),
        counter_examples=("acme_readme",),
        references=("https://docs.example.com/tokens",),
        remediation="Revoke it.",
    )


    @hookimpl
    def beca_register_rules():
        return [RULE]
"""
ACME_SECRET = "acme_" + "0f" * 8


@dataclass(frozen=True)
class Outcome:
    """How a process ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def run_here(program: Callable[[], int], stdin: bytes = b"") -> Outcome:
    """Run a program in this process, with its own standard streams."""
    streams = [io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin, b"", b"")]
    with mock.patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]):
        try:
            code = program()
        except SystemExit as ended:
            code = ended.code
    return Outcome(code, *(written(stream) for stream in streams[1:]))


def written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()


def slow_plugin(action: str) -> str:
    """Return a plugin that finds nothing, and runs a slow statement for each blob."""
    return SLOW_PLUGIN.replace("ACTION", action)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory on the module search path, for packages."""
    path = tmp_path / "site"
    path.mkdir()
    return path


@pytest.fixture
def install(site: Path) -> Callable[..., None]:
    """Install a distribution that is one module, with the files that pip would write."""

    def install_module(name: str, source: str, *, group: str = "beca.plugins", target: str = "") -> None:
        install_distribution(site, name, source, group=group, target=target)

    return install_module


@pytest.fixture
def acme_source() -> str:
    """The code of a plugin with one rule."""
    return ACME_PLUGIN


@pytest.fixture
def acme(install: Callable[..., None], acme_source: str) -> str:
    """Install that plugin, and return a text in which its rule finds one secret."""
    install("acme", acme_source)
    return f"token = {ACME_SECRET}\n"


@pytest.fixture
def environment(tmp_path: Path, site: Path) -> dict[str, str]:
    """The environment of the processes: of this one's, only PATH and the cache, so that rules are compiled once.

    Without the built-in rules, since to register hundreds of them takes longer than most of what is tested here; the
    fixture `with_builtin` is for tests that are about them.
    """
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
        "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)]),
        "COLUMNS": "100",
        "BECA_DISABLED_PLUGINS": "builtin",
    }


@pytest.fixture
def with_builtin(environment: dict[str, str]) -> None:
    """Let the processes have the built-in rules too."""
    del environment["BECA_DISABLED_PLUGINS"]


@pytest.fixture
def program() -> list[str]:
    return [sys.executable, "-m", "beca_core.cli"]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let the processes that a test starts react to SIGINT, even if this process was started to ignore it."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.fixture
def beca(
    environment: dict[str, str], site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Outcome]]:
    """Run `beca` with arguments in this process, which is fast. Each test imports the plugins again."""
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, stdin: bytes = b"", **variables: str) -> Outcome:
        with mock.patch.dict(os.environ, environment | variables, clear=True):
            return run_here(lambda: main([*map(str, arguments)]), stdin)

    yield run
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(site)):
            del sys.modules[name]
    gc.unfreeze()


@pytest.fixture
def process(environment: dict[str, str], program: list[str], tmp_path: Path) -> Callable[..., Outcome]:
    """Run `beca` with arguments in a new process."""

    def run(*arguments: str | Path, stdin: bytes = b"", **variables: str) -> Outcome:
        ended = subprocess.run(
            [*program, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env=environment | variables,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        return Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return run


@pytest.fixture
def partly_read(tmp_path: Path, acme: str) -> Path:
    """A repository with one secret, and a blob of 2,048 bytes that a limit of 1K excludes."""
    path = tmp_path / "partly"
    path.mkdir()
    (path / "app.env").write_text(acme)
    (path / "large.bin").write_bytes(b"x" * 2048)
    git = ["git", "-C", str(path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    return path


@pytest.fixture
def tree(tmp_path: Path, acme: str) -> Path:
    """A directory with one secret in two lines of one of its files."""
    path = tmp_path / "tree"
    (path / "config").mkdir(parents=True)
    (path / "config" / "app.env").write_text(f"# settings\n{acme}")
    (path / "README").write_text("nothing here\n")
    return path


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
