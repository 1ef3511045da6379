"""git as a child process: its environment, its end, and its error messages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import DeadlineExceeded, SourceError
from beca_core.sources.git.process import GitFailed, GitProcess, last_error, run_git
from beca_core.sources.limits import Deadline

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING: dict[str, str] = {}


def shell(command: str) -> Sequence[str]:
    """Arguments that make git run a shell, through an alias that is given on the command line."""
    return ("-c", f"alias.x=!{command}", "x")


def test_output() -> None:
    assert run_git(["version"], environment=NOTHING).startswith(b"git version ")


def test_the_environment_is_built_from_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    output = run_git(shell("env"), environment={"GIT_ALLOW_PROTOCOL": "https"}).decode()
    variables = dict(line.split("=", 1) for line in output.splitlines())
    assert not {"SECRET_TOKEN", "GIT_TRACE", "http_proxy"} & variables.keys()
    assert variables["GIT_ALLOW_PROTOCOL"] == "https"
    assert variables["GIT_CONFIG_GLOBAL"] == "/dev/null"
    assert variables["GIT_TERMINAL_PROMPT"] == "0"
    assert not Path(variables["HOME"]).exists()


def test_no_protocol_is_allowed_by_default() -> None:
    with pytest.raises(GitFailed, match="not allowed"):
        run_git(["ls-remote", "https://example.org/a"], environment=NOTHING)


def test_stdin_is_empty_unless_given(tmp_path: Path) -> None:
    assert run_git(["hash-object", "--stdin"], environment=NOTHING).startswith(b"e69de29")
    file = tmp_path / "file"
    file.write_bytes(b"hello\n")
    with file.open("rb") as stdin:
        assert run_git(["hash-object", "--stdin"], environment=NOTHING, stdin=stdin).startswith(b"ce01362")


def test_a_failure_names_the_reason() -> None:
    with pytest.raises(GitFailed, match=r"^git could not read the repository: not a git repository: '/nowhere'\.$"):
        run_git(["rev-parse", "HEAD"], environment={"GIT_DIR": "/nowhere"})


def test_endless_error_output_is_cut() -> None:
    command = "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo fatal: at last >&2; exit 3"
    with GitProcess(shell(command), environment=NOTHING) as process:
        with pytest.raises(GitFailed, match="at last"):
            process.finish()
        assert len(process.stderr) <= 16 * 1024


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        ("", "it gave no reason."),
        ("warning: x\nhint: y", "it gave no reason."),
        ("error: one\nfatal: two\nand more", "two."),
        ("fatal: \x1b[31mred\x07", "?[31mred?."),
        ("fatal: " + "x" * 500, "x" * 200 + "."),
    ],
)
def test_the_last_error_is_printable(stderr: str, message: str) -> None:
    assert last_error(stderr) == message


def test_the_deadline_ends_git() -> None:
    begin = time.monotonic()
    with GitProcess(shell("exec sleep 60"), environment=NOTHING, seconds=0.2) as process:
        assert process.stdout.read() == b""
        with pytest.raises(DeadlineExceeded):
            process.finish()
        assert process.timed_out
    assert time.monotonic() - begin < 30


def test_the_deadline_ends_a_git_that_ignores_signals() -> None:
    begin = time.monotonic()
    with GitProcess(["-c", "alias.x=!trap '' TERM; sleep 60 & wait", "x"], environment=NOTHING, seconds=0.2) as process:
        assert not process.wait(0.05)
        with pytest.raises(DeadlineExceeded):
            process.finish()
    assert time.monotonic() - begin < 30


def test_leaving_the_block_ends_git() -> None:
    with GitProcess(shell("echo $$; exec sleep 30"), environment=NOTHING) as process:
        shell_id = int(process.stdout.readline())
    assert not _is_alive(shell_id)
    process.close()


def test_a_git_that_ended_in_time_has_not_timed_out() -> None:
    with GitProcess(["version"], environment=NOTHING, seconds=60) as process:
        assert process.stdout.read()
        process.finish()
        assert not process.timed_out


def test_children_of_git_end_with_it() -> None:
    with GitProcess(shell("sleep 30 & echo $!; exit 0"), environment=NOTHING) as process:
        child = int(process.stdout.readline())
        process.finish()
    assert not _is_alive(child)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_git_ends_when_beca_is_killed(how: signal.Signals) -> None:
    program = (
        "from beca_core.sources.git.process import GitProcess\n"
        "process = GitProcess(['-c', 'alias.x=!echo $$; sleep 60 & wait', 'x'], environment={})\n"
        "print(process.stdout.readline().decode(), flush=True)\n"
        "process.stdout.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as beca:
        assert beca.stdout is not None
        git = int(beca.stdout.readline())
        assert _is_alive(git, patience=1)
        beca.send_signal(how)
    assert not _is_alive(git)


def test_a_caller_may_ignore_sigterm() -> None:
    program = (
        "import signal\n"
        "from beca_core.sources.git.process import run_git\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(run_git(['version'], environment={}, seconds=20))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert b"git version" in done.stdout


def test_no_processes_remain() -> None:
    before = _children()
    for _ in range(3):
        run_git(["version"], environment=NOTHING, seconds=60)
    assert _children() == before


def test_no_descriptors_are_left_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    run_git(["version"], environment=NOTHING)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError):
        run_git(["version"], environment=NOTHING)
    assert len(list(Path("/dev/fd").iterdir())) == before


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="needs descriptors by name")
def test_many_descriptors() -> None:
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(30)]
    try:
        assert run_git(["version"], environment=NOTHING)
    finally:
        for descriptor in opened:
            os.close(descriptor)


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="only Linux limits the memory of another process")
def test_memory_is_bounded() -> None:
    with GitProcess(shell("cat /proc/self/limits"), environment=NOTHING, memory=512 * 1024**2) as process:
        limits = process.stdout.read().decode()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max data size")]
    assert line.split()[3] == str(512 * 1024**2)


def test_no_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="git is not installed"):
        run_git(["version"], environment=NOTHING)


def test_a_deadline_never_has_negative_time_left() -> None:
    assert 59 < Deadline(60).remaining <= 60
    assert Deadline(0).remaining == 0
    assert Deadline(-5).remaining == 0


def _children() -> int:
    command = ["ps", "-o", "args=", "--ppid", str(os.getpid())]
    return subprocess.run(command, capture_output=True, check=False).stdout.count(b"sh -c")


def _is_alive(process_id: int, patience: int = 400) -> bool:
    """Whether a process still exists, zombies not counted, after so many twentieths of a second."""
    for _ in range(patience):
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True, text=True, check=False
        ).stdout.strip()
        if not state or state.startswith("Z"):
            return False
        time.sleep(0.05)
    return True


@pytest.mark.slow
def test_the_limit_of_files_may_be_higher_than_that_of_this_process(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from beca_core.sources.git.process import GitProcess\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "write = '!head -c ' + sys.argv[2] + ' /dev/zero >' + sys.argv[1]\n"
        "with GitProcess(['-c', 'alias.x=' + write, 'x'], environment={}, file_bytes=10**12) as process:\n"
        "    process.finish()"
    )
    for size, code in ((50_000, 0), (200_000, 1)):
        ended = subprocess.run(
            [sys.executable, "-c", program, tmp_path / "file", str(size)], check=False, timeout=60, capture_output=True
        )
        assert ended.returncode == code, ended.stderr
        assert (tmp_path / "file").stat().st_size <= 100_000
    assert (tmp_path / "file").stat().st_size > 90_000
