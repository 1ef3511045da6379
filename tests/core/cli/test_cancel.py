"""An interrupted scan ends at once with a message, and leaves no processes and no files."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.cli.conftest import slow_plugin, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

FILES = 64
FILE_BYTES = 1024 * 1024


@pytest.fixture
def large_tree(install: Callable[..., None], tmp_path: Path) -> Path:
    """A directory that several processes share, and whose scan takes half a minute."""
    install("slow", slow_plugin("time.sleep(0.5)"))
    path = tmp_path / "large"
    path.mkdir()
    for number in range(FILES):
        with (path / f"{number}.bin").open("wb") as file:
            file.write(b"%d" % number)
            file.truncate(FILE_BYTES)
    return path


@pytest.fixture
def large_repository(large_tree: Path) -> str:
    """A repository of these files, by URL."""
    git = ["git", "-C", str(large_tree), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    return f"file://{large_tree}"


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The directory of the scan's temporary files."""
    path = tmp_path / "temporary"
    path.mkdir()
    return path


@pytest.fixture
def start(
    program: list[str], environment: dict[str, str], temporary: Path, interruptible: None
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a scan in a new process group."""
    started: list[subprocess.Popen[bytes]] = []

    def start_scan(*arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
        own = environment | {"TMPDIR": str(temporary), "BECA_ALLOWED_SCHEMES": "file", "TERM": "xterm"}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        process = subprocess.Popen([*program, "scan", *arguments], env=own, start_new_session=True, **pipes)
        started.append(process)
        return process

    yield start_scan
    for process in started:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for_reading(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event.get("phase") == "reading":
            return
    raise AssertionError("it ended before anything was read")


def members(group: int) -> list[int]:
    """Return the living processes of a group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group, *_ = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(its_group) == group and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def assert_interrupted(process: subprocess.Popen[bytes], number: int, temporary: Path) -> None:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    last = json.loads(out.splitlines()[-1])
    assert (last["type"], last["code"]) == ("failed", "interrupted")
    assert err == b"Error: Interrupted.\n"
    assert members(process.pid) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["process", "group"])
def test_a_scan_of_a_directory(
    start: Callable[..., Any],
    large_tree: Path,
    temporary: Path,
    processes: int,
    number: int,
    send: Callable[[int, int], None],
) -> None:
    process = start(str(large_tree), "--format", "jsonl", "--processes", str(processes))
    wait_for_reading(process)
    assert (len(members(process.pid)) > 1) == (processes > 1)
    send(process.pid, number)
    assert_interrupted(process, number, temporary)


@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_scan_of_a_repository_that_was_fetched(
    start: Callable[..., Any], large_repository: str, temporary: Path, processes: int, number: int
) -> None:
    process = start(large_repository, "--format", "jsonl", "--processes", str(processes))
    wait_for_reading(process)
    assert list(temporary.iterdir()) != []
    os.killpg(process.pid, number)
    assert_interrupted(process, number, temporary)


@pytest.mark.parametrize("processes", [1, 3])
def test_an_unfinished_report_is_not_written(
    start: Callable[..., Any], large_tree: Path, temporary: Path, tmp_path: Path, processes: int
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    process = start(str(large_tree), "--output", str(folder / "report"), "--processes", str(processes))
    wait_until(lambda: list(folder.iterdir()) != [])
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(10) == 128 + signal.SIGTERM
    assert list(folder.iterdir()) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("processes", [1, 3])
def test_a_supervised_scan_ends_when_its_worker_dies(
    start: Callable[..., Any], large_tree: Path, processes: int
) -> None:
    ours, theirs = os.pipe()
    arguments = [str(large_tree), "--format", "jsonl", "--supervised", "--processes", str(processes)]
    process = start(*arguments, stdin=ours)
    os.close(ours)
    wait_for_reading(process)
    assert (len(members(process.pid)) > 1) == (processes > 1)
    os.close(theirs)
    assert process.wait(10) == -signal.SIGKILL
    wait_until(lambda: members(process.pid) == [])


def test_a_scan_that_was_started_to_ignore_interrupts_ignores_them(
    start: Callable[..., Any], large_tree: Path, temporary: Path
) -> None:
    """A shell without job control starts what runs in the background like that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = start(str(large_tree), "--format", "jsonl", "--processes", "1")
    wait_for_reading(process)
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGTERM)
    assert_interrupted(process, signal.SIGTERM, temporary)


def test_an_interrupt_removes_the_bar_and_shows_the_cursor(start: Callable[..., Any], large_tree: Path) -> None:
    main, terminal = pty.openpty()
    process = start(str(large_tree), "--processes", "3", stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = b""
    while shown.count(b"Scanning") < 2:  # the first bar may not be complete yet
        shown += os.read(main, 4096)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(10) == 130
    while part := read(main):
        shown += part
    os.close(main)
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
    assert shown.rindex(b"\x1b[2K") > shown.rindex(b"Scanning")
    assert shown.endswith(b"Error: Interrupted.\r\n")


def read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # the other end is closed
        return b""
