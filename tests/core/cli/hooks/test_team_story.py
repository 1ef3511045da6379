"""A team adopts BECA in a repository with old secrets, and keeps the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.core.cli.hooks.conftest import Clone

pytestmark = pytest.mark.slow


def token(digits: str) -> str:
    return f"token = acme_{digits * 8}\n"


def commit_of_hook(clone: Clone, message: str) -> int:
    """Commit everything as a user does, with the hook, and return the exit code."""
    clone.git("add", "-A")
    return clone.run("git", "commit", "-qm", message).returncode


def forget_last_commit(clone: Clone) -> None:
    """Remove the last commit with its objects, which a scan of the history would find otherwise."""
    clone.git("reset", "-q", "--hard", "HEAD~1")
    clone.git("reflog", "expire", "--expire=now", "--all")
    clone.git("gc", "-q", "--prune=now")


def test_from_the_first_scan_to_a_gate_that_is_kept(clone: Clone) -> None:
    clone.commit("old.env", token("0f"))
    clone.commit("older.env", token("1f"))
    clone.git("rm", "-q", "older.env")
    clone.commit("README", "older.env is gone\n")
    clone.git("push", "-q", "origin", "main")

    assert clone.run("beca", "scan", ".").returncode == 1
    assert clone.run("beca", "init").returncode == 0
    assert clone.run("beca", "init", str(clone.bare)).returncode == 0
    assert commit_of_hook(clone, "adopt BECA") == 0
    assert clone.run("beca", "scan", ".", "-q").stdout == ""
    assert clone.push("main").returncode == 0

    (clone.path / "new.env").write_text(token("2f"))
    assert commit_of_hook(clone, "leak") == 1
    clone.commit("new.env", token("2f"))
    assert clone.push("main").returncode == 1
    forget_last_commit(clone)

    clone.git("checkout", "-q", "-b", "topic", "HEAD~1")
    clone.commit("topic", "text\n")
    clone.git("rebase", "-q", "main")
    clone.git("mv", "old.env", "moved.env")
    assert commit_of_hook(clone, "move") == 0
    assert clone.run("beca", "scan", ".").returncode == 0
    assert clone.push("topic").returncode == 0

    config = clone.path / ".beca.toml"
    (clone.path / "accepted.env").write_text(token("3f"))
    entry = '\n[[allow]]\npath = "accepted.env"\nreason = "for a while"\nexpires = {}\n'
    before = config.read_text()
    config.write_text(before + entry.format("2099-01-31"))
    assert commit_of_hook(clone, "accept") == 0
    config.write_text(before + entry.format("2020-01-31"))
    ended = clone.run("beca", "scan", ".")
    assert ended.returncode == 1
    assert "has expired on 2020-01-31" in ended.stderr
    forget_last_commit(clone)

    known = clone.run("beca", "baseline", "show").stdout
    clone.git("checkout", "-q", "main")
    clone.git("branch", "-qD", "topic")
    clone.git("checkout", "-q", "-b", "first")
    clone.commit("first.env", token("4f"))
    assert clone.run("beca", "baseline", "update", "--scope", "head").returncode == 0
    clone.git("commit", "-qam", "accept the first", "--no-verify")
    clone.git("checkout", "-q", "-b", "second", "main")
    clone.commit("second.env", token("5f"))
    assert clone.run("beca", "baseline", "update", "--scope", "head").returncode == 0
    clone.git("commit", "-qam", "accept the second", "--no-verify")
    clone.git("merge", "-q", "--no-edit", "first")
    assert clone.run("beca", "scan", ".", "--scope", "head").returncode == 0

    for name in ("old.env", "first.env"):
        (clone.path / name).unlink()
    assert commit_of_hook(clone, "remove") == 0
    ended = clone.run("beca", "baseline", "update", "--scope", "head", "--drop-only")
    assert "2 secrets gone" in ended.stdout
    assert "acme-token" in known
