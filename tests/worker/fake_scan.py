"""Replaces `beca scan`: the last segment of the URL selects its behaviour. Appends its process ids to a file."""

import os
import sys

with open(sys.argv[2], "a") as file:  # noqa: PTH123 - before all else, since a busy machine may end the scan soon
    file.write(f"{os.getpid()}\n")

import json
import resource
import signal
import subprocess
import time
from pathlib import Path

SLEEPER = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"

FINDING = {
    "type": "sast",
    "ruleId": "fake-rule",
    "location": {"path": "a/b.txt", "positions": {"begin": {"line": 1, "column": 2}, "end": {"line": 1, "column": 9}}},
    "metadata": {"description": "Something", "severity": "HIGH", "confidence": "LOW"},
    "fingerprint": "0f" * 32,
    "redacted": "publ...(38)",
    "inHead": True,
    "commit": {"id": "ab" * 20, "author": "A <a@example.org>", "date": "2026-01-31T10:00:00Z"},
    "occurrences": 3,
}
COVERAGE = {
    "commits": 1,
    "blobs": 2,
    "bytes": 3,
    "unwalked": 0,
    "skipped": {},
    "problems": [],
    "filtered": {},
    "complete": True,
}


def record(pid):
    with Path(sys.argv[2]).open("a") as file:
        file.write(f"{pid}\n")


def ready():
    Path(sys.argv[2]).with_name("ready").touch()


def write(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def emit(kind, **members):
    write(json.dumps({"version": 1, "type": kind, **members}))


def progress():
    emit("progress", phase="reading", objects=1, expected=None, commits=0, blobs=1, bytes=2, skipped=0)


def report(findings=1, coverage=COVERAGE, announced=None):
    progress()
    for line in range(1, findings + 1):
        begin = {"line": line, "column": 2}
        positions = {"begin": begin, "end": {"line": line, "column": 9}}
        location = {"path": "a/b.txt", "positions": positions}
        emit("finding", finding={**FINDING, "location": location, "secret": "plain text"})
    emit("coverage", scope="history", coverage=coverage, ruleset={"fake-rule": 1})
    emit("done", findings=findings if announced is None else announced)


def happy():
    report(2)
    return 1


def incomplete():
    report(0, {**COVERAGE, "skipped": {"too-large": 1}, "complete": False})
    return 2


def many():
    report(30)
    return 1


def slow():
    progress()
    time.sleep(1.5)
    report()
    return 1


def failed():
    emit("failed", code="fetch-failed", message="git could not fetch the repository.")
    return 2


def littering():
    Path("beca-fetch-1/objects").mkdir(parents=True)
    Path("beca-fetch-1/objects/tmp_pack").write_bytes(b"x" * 1000)
    Path("state").write_text("x")
    emit("failed", code="disk-full", message="The disk has no room for this repository.")
    return 2


def malformed():
    progress()
    write('{"version": 1, "type": "progress", "blobs": "many"}')
    time.sleep(60)


def huge_line():
    sys.stdout.write("x" * (9 * 1024 * 1024))
    sys.stdout.flush()
    time.sleep(60)


def miscounted():
    report(2, announced=3)
    time.sleep(60)


def uncovered():
    emit("done", findings=0)
    time.sleep(60)


def silent():
    return 0


def crash():
    sys.stderr.write(f"Traceback: token={'Zx9' * 8} went wrong\n")
    return 3


def killed():
    progress()
    os.kill(os.getpid(), signal.SIGSEGV)


def killed_once():
    if len(Path(sys.argv[2]).read_text().split()) > 1:
        report()
        return 1
    return killed_always()


def killed_always():
    progress()
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    progress()
    ready()
    time.sleep(60)


def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    progress()
    ready()
    time.sleep(60)


def escaped():
    """Runs, and has a process in a session of its own, which ignores that it is to end."""
    record(subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True).pid)
    progress()
    ready()
    time.sleep(60)


def deaf():
    """Continues with its output closed."""
    progress()
    os.close(1)
    os.close(2)
    time.sleep(60)


def lingering():
    """Reports a success, and leaves a process that holds its output open."""
    record(subprocess.Popen([sys.executable, "-c", SLEEPER]).pid)
    report()
    return 1


def runaway():
    """Crashes, and leaves a process in a session of its own."""
    record(subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True).pid)
    os.kill(os.getpid(), signal.SIGSEGV)


def noisy():
    """Writes more to stderr than a pipe holds."""
    sys.stderr.write("noise\n" * 200_000)
    report()
    return 1


def limits():
    deadline = time.monotonic() + 5
    while Path("/proc/self/oom_score_adj").read_text() != "500\n" and time.monotonic() < deadline:
        time.sleep(0.01)  # a busy supervisor may set the limits, of which this is the last but one, after our start
    names = ("CORE", "FSIZE", "NOFILE")
    found = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1] for name in names}
    found["niceness"] = os.getpriority(os.PRIO_PROCESS, 0)
    emit("failed", code="limits", message=json.dumps(found))
    return 2


def environment():
    names = sorted(os.environ)
    emit("failed", code="environment", message=json.dumps({"cwd": str(Path.cwd()), "names": names}))
    return 2


sys.exit(globals()[sys.argv[1].rpartition("/")[2]]())
