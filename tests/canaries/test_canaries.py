"""No canary is in clear in anything that BECA writes, logs, stores, answers, or starts.

A run takes one of sixty rules; BECA_TEST_CANARIES=1 takes all.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.canaries.planted import Planted, plant

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EVERY = int(os.environ.get("BECA_TEST_CANARIES") or 60)
SECONDS = 600 if EVERY == 1 else 90
FORMATS = ("table", "json", "jsonl", "sarif", "csv", "junit", "html", "gitlab", "github", "markdown")
SPY = """#!/bin/sh
{ printf '%s\\n' "$@"; env; } >> SPYLOG
exec REALGIT "$@"
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("canaries") / "repository.git", EVERY)


@pytest.fixture
def spy(tmp_path: Path) -> Path:
    """A directory for the PATH whose `git` records its command line and environment."""
    directory = tmp_path / "bin"
    directory.mkdir()
    script = SPY.replace("SPYLOG", str(tmp_path / "spied")).replace("REALGIT", str(shutil.which("git")))
    (directory / "git").write_text(script)
    (directory / "git").chmod(0o755)
    return directory


def environment(tmp_path: Path, spy: Path, **variables: str) -> dict[str, str]:
    return {
        "PATH": f"{spy}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
        "PYTHONPATH": str(ROOT),
        "BECA_CONFIG": os.devnull,
        **variables,
    }


def leaked(planted: Planted, *texts: bytes) -> list[str]:
    """Return a preview of each canary that is in one of some texts."""
    return [repr(secret[:4]) for secret in sorted(planted.secrets) if any(secret in text for text in texts)]


@pytest.mark.parametrize("scope", ["history", "head"])
def test_the_command_line(planted: Planted, spy: Path, tmp_path: Path, scope: str) -> None:
    outputs = [f"--output={kind}:{tmp_path / kind}" for kind in FORMATS]
    state = [f"--state={tmp_path / 'state'}"] if scope == "history" else []
    options = ["--scope", scope, "--min-confidence=low", "--debug", *state, *outputs]
    done = subprocess.run(
        [sys.executable, "-m", "beca_core.cli", "scan", str(planted.path), *options],
        env=environment(tmp_path, spy),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()[-2000:]
    written = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    report = json.loads((tmp_path / "json").read_text())
    named = [finding for finding in report["findings"] if "nameOf" in finding]
    assert len(written) >= len(FORMATS) + 1
    assert len(named) >= planted.in_names // 4
    assert (tmp_path / "spied").stat().st_size > 1000
    assert leaked(planted, done.stdout, done.stderr, *written) == []


@contextmanager
def serving(tmp_path: Path, spy: Path) -> Iterator[tuple[str, str]]:
    """A server with its worker, on a free port; yields its address and a token."""
    variables = {"BECA_DATA_DIR": str(tmp_path / "data"), "BECA_LOG_LEVEL": "debug", "BECA_PORT": "0"}
    variables |= {"BECA_ALLOWED_SCHEMES": "file", "BECA_SWEEP_SECONDS": "0.5"}
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "beca_core.cli", "serve"],
            env=environment(tmp_path, spy, **variables),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        end, found = time.monotonic() + SECONDS, None
        while found is None:
            text = log.read_text(errors="replace")
            address = re.search(r"http://127\.0\.0\.1:[1-9]\d*", text)
            token = re.search(r"beca_[0-9a-f]{12}_[\w-]{43}", text)
            found = (address[0], token[0]) if address and token else None
            assert time.monotonic() < end, text
            assert process.poll() is None, text
            time.sleep(0.1)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_the_server(planted: Planted, spy: Path, tmp_path: Path) -> None:
    answers: list[bytes] = []
    with serving(tmp_path, spy) as (address, token):

        def call(path: str, body: dict[str, Any] | None = None) -> Any:
            data = None if body is None else json.dumps(body).encode()
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            request = urllib.request.Request(f"{address}{path}", data, headers)
            with urllib.request.urlopen(request, timeout=60) as response:
                answers.append(response.read())
            return json.loads(answers[-1])

        repository = call("/repositories", {"name": "canaries", "url": f"file://{planted.path}"})["id"]
        result = call(f"/repositories/{repository}/scans", {"scope": "history"})["id"]
        end = time.monotonic() + SECONDS
        while (status := call(f"/results/{result}")["status"]) not in ("Success", "Failure"):
            assert time.monotonic() < end
            time.sleep(0.3)
        assert status == "Success", answers[-1][:2000]
        path: str | None = f"/results/{result}/findings?limit=1000"
        found = []
        while path:
            page = call(path)
            found += page["items"]
            path = page["next"]
        for page in (
            "/results?include=findings",
            "/issues?limit=200",
            "/summary",
            "/repositories?include=latest_result",
        ):
            call(page)
        call(f"/issues/{call('/issues')['items'][0]['id']}")
        stored = [file.read_bytes() for file in (tmp_path / "data").glob("beca.db*")]
    assert len([finding for finding in found if "nameOf" in finding]) >= planted.in_names // 4
    stored += [file.read_bytes() for file in (tmp_path / "data").glob("beca.db*")]
    assert b"canaries" in b"".join(stored)
    states = [file.read_bytes() for file in (tmp_path / "data").rglob("*state*") if file.is_file()]
    log, spied = (tmp_path / "log").read_bytes(), (tmp_path / "spied").read_bytes()
    assert leaked(planted, log, spied, *answers, *stored, *states) == []


def test_a_canary_that_is_written_is_noticed(planted: Planted) -> None:
    assert len(planted.secrets) > 5
    assert planted.in_names > 5
    secret = min(planted.secrets)
    assert leaked(planted, b"x" + secret + b"x") == [repr(secret[:4])]
