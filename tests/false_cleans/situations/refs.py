"""Where in a git repository a secret can be: refs, messages, objects that no ref reaches."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.core.sources.conftest import Repo
from tests.false_cleans.planting import token_text
from tests.false_cleans.situation import Case, Situation, Way
from tests.false_cleans.situations.worktrees import NOT_SERVED, at, clean_repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _stash(root: Path) -> Case:
    text = token_text("stash")
    repo = clean_repository(root)
    (root / "app.env").write_bytes(text.data)
    repo.git("stash", "--quiet")
    return at(root, text)


def _stashed_untracked(root: Path) -> Case:
    text = token_text("stash-untracked")
    repo = clean_repository(root)
    (root / "new.env").write_bytes(text.data)
    repo.git("stash", "--quiet", "--include-untracked")
    return at(root, text)


def _second_stash(root: Path) -> Case:
    """The older of two stashes: only the reflog of `refs/stash` leads to it."""
    text = token_text("second-stash")
    repo = clean_repository(root)
    (root / "app.env").write_bytes(text.data)
    repo.git("stash", "--quiet")
    (root / "app.env").write_text("other = 1\n")
    repo.git("stash", "--quiet")
    return at(root, text)


def _dropped_stash(root: Path) -> Case:
    case = _stash(root)
    Repo(root).git("stash", "drop", "--quiet")
    return case


def _amended(root: Path) -> Case:
    """A commit that only the reflog leads to."""
    text = token_text("amended")
    repo = clean_repository(root)
    repo.commit({"app.env": text.data}, "leak")
    (root / "app.env").write_text("nothing = 2\n")
    repo.git("commit", "--quiet", "--all", "--amend", "--message", "mended")
    return at(root, text)


def _dangling_blob(root: Path) -> Case:
    text = token_text("dangling")
    clean_repository(root).store(text.data)
    return at(root, text)


def _unreferenced_tree(root: Path) -> Case:
    text = token_text("unreferenced-tree")
    repo = clean_repository(root)
    (root / "app.env").write_bytes(text.data)
    repo.git("add", "--all")
    repo.git("write-tree")
    repo.git("reset", "--quiet", "--hard")
    return at(root, text)


def _cruft_pack(root: Path) -> Case:
    """Objects that no ref reaches, in a pack of their own."""
    case = _amended(root)
    repo = Repo(root)
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--cruft", "--prune=never")
    return case


def _note(root: Path) -> Case:
    text = token_text("note", before="", name="token ")
    clean_repository(root).git("notes", "add", "--message", text.text)
    return at(root, text)


def _tag_message(root: Path) -> Case:
    text = token_text("tag-message", before="", name="token ")
    clean_repository(root).git("tag", "--annotate", "v1", "--message", text.text)
    return replace(at(root, text), spot=None)


def _commit_message(root: Path) -> Case:
    text = token_text("commit-message", before="", name="token ")
    clean_repository(root).commit(message=text.text)
    return replace(at(root, text), spot=None)


def _encoded_message(root: Path) -> Case:
    text = token_text("encoded-message", before="", name="clé ")
    repo = clean_repository(root)
    repo.git(
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit",
        "--quiet",
        "--allow-empty",
        "--file=-",
        data=text.text.encode("latin-1"),
    )
    return replace(at(root, text), spot=None)


def _author(root: Path) -> Case:
    text = token_text("author", before="", name="", after="")
    clean_repository(root).git(
        "-c",
        "user.name=x",
        "commit",
        "--quiet",
        "--allow-empty",
        "--message=x",
        f"--author={text.text} <a@example.org>",
    )
    return replace(at(root, text), spot=None)


def _other_branch(root: Path) -> Case:
    text = token_text("other-branch")
    repo = clean_repository(root)
    repo.git("checkout", "--quiet", "-b", "other")
    repo.commit({"app.env": text.data}, "leak")
    repo.git("checkout", "--quiet", "main")
    return at(root, text)


def _orphan_branch(root: Path) -> Case:
    text = token_text("orphan-branch")
    repo = clean_repository(root)
    repo.git("checkout", "--quiet", "--orphan", "pages")
    repo.commit({"index.html": text.data}, "pages")
    repo.git("checkout", "--quiet", "main")
    return at(root, text)


def _detached(root: Path) -> Case:
    text = token_text("detached")
    repo = clean_repository(root)
    repo.git("checkout", "--quiet", "--detach")
    repo.commit({"app.env": text.data}, "leak")
    return at(root, text, "app.env")


def _under_ref(ref: str, root: Path) -> Case:
    """A commit that only one ref reaches, which is not a branch or tag."""
    text = token_text(ref)
    repo = clean_repository(root)
    repo.git("checkout", "--quiet", "--detach")
    commit = repo.commit({"app.env": text.data}, "leak")
    repo.git("update-ref", ref, commit)
    repo.git("checkout", "--quiet", "main")
    return at(root, text)


def _tagged_blob(root: Path) -> Case:
    text = token_text("tagged-blob")
    repo = clean_repository(root)
    repo.git("tag", "blob", repo.store(text.data))
    return at(root, text)


def _tag_of_a_tag(root: Path) -> Case:
    text = token_text("tag-of-a-tag")
    repo = clean_repository(root)
    repo.git("tag", "--annotate", "inner", "--message", "x", repo.store(text.data))
    repo.git("tag", "--annotate", "outer", "--message", "x", "inner")
    repo.git("tag", "--delete", "inner")
    return at(root, text)


def _replaced(root: Path) -> Case:
    """`refs/replace` shows a clean blob in place of the one with the secret."""
    text = token_text("replaced")
    repo = Repo(root)
    repo.commit({"app.env": text.data}, "leak")
    clean = repo.store(b"nothing = 1\n")
    repo.git("replace", repo.id("HEAD:app.env"), clean)
    repo.git("pack-refs", "--all")
    return at(root, text, "app.env")


def _replaced_commit(root: Path) -> Case:
    text = token_text("replaced-commit")
    repo = Repo(root)
    clean = repo.commit({"app.env": "nothing = 1\n"}, "clean")
    leak = repo.commit({"app.env": text.data}, "leak")
    repo.commit({"app.env": "nothing = 2\n"}, "mended")
    repo.git("replace", leak, clean)
    return at(root, text, "app.env")


def _graft(root: Path) -> Case:
    """A graft hides the commit with the secret from git's walks."""
    text = token_text("graft")
    repo = Repo(root)
    repo.commit({"app.env": text.data}, "leak")
    repo.commit({"app.env": "nothing = 1\n"}, "mended")
    (repo.git_dir / "info").mkdir(exist_ok=True)
    (repo.git_dir / "info" / "grafts").write_text(f"{repo.id('HEAD')}\n")
    return at(root, text, "app.env")


