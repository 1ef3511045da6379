"""How a repository is stored, and what is in other repositories: packs, cuts, alternates, submodules, LFS."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.core.sources.conftest import Repo
from tests.false_cleans.planting import token_text
from tests.false_cleans.situation import Case, Situation, Way
from tests.false_cleans.situations.worktrees import NO_FILES, NOT_SERVED, at, clean_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.false_cleans.planting import Text

_SUBMODULE: Final = ("omitted:submodule",)
_LFS: Final = ("omitted:lfs-object",)
_HISTORY: Final = ("omitted:history",)


def _leaked(path: Path, seed: str, *options: str) -> tuple[Repo, Text]:
    """A repository in which a secret was committed and removed."""
    text = token_text(seed)
    repo = Repo(path, *options)
    repo.commit({"app.env": text.data, "README": "x\n"}, "leak")
    repo.commit({"app.env": "nothing = 1\n"}, "removed")
    return repo, text


def _bare(root: Path) -> Case:
    repo, text = _leaked(root / "work", "bare")
    repo.git("clone", "--quiet", "--bare", ".", "../bare.git")
    return at(root / "bare.git", text, "app.env")


def _bare_as_files(root: Path) -> Case:
    return replace(_bare(root), spot=None)


def _packed(root: Path) -> Case:
    repo, text = _leaked(root, "packed")
    repo.git("gc", "--quiet", "--aggressive", "--prune=now")
    assert (repo.git_dir / "packed-refs").exists()
    return at(root, text, "app.env")


def _multi_pack(root: Path) -> Case:
    repo, text = _leaked(root, "multi-pack")
    repo.git("repack", "--quiet", "-a", "-d")
    repo.commit({"other.txt": "o\n"}, "other")
    repo.git("repack", "--quiet", "-d", "--write-midx")
    repo.git("commit-graph", "write", "--reachable")
    return at(root, text, "app.env")


def _with_format(option: str, root: Path) -> Case:
    _, text = _leaked(root, option, option)
    return at(root, text, "app.env")


def _git_dir_elsewhere(root: Path) -> Case:
    (root / "work").mkdir()
    _, text = _leaked(root / "work", "separate", f"--separate-git-dir={root / 'store.git'}")
    return at(root / "work", text, "app.env")


def _shallow(root: Path) -> Case:
    repo, text = _leaked(root / "origin", "shallow")
    repo.git("clone", "--quiet", "--depth=1", repo.path.as_uri(), str(root / "shallow"))
    return at(root / "shallow", text)


def _partial(root: Path) -> Case:
    repo, text = _leaked(root / "origin", "partial")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", repo.path.as_uri(), str(root / "partial"))
    return at(root / "partial", text)


def _alternates(root: Path) -> Case:
    repo, text = _leaked(root / "origin", "alternates")
    repo.git("clone", "--quiet", "--shared", str(repo.path), str(root / "shared"))
    return at(root / "shared", text, "app.env")


def _lost_alternates(root: Path) -> Case:
    case = _alternates(root)
    (root / "origin").rename(root / "elsewhere")
    return case


def _lost_unreferenced_alternates(root: Path) -> Case:
    """Objects that no ref reaches are in an alternate store that is away."""
    text = token_text("lost-alternate")
    repo = clean_repository(root / "repository")
    other = Repo(root / "other")
    other.store(text.data)
    (repo.git_dir / "objects" / "info").mkdir(exist_ok=True)
    (repo.git_dir / "objects" / "info" / "alternates").write_text(f"{other.git_dir / 'objects'}\n")
    (root / "other").rename(root / "elsewhere")
    return at(repo.path, text)


def _damaged_object(root: Path) -> Case:
    repo, text = _leaked(root, "damaged")
    repo.damage(repo.id("HEAD~1:app.env"), b"damaged")
    return at(root, text)


def _lost_object(root: Path) -> Case:
    repo, text = _leaked(root, "lost")
    repo.damage(repo.id("HEAD~1:app.env"))
    return at(root, text)


def _pack_without_index(root: Path) -> Case:
    repo, text = _leaked(root, "no-index")
    repo.git("gc", "--quiet", "--prune=now")
    for index in (repo.git_dir / "objects" / "pack").glob("*.idx"):
        index.unlink()
    return at(root, text)


def _unused_pack_without_index(root: Path) -> Case:
    """A pack that git does not see, in a repository that is whole without it."""
    text = token_text("unused-pack")
    repo = clean_repository(root)
    other = Repo(root.parent / "other")
    other.commit({"app.env": text.data}, "leak")
    other.git("gc", "--quiet")
    [pack] = (other.git_dir / "objects" / "pack").glob("*.pack")
    (repo.git_dir / "objects" / "pack").mkdir(exist_ok=True)
    pack.rename(repo.git_dir / "objects" / "pack" / pack.name)
    return at(root, text)


def _damaged_ref(root: Path) -> Case:
    """A ref that cannot be read; its commit is in a pack, and there."""
    repo, text = _leaked(root, "damaged-ref")
    (repo.git_dir / "refs" / "heads" / "broken").write_bytes(b"nonsense\n")
    return at(root, text, "app.env")


def _submodule(root: Path, seed: str, *, has_worktree: bool) -> Case:
    text = token_text(seed)
    inner = Repo(root / "inner")
    inner.commit({"inner.env": text.data}, "leak")
    repo = clean_repository(root / "outer")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path.as_uri(), "lib")
    repo.commit(message="submodule")
    if not has_worktree:
        repo.git("submodule", "--quiet", "deinit", "--force", "lib")
        import shutil

        shutil.rmtree(repo.git_dir / "modules")
    return at(repo.path, text)


def _initialised(root: Path) -> Case:
    return _submodule(root, "submodule", has_worktree=True)


def _not_initialised(root: Path) -> Case:
    return _submodule(root, "submodule-away", has_worktree=False)


def _deinitialised(root: Path) -> Case:
    """The submodule's repository is still in `.git/modules`; its worktree is empty."""
    case = _submodule(root, "submodule-deinit", has_worktree=True)
    Repo(root / "outer").git("submodule", "--quiet", "deinit", "--force", "lib")
    return case


