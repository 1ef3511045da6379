"""What is in a worktree, its index, its ignored files and its `.git`, and in no commit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.core.sources.conftest import Repo
from tests.false_cleans.planting import Text, token_text
from tests.false_cleans.situation import Case, Situation, Way

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOT_SERVED: Final = "git serves what refs reach, so that a server never sees it"
NO_FILES: Final = "the server reads the scopes history and head only"
_WORKTREE: Final = ("omitted:worktree",)
_IGNORED: Final = ("omitted:gitignored", "omitted:worktree")
_NESTED: Final = ("omitted:submodule", "omitted:repository", "omitted:worktree")
_HISTORY: Final = ("omitted:history",)
_CLEAN: Final = {"app.env": "nothing = 1\n", "README": "nothing here\n"}


def at(repository: Path, text: Text, path: str = "") -> Case:
    """The case of a repository with a text in it.

    Args:
        repository: What to scan.
        text: The text.
        path: Path of the text in the report, or "" if a report may name another one.
    """
    return Case(repository, text.secret, text.spot.within(path))


def clean_repository(path: Path) -> Repo:
    """A repository with one commit, and no secret in it."""
    repo = Repo(path)
    repo.commit(_CLEAN, "clean")
    return repo


def _untracked(root: Path) -> Case:
    text = token_text("untracked")
    (clean_repository(root).path / "new.env").write_bytes(text.data)
    return at(root, text)


def _modified(root: Path) -> Case:
    text = token_text("modified")
    (clean_repository(root).path / "app.env").write_bytes(text.data)
    return at(root, text)


def _staged(root: Path) -> Case:
    text = token_text("staged")
    repo = clean_repository(root)
    (root / "app.env").write_bytes(text.data)
    repo.git("add", "app.env")
    (root / "app.env").write_text(_CLEAN["app.env"])
    return at(root, text)


def _flagged(flag: str, root: Path) -> Case:
    """A change of a tracked file that `git status` does not show."""
    text = token_text(flag)
    repo = clean_repository(root)
    repo.git("update-index", flag, "app.env")
    (root / "app.env").write_bytes(text.data)
    return at(root, text)


def _same_size_and_time(root: Path) -> Case:
    """A change that keeps size and time of change: git compares contents only if these differ."""
    import os

    text = token_text("same-stat")
    repo = Repo(root)
    (root / "app.env").write_bytes(b"x" * len(text.data))
    os.utime(root / "app.env", (1_600_000_000, 1_600_000_000))
    repo.commit(message="clean")
    repo.git("config", "core.trustctime", "false")
    repo.git("update-index", "--refresh")
    (root / "app.env").write_bytes(text.data)
    os.utime(root / "app.env", (1_600_000_000, 1_600_000_000))
    return at(root, text)


def _ignored(root: Path) -> Case:
    text = token_text("ignored")
    Repo(root).commit({".gitignore": ".env\n", **_CLEAN})
    (root / ".env").write_bytes(text.data)
    return at(root, text)


def _excluded_by_info(root: Path) -> Case:
    text = token_text("info-exclude")
    repo = clean_repository(root)
    (repo.git_dir / "info").mkdir(exist_ok=True)
    (repo.git_dir / "info" / "exclude").write_text("*.env\n")
    (root / "local.env").write_bytes(text.data)
    return at(root, text)


def _ignored_and_tracked(root: Path) -> Case:
    text = token_text("ignored-and-tracked")
    repo = Repo(root)
    repo.commit({"app.env": text.data}, "tracked")
    repo.commit({".gitignore": "*.env\n"}, "ignored")
    return at(root, text, "app.env")


def _user_asked_for_ignored(root: Path) -> Case:
    text = token_text("asked-for-ignored")
    (root / ".gitignore").write_text("*.env\n")
    (root / "app.env").write_bytes(text.data)
    return at(root, text)


def _nested_repository(root: Path) -> Case:
    text = token_text("nested-repository")
    clean_repository(root)
    Repo(root / "vendor" / "inner").commit({"inner.env": text.data}, "inner")
    return at(root, text)


def _conflict(root: Path) -> Case:
    text = token_text("conflict")
    repo = clean_repository(root)
    repo.git("branch", "other")
    repo.commit({"app.env": "theirs = 1\n"}, "one")
    repo.git("checkout", "--quiet", "other")
    repo.commit({"app.env": "ours = 1\n"}, "other")
    repo.git("merge", "main", check=False)
    blob = repo.git("hash-object", "-w", "--stdin", data=text.data)
    repo.git("update-index", "--index-info", data=f"100644 {blob} 3\tapp.env\n".encode())
    return at(root, text)


def _config(root: Path) -> Case:
    text = token_text("config", before='[remote "origin"]\n', name="\turl = https://x:", after="@example.com/x.git\n")
    repo = clean_repository(root)
    config = repo.git_dir / "config"
    config.write_bytes(config.read_bytes() + text.data)
    return replace(at(root, text), target=repo.git_dir, spot=None)


def _hook(root: Path) -> Case:
    text = token_text("hook", before="#!/bin/sh\n", name="TOKEN=")
    repo = clean_repository(root)
    (repo.git_dir / "hooks").mkdir(exist_ok=True)
    (repo.git_dir / "hooks" / "pre-push").write_bytes(text.data)
    return replace(at(root, text), target=repo.git_dir, spot=None)


def _linked(root: Path) -> Repo:
    repo = clean_repository(root / "main")
    repo.git("worktree", "add", "--quiet", "-b", "side", str(root / "linked"))
    return repo


def _linked_committed(root: Path) -> Case:
    text = token_text("linked-committed")
    repo = _linked(root)
    linked = root / "linked"
    (linked / "side.env").write_bytes(text.data)
    repo.git("-C", str(linked), "add", "--all")
    repo.git("-C", str(linked), "commit", "--quiet", "--message", "side")
    return at(linked, text, "side.env")


def _linked_untracked(root: Path) -> Case:
    text = token_text("linked-untracked")
    _linked(root)
    (root / "linked" / "new.env").write_bytes(text.data)
    return at(root / "linked", text)


def _of_another_worktree(root: Path) -> Case:
    """Scan the main worktree, while a linked one has the secret."""
    text = token_text("of-another-worktree")
    repo = _linked(root)
    (root / "linked" / "new.env").write_bytes(text.data)
    repo.git("-C", str(root / "linked"), "add", "--all")
    return at(root / "main", text)


def _encoded_worktree(root: Path) -> Case:
    """git stores UTF-8, and checks out UTF-16."""
    text = token_text("working-tree-encoding")
    repo = Repo(root)
    (root / ".gitattributes").write_text("*.txt working-tree-encoding=UTF-16LE-BOM\n")
    repo.commit({"settings.txt": ("\ufeff" + text.text).encode("utf-16-le")}, "encoded")
    return at(root, text, "settings.txt")


def _clean_filter(root: Path) -> Case:
    """A filter of `.gitattributes` keeps the secret out of commits; it is on disk."""
    text = token_text("clean-filter")
    repo = Repo(root)
    repo.git("config", "filter.strip.clean", "grep -v ghp_ || true")
    repo.commit({".gitattributes": "*.env filter=strip\n", "app.env": text.data}, "filtered")
    return at(root, text)


def _sparse(root: Path) -> Case:
    text = token_text("sparse-checkout")
    repo = Repo(root)
    repo.commit({"kept/a.txt": "a\n", "away/app.env": text.data}, "all")
    repo.git("sparse-checkout", "set", "kept")
    return at(root, text)


def _subdirectory(root: Path) -> Case:
    """Scan a directory of a repository; the secret is in an earlier version of a file in there."""
    text = token_text("subdirectory")
    repo = Repo(root)
    repo.commit({"service/app.env": text.data}, "leak")
    repo.commit({"service/app.env": "nothing = 1\n"}, "removed")
    return at(root / "service", text)


def _deleted_and_files(root: Path) -> Case:
    text = token_text("deleted-and-files")
    repo = Repo(root)
    repo.commit({"app.env": text.data, "README": "x\n"}, "leak")
    repo.commit({"app.env": None}, "removed")
    return at(root, text)


def _no_commit_yet(root: Path) -> Case:
    text = token_text("no-commit-yet")
    Repo(root)
    (root / "app.env").write_bytes(text.data)
    return at(root, text)


def _unborn_head(root: Path) -> Case:
    """HEAD names a branch without a commit, while other branches have some."""
    text = token_text("unborn-head")
    repo = Repo(root)
    repo.commit({"app.env": text.data}, "leak")
    repo.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    return at(root, text)


def _in_both_scopes(name: str, build: Callable[[Path], Case], honest: tuple[str, ...] = _WORKTREE) -> list[Situation]:
    history = Situation(f"{name}-in-history", build, honest, scope="history", without={Way.REST: NOT_SERVED})
    return [history, replace(history, name=f"{name}-at-head", scope="head")]


def _files(name: str, build: Callable[[Path], Case], honest: tuple[str, ...] = ()) -> Situation:
    return Situation(name, build, honest, scope="files", without={Way.REST: NO_FILES})


SITUATIONS: Final = [
    *_in_both_scopes("untracked-file", _untracked),
    *_in_both_scopes("modified-file", _modified),
    *_in_both_scopes("staged-only", _staged),
    *_in_both_scopes("assumed-unchanged", partial(_flagged, "--assume-unchanged")),
    *_in_both_scopes("skip-worktree", partial(_flagged, "--skip-worktree")),
    *_in_both_scopes("change-of-the-same-size-and-time", _same_size_and_time),
    *_in_both_scopes("ignored-file", _ignored, _IGNORED),
    *_in_both_scopes("file-excluded-by-info", _excluded_by_info, _IGNORED),
    *_in_both_scopes("nested-repository", _nested_repository, _NESTED),
    *_in_both_scopes("conflict", _conflict),
    _files("git-config", _config),
    _files("git-hook", _hook),
    _files("sparse-checkout-in-files", _sparse, _HISTORY),
    Situation("sparse-checkout-at-head", _sparse, scope="head"),
    Situation("ignored-and-tracked", _ignored_and_tracked, scope="head"),
    replace(_files("ignored-and-tracked-with-respect", _ignored_and_tracked), respects_gitignore=True),
    replace(_files("left-out-by-gitignore", _user_asked_for_ignored, ("omitted:gitignored",)), respects_gitignore=True),
    Situation("linked-worktree", _linked_committed),
    Situation("linked-worktree-at-head", _linked_committed, scope="head"),
    *_in_both_scopes("linked-worktree-untracked", _linked_untracked),
    Situation("another-worktree", _of_another_worktree, _WORKTREE, without={Way.REST: NOT_SERVED}),
    Situation("working-tree-encoding", _encoded_worktree),
    _files("working-tree-encoding-in-files", _encoded_worktree),
    *_in_both_scopes("clean-filter", _clean_filter),
    _files("clean-filter-in-files", _clean_filter),
    Situation(
        "subdirectory",
        _subdirectory,
        (*_HISTORY, "refused"),
        without={Way.REST: "a directory in a repository has no URL"},
    ),
    Situation("no-commit-yet", _no_commit_yet, (*_WORKTREE, "refused"), without={Way.REST: NOT_SERVED}),
    Situation("unborn-head", _unborn_head, (*_HISTORY, "skipped:missing", "refused"), scope="head"),
    Situation("unborn-head-in-history", _unborn_head),
    _files("deleted-and-scope-files", _deleted_and_files, _HISTORY),
    Situation("deleted-and-scope-head", _deleted_and_files, _HISTORY, scope="head"),
    Situation("deleted-and-scope-history", _deleted_and_files),
]
