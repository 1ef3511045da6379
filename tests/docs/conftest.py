"""Reads the fenced blocks of the documentation, and runs them page by page in a sandbox of their own.

A comment right above a block says how it is used; without one, `sh` and `python` blocks are run and must succeed,
`json`, `toml` and `yaml` blocks must parse, and a `mermaid` block must name a kind of diagram.

- `<!-- file: PATH -->`: the block is written to that file.
- `<!-- background: URL -->`: the block is started and left running once the URL answers.
- `<!-- exit: N -->`: the block must end with that exit code.
- `<!-- output -->`: the block is what the one before it printed; a line `...` stands for any lines, and `...` within a
  line for any text.
- `<!-- recipe: NAME -->`: the block is for an online service; `test_ci_recipes.py` emulates what that does with it.
- `<!-- shown: REASON -->`: the block is only checked for syntax, for the reason given.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("plugins/*/README.md"))]
DIAGRAMS = ("flowchart", "sequenceDiagram", "stateDiagram", "classDiagram", "graph")

_MOST_SECONDS = 300
_BLOCK = re.compile(
    r"(?:^<!--[ ]*(?P<use>[a-z]+)(?::[ ]*(?P<argument>.*?))?[ ]*-->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SHIMS = {
    "pip": "exit 0",
    "uv": '[ "$1" = run ] || exit 0; shift; while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"',
}


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    line: int
    language: str
    text: str
    use: str
    argument: str

    @property
    def label(self) -> str:
        return f"line {self.line} ({self.language or 'text'})"


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text()
    return [
        Block(
            line=text.count("\n", 0, found.start("language")) + 1,
            language=found["language"],
            text=found["text"],
            use=found["use"] or "",
            argument=found["argument"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]


class Sandbox:
    """Runs the blocks of one page, in order, in an empty home directory; only compiled rules are shared."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.output = ""
        self._background: list[subprocess.Popen[bytes]] = []
        self._environment = self._make_environment()

    def _make_environment(self) -> dict[str, str]:
        shims = self.home / ".shims"
        shims.mkdir()
        for name, script in _SHIMS.items():
            (shims / name).write_text(f"#!/bin/sh\n{script}\n")
            (shims / name).chmod(0o755)
        return {
            "HOME": str(self.home),
            "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
            "PATH": f"{shims}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "BECA_PORT": str(self.port),
            "PYTEST_DEBUG_TEMPROOT": str(self.home),  # elsewhere it would remove what earlier test runs have left
            "COLUMNS": "120",
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.com",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }

    def run(self, block: Block) -> None:
        text = block.text.replace(":3000", f":{self.port}")
        if block.use == "shown":
            self._check_syntax(block, text)
        elif block.use == "output":
            self._compare(block, text)
        elif block.use == "file":
            path = self.home / block.argument
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif block.language in ("sh", "python"):
            self._execute(block, text)
        else:
            self._check_syntax(block, text)

    def close(self) -> None:
        for process in self._background:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def _execute(self, block: Block, text: str) -> None:
        command = (
            [sys.executable, "-c", text] if block.language == "python" else ["bash", "-euo", "pipefail", "-c", text]
        )
        log = self.home / f".log-{block.line}"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=self.home,
                env=self._environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        if block.use == "background":
            self._background.append(process)
            self._await(block.argument.replace(":3000", f":{self.port}"), process, log)
        else:
            code = self._end_of(process, block, log)
            expected = int(block.argument) if block.use == "exit" else 0
            assert code == expected, f"{block.label} ended with {code}:\n{log.read_text()}"
        self.output = log.read_text()

    def _end_of(self, process: subprocess.Popen[bytes], block: Block, log: Path) -> int:
        try:
            return process.wait(_MOST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            pytest.fail(f"{block.label} does not end:\n{log.read_text()}")

    def _await(self, url: str, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
                return
            time.sleep(0.2)
        pytest.fail(f"{url} does not answer:\n{log.read_text()}")

    def _compare(self, block: Block, text: str) -> None:
        pattern = "\n".join(
            r"(?:.*\n)*?.*" if line.strip() == "..." else re.escape(line.rstrip()).replace(r"\.\.\.", ".*")
            for line in text.strip().splitlines()
        )
        printed = "\n".join(line.rstrip() for line in self.output.strip().splitlines())
        assert re.fullmatch(pattern, printed), f"{block.label} is not what was printed:\n{printed}"

    @staticmethod
    def _check_syntax(block: Block, text: str) -> None:
        if block.language == "sh":
            subprocess.run(["bash", "-n", "-c", text], check=True)
        elif block.language == "python":
            compile(text, block.label, "exec")
        elif block.language == "json":
            json.loads(text)
        elif block.language == "toml":
            tomllib.loads(text)
        elif block.language == "yaml":
            yaml.safe_load(text)
        elif block.language == "mermaid":
            assert text.split()[0] in DIAGRAMS
        else:
            assert block.use == "shown" or block.language == "text", f"{block.label}: no test knows this language"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    box = Sandbox(tmp_path)
    yield box
    box.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])


@pytest.fixture
def blocks(page: Path) -> list[Block]:
    return blocks_of(page)