def _untracked_in_submodule(root: Path) -> Case:
    _submodule(root, "submodule-other", has_worktree=True)
    text = token_text("submodule-untracked")
    Repo(root / "inner")
    inner = root / "outer" / "lib"
    (inner / "inner.env").write_text("nothing = 1\n")
    (inner / "new.env").write_bytes(text.data)
    return at(root / "outer", text)


def _submodule_without_file(root: Path) -> Case:
    """A commit of another repository in a tree, and no `.gitmodules` that says which."""
    text = token_text("gitlink")
    repo = clean_repository(root)
    inner = Repo(root / "lib")
    inner.commit({"inner.env": text.data}, "leak")
    repo.git("-c", "advice.addEmbeddedRepo=false", "add", "lib")
    repo.git("commit", "--quiet", "--message", "lib")
    return at(root, text)


def _large_file(root: Path, seed: str, *, has_object: bool, is_checked_out: bool) -> Case:
    """A pointer of LFS in a commit, as the program `git lfs` would leave it."""
    text = token_text(seed)
    name = hashlib.sha256(text.data).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize {len(text.data)}\n"
    repo = Repo(root)
    attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
    repo.commit({".gitattributes": attributes, "data.bin": pointer}, "pointer")
    if has_object:
        store = repo.git_dir / "lfs" / "objects" / name[:2] / name[2:4] / name
        store.parent.mkdir(parents=True)
        store.write_bytes(text.data)
    if is_checked_out:
        (root / "data.bin").write_bytes(text.data)
    return at(root, text)


def _lfs(name: str, *, has_object: bool, is_checked_out: bool) -> list[Situation]:
    build = partial(_large_file, seed=name, has_object=has_object, is_checked_out=is_checked_out)
    return [
        Situation(f"{name}-in-history", build, _LFS, scope="history"),
        Situation(f"{name}-at-head", build, _LFS, scope="head"),
        Situation(f"{name}-in-files", build, _LFS, scope="files", without={Way.REST: NO_FILES}),
    ]


_LOCAL: Final = {Way.REST: NOT_SERVED}

SITUATIONS: Final = [
    Situation("bare-repository", _bare),
    Situation("bare-repository-as-files", _bare_as_files, _HISTORY, scope="files", without={Way.REST: NO_FILES}),
    Situation("packed-repository", _packed),
    Situation("several-packs-with-one-index", _multi_pack),
    Situation("sha-256", partial(_with_format, "--object-format=sha256")),
    Situation("reftable", partial(_with_format, "--ref-format=reftable")),
    Situation("git-directory-elsewhere", _git_dir_elsewhere),
    Situation("shallow-clone", _shallow, ("skipped:shallow", "refused")),
    Situation("partial-clone", _partial, ("skipped:missing", "refused")),
    Situation("alternates", _alternates),
    Situation("alternates-that-are-away", _lost_alternates, ("skipped:*", "refused")),
    Situation(
        "alternates-of-unreferenced-that-are-away",
        _lost_unreferenced_alternates,
        ("skipped:*", "refused"),
        without=_LOCAL,
    ),
    Situation("damaged-object", _damaged_object, ("skipped:unreadable", "skipped:missing", "refused")),
    Situation("lost-object", _lost_object, ("skipped:missing", "refused")),
    Situation("pack-without-index", _pack_without_index, ("skipped:*", "refused")),
    Situation("unused-pack-without-index", _unused_pack_without_index, ("skipped:*", "omitted:*"), without=_LOCAL),
    Situation("damaged-ref", _damaged_ref, ("refused",)),
    Situation("submodule", _initialised, _SUBMODULE),
    Situation("submodule-at-head", _initialised, _SUBMODULE, scope="head"),
    Situation("submodule-in-files", _initialised, scope="files", without={Way.REST: NO_FILES}),
    Situation("submodule-not-initialised", _not_initialised, _SUBMODULE),
    Situation("submodule-not-initialised-at-head", _not_initialised, _SUBMODULE, scope="head"),
    Situation(
        "submodule-not-initialised-in-files", _not_initialised, _SUBMODULE, scope="files", without={Way.REST: NO_FILES}
    ),
    Situation("submodule-deinitialised", _deinitialised, _SUBMODULE),
    Situation(
        "submodule-with-untracked-file", _untracked_in_submodule, (*_SUBMODULE, "omitted:worktree"), without=_LOCAL
    ),
    Situation("submodule-without-gitmodules", _submodule_without_file, _SUBMODULE),
    *_lfs("lfs-with-object", has_object=True, is_checked_out=False),
    *_lfs("lfs-without-object", has_object=False, is_checked_out=False),
    *_lfs("lfs-checked-out", has_object=True, is_checked_out=True),
]
