"""Whole scans of generated repositories, with the built-in rules."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import beca_core
from beca_core.errors import DeadlineExceeded
from beca_core.rules.rule import random_text
from beca_core.sources.git.history import lookup

if TYPE_CHECKING:
    from beca_core import Finding, Report

VALUES = [random_text("0123456789abcdef", 24, seed) for seed in range(3)]
LINES = {
    **{f'private_key = "{value}"': value for value in VALUES},
    "sign(public_key_of(user))": "public_key_of",
    "größe = 1; private_key": "private_key",
    "nothing to see here": None,
    "": None,
}
"""Lines, and the secret that is found in each."""

PATHS = ["a.txt", "dir/b.py", "dir/ä.env", "c d"]

files = st.dictionaries(
    st.sampled_from(PATHS), st.lists(st.sampled_from(sorted(LINES)), max_size=4).map("\n".join), max_size=3
)
histories = st.lists(files, min_size=1, max_size=5)


def git(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(repository), "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, input=stdin, env=environment, capture_output=True, check=True).stdout


def write_history(repository: Path, history: list[dict[str, str]]) -> None:
    """Make a commit of each state of the files, all at once."""
    stream = bytearray()
    for number, state in enumerate(history, start=1):
        stream += b"commit refs/heads/main\nmark :%d\n" % number
        stream += b"committer Ada <ada@example.org> %d +0000\ndata 4\nedit\n" % (1_700_000_000 + number)
        if number > 1:
            stream += b"from :%d\n" % (number - 1)
        stream += b"deleteall\n"
        for path, text in state.items():
            content = text.encode()
            stream += b'M 100644 inline "%s"\ndata %d\n%s\n' % (path.encode(), len(content), content)
    git(repository, "init", "--quiet", "--bare", "--initial-branch=main")
    git(repository, "fast-import", "--quiet", stdin=bytes(stream))


def scan(repository: Path, scope: str) -> Report:
    report = beca_core.scan(repository, scope=scope)
    assert report.coverage.complete
    return report


@pytest.mark.slow
@settings(max_examples=15)
@given(history=histories)
def test_a_scan_of_a_repository(history: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        repository = Path(directory)
        write_history(repository, history)
        head, whole = scan(repository, "head"), scan(repository, "history")
        assert scan(repository, "history") == whole, "scanning twice gives the same report"
        assert head.findings == tuple(f for f in whole.findings if f.in_head), (
            "a scan of history finds everything that a scan of head finds"
        )
        for finding in whole.findings:
            check_place(repository, history, finding)
        check_that_nothing_is_missed(history, whole)


def check_place(repository: Path, history: list[dict[str, str]], finding: Finding) -> None:
    """The secret is at its line and column, and its commit is the first that has it at this path."""
    assert finding.commit is not None
    commits = git(repository, "rev-list", "--reverse", "main").decode().split()
    path, secret = finding.location.path, finding.secret.decode()
    holding = [number for number, state in enumerate(history) if secret in secrets_in(state.get(path, ""))]
    assert finding.commit.id == commits[holding[0]]
    text = history[-1][path] if finding.in_head else history[holding[0]][path]
    begin, end = finding.location.begin, finding.location.end
    assert begin.line == end.line
    assert text.split("\n")[begin.line - 1][begin.column - 1 : end.column - 1] == secret


def check_that_nothing_is_missed(history: list[dict[str, str]], report: Report) -> None:
    found = {(finding.location.path, finding.secret.decode()) for finding in report.findings}
    planted = {(path, secret) for state in history for path, text in state.items() for secret in secrets_in(text)}
    assert found == planted


def secrets_in(text: str) -> set[str]:
    return {secret for line in text.split("\n") if (secret := LINES[line]) is not None}


def test_slow_earlier_versions_only_lose_their_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*_arguments: object) -> NoReturn:
        raise DeadlineExceeded("It took too long.")

    text = f'private_key = "{VALUES[0]}"'
    write_history(tmp_path, [{"a.txt": text}, {"a.txt": f"\n{text}"}])
    monkeypatch.setattr(lookup, "read_objects", too_long)
    report = beca_core.scan(tmp_path, scope="head")
    assert [finding.secret.decode() for finding in report.findings] == [VALUES[0]]
    assert "unattributed" in report.coverage.skipped
    assert report.exit_code == 2


@pytest.mark.parametrize("scope", ["head", "history"])
def test_a_repository_without_commits_is_clean(tmp_path: Path, scope: str) -> None:
    git(tmp_path, "init", "--quiet", "--bare")
    report = scan(tmp_path, scope)
    assert report.findings == ()
    assert report.exit_code == 0
