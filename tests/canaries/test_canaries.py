"""No canary is in clear in anything that BECA writes, logs, stores, answers, or starts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.canaries.leaks import leaked
from tests.canaries.planted import Planted
from tests.canaries.recorded_server import recorded_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.canaries.spies import Spies

FORMATS = ("table", "json", "jsonl", "sarif", "csv", "junit", "html", "gitlab", "github", "markdown")


@pytest.mark.parametrize("scope", ["history", "head"])
def test_the_command_line(planted: Planted, spies: Spies, tmp_path: Path, seconds: int, scope: str) -> None:
    outputs = [f"--output={kind}:{tmp_path / kind}" for kind in FORMATS]
    state = [f"--state={tmp_path / 'state'}"] if scope == "history" else []
    options = ["--scope", scope, "--min-confidence=low", "--debug", *state, *outputs]
    done = subprocess.run(
        [sys.executable, "-m", "beca_core.cli", "scan", str(planted.path), *options],
        env=spies.environment(),
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()[-2000:]
    written = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    report = json.loads((tmp_path / "json").read_text())
    named = [finding for finding in report["findings"] if "nameOf" in finding]
    assert len(written) >= len(FORMATS) + 1
    assert len(named) >= planted.in_names // 4
    assert b"\ncat-file\n" in spies.seen
    assert leaked(planted, done.stdout, done.stderr, *written) == []


def test_the_server(planted: Planted, spies: Spies, tmp_path: Path, seconds: int) -> None:
    with recorded_server(spies, tmp_path, seconds) as client:
        repository, result = client.scan(planted)
        client.cancel_another(repository)
        client.send_canaries(planted)
        found = client.read_all(repository, result)
        stored = [file.read_bytes() for file in (tmp_path / "data").glob("beca.db*")]
    assert len([finding for finding in found if "nameOf" in finding]) >= planted.in_names // 4
    stored += [file.read_bytes() for file in (tmp_path / "data").glob("beca.db*")]
    assert b"canaries" in b"".join(stored)
    states = [file.read_bytes() for file in (tmp_path / "data").rglob("*state*") if file.is_file()]
    log = (tmp_path / "server.log").read_bytes()
    assert leaked(planted, log, spies.seen, *client.answers, *stored, *states) == []


def test_a_canary_that_is_written_is_noticed(planted: Planted) -> None:
    assert len(planted.secrets) > 5
    assert planted.in_names > 5
    secret = min(planted.secrets)
    assert leaked(planted, b"x" + secret + b"x") == [repr(secret[:4])]


@pytest.mark.parametrize(
    "form",
    [
        b"""a"b'c\\d/\xc3\xa9 e""",
        rb"""a\"b'c\\d/\u00e9 e""",  # JSON
        rb"""a\\"b'c\\\\d/\\u00e9 e""",  # JSON in the text format of PostgreSQL
        b"""a"b''c\\d/\xc3\xa9 e""",  # SQL
        b"a%22b%27c%5Cd/%C3%A9%20e",
        b"a&quot;b&#x27;c\\d/\xc3\xa9 e",
        rb"\x61226227635c642fc3a92065",
    ],
)
def test_a_canary_is_noticed_in_each_form(tmp_path: Path, form: bytes) -> None:
    secret = b"""a"b'c\\d/\xc3\xa9 e"""
    assert leaked(Planted(tmp_path, {secret}), b"x" + form + b"x") == [repr(secret[:4])]
    assert leaked(Planted(tmp_path, {secret}), b"x" + form[:-1]) == []
