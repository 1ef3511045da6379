"""The hooks of git, as git itself runs them: a clone pushes to a bare repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.core.cli.hooks.clones import Clone

pytestmark = pytest.mark.slow


@pytest.fixture(params=["pre-push", "pre-receive"])
def guarded(request: pytest.FixtureRequest, clone: Clone) -> Clone:
    """A clone with a hook on its own side, or on that of the remote."""
    target = clone.path if request.param == "pre-push" else clone.bare
    ended = clone.run("beca", "init", str(target), "--hook", request.param, "--no-baseline")
    assert ended.returncode == 0, ended.stderr
    return clone


def test_a_push_with_a_new_secret_is_refused(guarded: Clone, acme: str) -> None:
    guarded.commit("clean", "text\n")
    assert guarded.push("main").returncode == 0
    guarded.commit("app.env", f"first\n{acme}")
    guarded.commit("app.env", "removed again\n")
    ended = guarded.push("main")
    assert ended.returncode == 1
    assert "app.env:2:9" in ended.stdout + ended.stderr
    guarded.git("reset", "-q", "--hard", "HEAD~2")
    guarded.commit("clean", "more\n")
    assert guarded.push("main").returncode == 0


def test_a_new_branch_is_compared_with_what_is_known(guarded: Clone, acme: str) -> None:
    guarded.git("checkout", "-qb", "topic")
    guarded.commit("clean", "text\n")
    assert guarded.push("topic").returncode == 0
    guarded.git("checkout", "-qb", "other")
    guarded.commit("clean", "other\n", message=acme)
    ended = guarded.push("other", "topic")
    assert ended.returncode == 1
    assert "acme-token" in ended.stdout + ended.stderr
    assert guarded.push(":topic").returncode == 0


def test_the_message_of_a_new_tag_is_read(guarded: Clone, acme: str) -> None:
    guarded.git("tag", "-a", "v1", "-m", acme)
    ended = guarded.push("v1")
    assert ended.returncode == 1
    assert "in the message of a tag" in ended.stdout + ended.stderr
    guarded.git("tag", "-a", "v2", "-m", "clean")
    assert guarded.push("v2").returncode == 0


def test_what_the_remote_has_is_known_after_a_rebase(clone: Clone, acme: str) -> None:
    clone.commit("app.env", acme)
    assert clone.push("main").returncode == 0
    for target, hook in ((clone.path, "pre-push"), (clone.bare, "pre-receive")):
        assert clone.run("beca", "init", str(target), "--hook", hook, "--no-baseline").returncode == 0
    clone.git("commit", "-q", "--amend", "-m", "in other words", "--no-verify")
    clone.commit("moved", "x\n")
    assert clone.push("--force", "main").returncode == 0
    clone.commit("copy.env", acme)
    assert clone.push("main").returncode == 1


def test_the_configuration_of_a_pusher_does_not_hold_where_it_is_received(clone: Clone, acme: str) -> None:
    for target, hook in ((clone.path, "pre-push"), (clone.bare, "pre-receive")):
        assert clone.run("beca", "init", str(target), "--hook", hook, "--no-baseline").returncode == 0
    clone.commit(".beca.toml", '[[allow]]\npath = "*"\nreason = "everything"\n')
    clone.commit("app.env", acme)
    assert clone.run("git", "push", "-q", "origin", "main").returncode == 1
    assert "refs/heads/main" in clone.git("ls-remote", str(clone.bare))
    assert clone.git("rev-parse", "HEAD") != clone.git("rev-parse", "main", at=clone.bare)


def test_what_git_would_not_write_is_refused(beca: Callable, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone.path)
    assert beca("pre-receive", stdin=b"x y z\n").code == 2
    head = clone.git("rev-parse", "HEAD").strip()
    assert beca("pre-receive", stdin=f"{'0' * 40} {head} refs/heads/x\n".encode()).code == 0
    assert beca("pre-receive", stdin=f"{'0' * 40} {'1' * 40} refs/heads/x\n".encode()).code == 2
    assert beca("pre-push", "origin", "url", stdin=b"").code == 0
