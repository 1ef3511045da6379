"""`open_source`: from the path or URL that a user gives to the source that reads it."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput, InvalidTarget, SourceError, quoted_path
from beca_core.sources.git.layout import enclosing_repository, find_repository
from beca_core.sources.limits import Limits, Scope, UrlPolicy
from beca_core.sources.worktree.repository_source import RepositorySource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.sources.contracts import Source
    from beca_core.sources.progress import Progress

_GIT_SCOPES: Final = (Scope.HISTORY, Scope.HEAD)
_ALMOST_URL: Final = re.compile(r"-|[^/]*:")
"""Matches options, transport helpers and `USER@HOST:PATH`, which are paths only if a file with that name exists."""


@contextmanager
def open_source(
    target: str | os.PathLike[str],
    *,
    scope: Scope | str | None = None,
    limits: Limits | None = None,
    url_policy: UrlPolicy | None = None,
    scratch_dir: str | os.PathLike[str] | None = None,
    respect_gitignore: bool = False,
    exclude_binary: bool = False,
    worktree: bool = True,
    progress: Callable[[Progress], None] | None = None,
    reads_all: bool = False,
) -> Iterator[Source]:
    """Open a path or URL for reading, and release everything at the end of the `with` block.

    Args:
        target: A repository (work tree or bare), a directory, a file, or the URL of a repository.
        scope: What to read: `history`, `head` or `files`; None means `history` for repositories, else `files`.
        limits: Bounds of a fetch and of reading history; None: the defaults.
        url_policy: Which URLs may be fetched; None: https URLs of public hosts.
        scratch_dir: Where temporary files are made; None: in the system's directory for them.
        respect_gitignore: Leave out files that git would ignore; for directories in the scope `files` only.
        exclude_binary: Leave out binary files, including archives; for the scope `files` only.
        worktree: Read changed and untracked files of a work tree, and its submodules; for the scopes `history` and
            `head` only. Otherwise the coverage names them as omitted.
        progress: Called a few times a second while a repository is fetched.
        reads_all: Whether the caller will read everything; git then lists history while the caller prepares.

    Raises:
        InvalidInput: If the scope does not exist, or if an option has no effect on it.
        InvalidTarget: If the target does not exist, or cannot be read in this scope.
        SourceError: If a repository cannot be fetched or read.
    """
    wanted = _scope(scope)
    text = os.fsdecode(target)
    limits = limits or Limits()
    log_seconds = min(limits.locate_seconds, limits.scan_seconds) if reads_all else None
    read_git = partial(RepositorySource, log_seconds=log_seconds, worktree=worktree)
    read_files = partial(_files, respect_gitignore=respect_gitignore, exclude_binary=exclude_binary)
    if _is_url(text):
        _refuse_unless_files(wanted or Scope.HISTORY, respect_gitignore, exclude_binary)
        fetch = _fetcher(text, url_policy or UrlPolicy(), limits, progress)
        read_fetched = partial(read_git, url=text)
        with _fetched(fetch, wanted or Scope.HISTORY, scratch_dir, read_fetched) as source:
            yield source
    else:
        with closing(_local(text, wanted, scratch_dir, read_git, read_files)) as local:
            _refuse_unless_files(local.scope, respect_gitignore, exclude_binary)
            if not worktree and local.scope is Scope.FILES:
                raise InvalidInput(
                    "The work tree cannot be left out in the scope files.", hint="Leave out --no-worktree."
                )
            if respect_gitignore and not Path(text).is_dir():
                raise InvalidInput(
                    "Ignored files cannot be left out of a single file.", hint="Name a directory to respect .gitignore."
                )
            yield local


def _refuse_unless_files(scope: Scope, respect_gitignore: bool, exclude_binary: bool) -> None:
    """Refuse options that have no effect on a scope."""
    if scope is Scope.FILES:
        return
    for what, is_wanted in (("Ignored", respect_gitignore), ("Binary", exclude_binary)):
        if is_wanted:
            raise InvalidInput(
                f"{what} files cannot be excluded in the scope {scope}.", hint="Scan the files with --scope files."
            )


def _scope(scope: Scope | str | None) -> Scope | None:
    if scope is None:
        return None
    try:
        found = Scope(scope)
    except ValueError:
        found = Scope.TEXT
    if found is Scope.TEXT:
        raise InvalidInput(f"There is no scope {str(scope)!r:.80} for a target.", hint="Use history, head or files.")
    return found


def _is_url(text: str) -> bool:
    return "://" in text or (_ALMOST_URL.match(text) is not None and not _exists(text))


def _fetcher(
    url: str, policy: UrlPolicy, limits: Limits, progress: Callable[[Progress], None] | None
) -> Callable[[Path], None]:
    """Check a URL, and return a function that fetches its repository into a directory."""
    from beca_core.sources.git.remote.fetch import fetch_repository  # most scans fetch nothing
    from beca_core.sources.git.remote.url import canonical_url

    canonical = canonical_url(url, policy)
    return lambda mirror: fetch_repository(canonical, mirror, policy=policy, limits=limits, progress=progress)


@contextmanager
def _fetched(
    fetch: Callable[[Path], None],
    scope: Scope,
    scratch_dir: str | os.PathLike[str] | None,
    read_git: Callable[..., RepositorySource],
) -> Iterator[Source]:
    if scope not in _GIT_SCOPES:
        raise InvalidTarget(f"A remote repository cannot be scanned in the scope {scope}.", hint="Use history or head.")
    with tempfile.TemporaryDirectory(prefix="beca-fetch-", dir=scratch_dir, ignore_cleanup_errors=True) as directory:
        mirror = Path(directory) / "repository.git"
        fetch(mirror)
        with read_git(mirror, scope, scratch_dir=directory) as source:
            yield source


def _local(
    text: str,
    scope: Scope | None,
    scratch_dir: str | os.PathLike[str] | None,
    read_git: Callable[..., RepositorySource],
    read_files: Callable[[Path], Source],
) -> Source:
    path = Path(text)
    if not text or not _exists(text):
        raise InvalidTarget(
            f"There is no file or directory {quoted_path(text)}.", hint="Give a path, or a URL with https://."
        )
    try:
        return _source(path, scope, scratch_dir, read_git, read_files)
    except OSError as error:
        raise SourceError(f"{quoted_path(text)} cannot be read: {error.strerror}.") from None


def _source(
    path: Path,
    scope: Scope | None,
    scratch_dir: str | os.PathLike[str] | None,
    read_git: Callable[..., RepositorySource],
    read_files: Callable[[Path], Source],
) -> Source:
    if not (path.is_dir() or path.is_file()):
        raise InvalidTarget(
            f"{quoted_path(path)} is neither a file nor a directory.",
            hint="The command line reads a pipe as: beca scan -",
        )
    if scope is not Scope.FILES and find_repository(path) is not None:
        return read_git(path, scope or Scope.HISTORY, scratch_dir=scratch_dir)
    if scope in _GIT_SCOPES:
        repository = enclosing_repository(path.resolve())
        root = "the root of a repository" if repository is None else f"the repository to which it belongs, {repository}"
        raise InvalidTarget(
            f"{quoted_path(path)} is not a git repository, so it has no {scope}.",
            hint=f"Give {root}, or scan the files with --scope files.",
        )
    return read_files(path)


def _files(path: Path, *, respect_gitignore: bool, exclude_binary: bool) -> Source:
    from beca_core.sources.files.directory import DirectorySource  # slow to import: a tenth of a git scan's start

    return DirectorySource(path, respect_gitignore=respect_gitignore, exclude_binary=exclude_binary)


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False
