"""`beca scan` as a process: of a path, and of standard input."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.false_cleans.situation import Answer, Way
from tests.false_cleans.verdict import lists_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.false_cleans.situation import Case, Situation

ROOT: Final = Path(__file__).parents[3]
PATIENCE: Final = 60.0
"""How many seconds longer than allowed a scan may take before it is ended."""

OPTIONS: Final = {
    "max_blob_bytes": "--max-blob-size",
    "scan_seconds": "--scan-time",
    "scan_bytes": "--max-scan-size",
    "archive_depth": "--max-archive-depth",
    "archive_members": "--max-archive-members",
    "archive_bytes": "--max-archive-size",
    "locate_seconds": "--locate-time",
    "max_findings": "--max-findings",
    "plugin_seconds": "--plugin-time",
}
"""The option that sets a field of `Limits`."""


class Ended(NamedTuple):
    """How a process ended; the code is None if it had to be ended."""

    code: int | None
    out: bytes
    err: str
    seconds: float


def environment(root: Path, **variables: str) -> dict[str, str]:
    """The environment of a process: a home and the plugins of this situation, and of this process's own only PATH."""
    home = root / "home"
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
        "PYTHONPATH": os.pathsep.join([str(root / "site"), str(ROOT)]),
        "COLUMNS": "200",
        **variables,
    }


def run(command: list[str], environment: dict[str, str], stdin: bytes, seconds: float) -> Ended:
    """Run a command in a process group of its own, and end all of it if it takes too long."""
    began = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(stdin, timeout=seconds + PATIENCE)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            _end_group(process.pid)
            out, err = process.communicate()
            code = None
        _end_group(process.pid)  # what a plugin has started and left
    return Ended(code, out, err.decode("utf-8", "replace"), time.monotonic() - began)


def _end_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


class CommandLine:
    """Scans with `beca scan`.

    Args:
        situation: The situation.
        root: Its directory.
        way: `CLI` or `STDIN`.
    """

    def __init__(self, situation: Situation, root: Path, way: Way) -> None:
        self._situation = situation
        self._root = root
        self._is_stdin = way is Way.STDIN
        self.state: Path | None = root / "scan.state"

    def scan(self, case: Case, rules: tuple[str, ...] | None, limits: Mapping[str, float]) -> Answer:
        """Scan once. If the secret is not listed, scan again for the report for people, from the same state."""
        assert self.state is not None
        before = self._root / "before.state"
        if self.state.exists():
            shutil.copy(self.state, before)
        ended = self._run(case, rules, limits, "json", self.state)
        answer = _answer(ended)
        if answer.coverage is None or lists_secret(case, answer):
            return answer
        table = self._run(case, rules, limits, "table", before)
        before.unlink(missing_ok=True)
        return Answer(answer.findings, answer.coverage, answer.code, table=table.out.decode(), seconds=answer.seconds)

    def _run(
        self, case: Case, rules: tuple[str, ...] | None, limits: Mapping[str, float], output: str, state: Path
    ) -> Ended:
        situation = self._situation
        target = "-" if self._is_stdin else str(case.target)
        options = [f"{OPTIONS[name]}={value}" for name, value in limits.items()]
        if rules is not None:
            options.append(f"--rules={','.join(rules)}")
        if situation.scope is not None and not self._is_stdin:
            options.append(f"--scope={situation.scope}")
        if situation.respects_gitignore:
            options.append("--respect-gitignore")
        if situation.excludes_binary:
            options.append("--exclude-binary")
        if situation.steps:
            options.append(f"--state={state}")
        command = [sys.executable, "-m", "beca_core.cli", "scan", target, "--format", output, *options]
        stdin = case.target.read_bytes() if self._is_stdin else b""
        return run(command, environment(self._root), stdin, situation.seconds)


def _answer(ended: Ended) -> Answer:
    if ended.code is None:
        return Answer(seconds=ended.seconds, broken=f"had not ended after {ended.seconds:.0f} s")
    if "Traceback" in ended.err:
        return Answer(broken=f"traceback: {ended.err.strip().splitlines()[-1]}")
    if ended.code == 2 and not ended.out.strip():
        return Answer(code=2, error=ended.err.strip()[:200] or "no message")
    try:
        report = json.loads(ended.out)
    except ValueError:
        return Answer(code=ended.code, broken=f"no JSON ({len(ended.out)} bytes), exit code {ended.code}")
    return Answer(tuple(report["findings"]), report["coverage"], ended.code, seconds=ended.seconds)