def _evil_merge(root: Path) -> Case:
    """What a merge commit has and none of its parents."""
    text = token_text("evil-merge")
    repo = clean_repository(root)
    repo.git("checkout", "--quiet", "-b", "other")
    repo.commit({"other.txt": "o\n"}, "other")
    repo.git("checkout", "--quiet", "main")
    repo.commit({"main.txt": "m\n"}, "main")
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "other")
    repo.commit({"app.env": text.data}, "merge")
    repo.commit({"app.env": "nothing = 1\n"}, "mended")
    return at(root, text, "app.env")


def _odd_name(root: Path) -> Case:
    text = token_text("odd-name")
    repo = Repo(root)
    (root / "app-\udcff\n.env").write_bytes(text.data)
    repo.commit(message="odd")
    return at(root, text)


def _link_text(root: Path) -> Case:
    """The secret is what a symbolic link points to."""
    text = token_text("link-text", before="", name="", after="")
    repo = clean_repository(root)
    (root / "link").symlink_to(f"https:/x/{text.text}")
    repo.commit(message="link")
    return replace(at(root, text, "link"), spot=None)


def _forged_dates(root: Path) -> Case:
    text = token_text("forged-dates")
    repo = clean_repository(root)
    repo.commit({"app.env": text.data}, "leak")
    tree, parent = repo.id("HEAD~1^{tree}"), repo.id("HEAD")
    ident = "A <a@example.org> 1 +0000"
    body = f"tree {tree}\nparent {parent}\nauthor {ident}\ncommitter {ident}\n\nold\n"
    repo.git("update-ref", "HEAD", repo.store(body.encode(), "commit"))
    repo.git("reset", "--quiet", "--hard")
    return at(root, text, "app.env")


def _path_twice(root: Path) -> Case:
    """A tree names a path twice; git shows one of them."""
    text = token_text("double-entry")
    repo = clean_repository(root)
    leak, clean = repo.store(text.data), repo.store(b"nothing = 3\n")
    entry = b"100644 app.env\0"
    tree = repo.store(entry + bytes.fromhex(clean) + entry + bytes.fromhex(leak), "tree")
    repo.git("update-ref", "HEAD", repo.git("commit-tree", tree, "-m", "double"))
    return replace(at(root, text), spot=None)


def _local(name: str, build: Callable[[Path], Case]) -> Situation:
    return Situation(name, build, without={Way.REST: NOT_SERVED})


SITUATIONS: Final = [
    Situation("stash", _stash),
    Situation("stash-at-head", _stash, ("omitted:history",), scope="head"),
    Situation("stash-of-untracked", _stashed_untracked),
    _local("second-stash", _second_stash),
    _local("dropped-stash", _dropped_stash),
    _local("amended-commit", _amended),
    Situation("amended-commit-at-head", _amended, ("omitted:history",), scope="head", without={Way.REST: NOT_SERVED}),
    _local("dangling-blob", _dangling_blob),
    _local("unreferenced-tree", _unreferenced_tree),
    _local("cruft-pack", _cruft_pack),
    Situation("note", _note),
    Situation("note-at-head", _note, ("omitted:history",), scope="head"),
    Situation("tag-message", _tag_message),
    Situation("commit-message", _commit_message),
    Situation("commit-message-at-head", _commit_message, ("omitted:history",), scope="head"),
    Situation("commit-message-in-latin-1", _encoded_message),
    Situation("commit-author", _author),
    Situation("other-branch", _other_branch),
    Situation("orphan-branch", _orphan_branch),
    Situation("detached-head", _detached),
    Situation("detached-head-at-head", _detached, scope="head"),
    Situation("pull-request-ref", partial(_under_ref, "refs/pull/7/head")),
    Situation("ref-of-filter-branch", partial(_under_ref, "refs/original/refs/heads/main")),
    Situation("remote-tracking-branch", partial(_under_ref, "refs/remotes/origin/gone")),
    Situation("tagged-blob", _tagged_blob),
    Situation("tag-of-a-tag", _tag_of_a_tag),
    Situation("replaced-blob", _replaced),
    Situation("replaced-blob-at-head", _replaced, scope="head"),
    Situation("replaced-commit", _replaced_commit),
    Situation("graft", _graft, ("refused",)),  # a server of git that obeys grafts sends too little, and git notices
    Situation("evil-merge", _evil_merge),
    Situation("odd-file-name", _odd_name),
    Situation("link-text", _link_text),
    Situation("link-text-at-head", _link_text, scope="head"),
    Situation("forged-dates", _forged_dates),
    Situation("path-twice-in-a-tree", _path_twice),
]
