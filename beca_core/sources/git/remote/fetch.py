"""Fetching a remote repository into a bare one; neither the URL nor the server is trusted.

Fetched, never cloned: nothing is checked out, and no hook, filter or submodule of the remote is used. The host is
resolved once, and the connection is pinned to the address that was checked.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import IO, TYPE_CHECKING, Final

from beca_core.errors import DeadlineExceeded, FetchFailed, SourceError
from beca_core.sources.git.process import GitFailed, GitProcess, run_git
from beca_core.sources.git.remote.failures import explain, no_room
from beca_core.sources.git.remote.pinning import pin
from beca_core.sources.git.remote.url import parse_url
from beca_core.sources.limits import Deadline
from beca_core.sources.progress import Phase, Progress
from beca_core.system.disk_space import room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from beca_core.sources.limits import Limits, UrlPolicy

_MAX_LISTING_MEMORY: Final = 1024**3
_POLL_SECONDS: Final = 0.25
_BLOCK_BYTES: Final = 4096
_OLDEST_GIT: Final = (2, 37)
"""Older versions silently ignore `http.curloptResolve`, so the address would not be pinned."""

_CONFIG: Final = {
    "core.hooksPath": "/dev/null",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "120",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "transfer.bundleURI": "false",
    "transfer.fsckObjects": "false",
}
"""`fsckObjects` is off, since many old repositories have a malformed object; git verifies ids in any case."""

_FETCH_OPTIONS: Final = (
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--update-shallow",
)
"""Without the last one, git leaves out all refs of a shallow repository that need its cut, and reports success."""
_NOWHERE: Final = "/nonexistent"
_DETACHED_REF: Final = "refs/beca/head"


def fetch_repository(
    url: str,
    directory: Path,
    *,
    policy: UrlPolicy,
    limits: Limits,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Fetch all refs of a remote repository.

    Args:
        url: Its URL.
        directory: Where the bare repository is made; must not exist.
        policy: Which URLs are allowed.
        limits: Bounds of time and disk space.
        progress: Called a few times a second; an exception that it raises ends the fetch.

    Raises:
        InvalidTarget: If the URL is malformed.
        ForbiddenUrl: If the policy forbids the URL, or its host is not public.
        FetchFailed: If there is no repository, or it needs credentials, or is too large.
        DiskFull: If the disk has no room for it.
        DeadlineExceeded: If it takes longer than `limits.fetch_seconds`.
    """
    RemoteRepository(url, policy=policy, limits=limits, progress=progress).fetch(directory)


class RemoteRepository:
    """A remote repository with an allowed URL and a pinned address, whose refs have been listed.

    Args:
        url: Its URL.
        policy: Which URLs are allowed.
        limits: Bounds of time, counted from now on, and of disk space.
        progress: Called a few times a second during a fetch; an exception that it raises ends the fetch.

    Attributes:
        url: Its canonical URL.
        advertised: Its refs.

    Raises:
        InvalidTarget: If the URL is malformed.
        ForbiddenUrl: If the policy forbids the URL, or its host is not public.
        FetchFailed: If there is no repository, or it needs credentials.
        DeadlineExceeded: If it does not answer within `limits.fetch_seconds`.
    """

    def __init__(
        self,
        url: str,
        *,
        policy: UrlPolicy,
        limits: Limits,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        remote = parse_url(url, policy)
        _check_git()
        connection = pin(remote, policy)
        self.url = str(remote)
        self._pinned_url = connection.url
        self._limits = limits
        self._progress = progress
        self._deadline = Deadline(limits.fetch_seconds)
        config = {**_CONFIG, **connection.config}
        self._options = [part for key, value in config.items() for part in ("-c", f"{key}={value}")]
        self._environment = {
            "GIT_ALLOW_PROTOCOL": remote.scheme,
            "GIT_PROTOCOL_FROM_USER": "0",
            **connection.environment,
        }
        self.advertised = RefAdvertisement(self.output(None, "ls-remote", "--symref", self._pinned_url))
        if self.advertised.is_empty:
            self._check_protocol()

    def fetch(self, directory: Path) -> None:
        """Make a bare repository and fetch everything into it.

        Args:
            directory: Where it is made; must not exist.

        Raises:
            FetchFailed: If it cannot be fetched, or is too large.
            DeadlineExceeded: If the time runs out.
        """
        self.output(
            directory, "init", "--quiet", "--bare", "--template=", f"--object-format={self.advertised.object_format}"
        )
        self.receive(directory)

    def receive(self, directory: Path, *options: str) -> None:
        """Fetch everything that a bare repository does not have yet, and set its HEAD to what the remote's HEAD names.

        Args:
            directory: A bare repository.
            options: More options of `git fetch`.

        Raises:
            FetchFailed: If it cannot be fetched, or the repository becomes too large.
            DiskFull: If the disk has no room for it.
            DeadlineExceeded: If the time runs out.
        """
        self.output(directory, "symbolic-ref", "HEAD", self.advertised.head_branch)
        if self.advertised.is_empty:
            return
        refspecs = ["+refs/*:refs/*"]
        if self.advertised.detached_head:
            refspecs.append(f"+HEAD:{_DETACHED_REF}")
        self._fetch(directory, [*options, self._pinned_url, *refspecs])
        if self.advertised.detached_head:
            self.output(directory, "update-ref", "--no-deref", "HEAD", _DETACHED_REF)

    def git(
        self,
        directory: Path | None,
        *arguments: str,
        stdin: IO[bytes] | None = None,
        memory: int | None = None,
        file_bytes: int | None = None,
    ) -> GitProcess:
        """Start git with the safe configuration and the pinned address; call `finish` when its output has been read.

        Args:
            directory: The repository that it works in, or None for none.
            arguments: The arguments after `git` on the command line.
            stdin: An open file that it reads, or None for an empty one.
            memory: Bytes that it may allocate; None: any.
            file_bytes: How large a file that it writes may become, in bytes; None: any size.
        """
        return GitProcess(
            [*self._options, *arguments],
            environment={**self._environment, "GIT_DIR": str(directory or _NOWHERE)},
            stdin=stdin,
            seconds=self._deadline.remaining,
            memory=memory,
            file_bytes=file_bytes,
        )

    def output(self, directory: Path | None, *arguments: str) -> str:
        """Run git until it ends, and return what it writes."""
        with self.git(directory, *arguments, memory=_MAX_LISTING_MEMORY) as process:
            output = process.stdout.read().decode("utf-8", "replace")
            self.finish(process)
        return output

    def finish(self, process: GitProcess) -> None:
        """Wait until git has ended.

        Raises:
            FetchFailed: If it ended with an error.
            DeadlineExceeded: If it was killed because the time ran out.
        """
        try:
            process.finish()
        except GitFailed as error:
            raise explain(error.stderr) from None
        except DeadlineExceeded:
            raise DeadlineExceeded(
                f"Fetching the repository took longer than the {self._limits.fetch_seconds:g} seconds allowed."
            ) from None

    def check_size(self, directory: Path) -> int:
        """Return the bytes that a repository takes on disk.

        Raises:
            FetchFailed: If there are more than `Limits.fetch_bytes`.
        """
        size = disk_usage(directory)
        if size > self._limits.fetch_bytes:
            raise self._too_large()
        return size

    def _too_large(self) -> FetchFailed:
        return FetchFailed(
            f"The repository takes more than the {self._limits.fetch_bytes:,} bytes allowed.",
            hint="Raise --max-fetch-size, or BECA_MAX_FETCH_BYTES.",
        )

    def _check_protocol(self) -> None:
        """Refuse a web server that does not speak git's protocol.

        git accepts almost any page as the ref list of an empty repository.
        """
        if not self._pinned_url.startswith("http"):
            return
        self._environment["GIT_TRACE_PACKET"] = "1"
        with self.git(None, "ls-remote", self._pinned_url, memory=_MAX_LISTING_MEMORY) as process:
            self.finish(process)
            if "packet:" not in process.stderr:
                raise explain("not valid: is this a git repository?")

    def _fetch(self, directory: Path, arguments: list[str]) -> None:
        verbosity = "--quiet" if self._progress is None else "--progress"
        space = self._room(directory)
        most = min(space, self._limits.fetch_bytes)
        options = (verbosity, *_FETCH_OPTIONS)
        with self.git(directory, "fetch", *options, *arguments, file_bytes=most) as process:
            pause = _POLL_SECONDS
            while not process.wait(pause):
                begin = time.monotonic()
                self._room(directory)
                size = self.check_size(directory)
                if self._progress is not None:
                    self._progress(transfer_progress(process.stderr, size))
                pause = max(_POLL_SECONDS, 10 * (time.monotonic() - begin))
            try:
                self.finish(process)
            except FetchFailed:
                if largest_file(directory) > most - _BLOCK_BYTES:
                    raise (self._too_large() if most < space else no_room()) from None
                raise
        self.check_size(directory)

    def _room(self, directory: Path) -> int:
        """Return the bytes that may be written.

        Raises:
            DiskFull: If there are none.
        """
        found = room(directory, self._limits.min_free_bytes)
        if found < _BLOCK_BYTES:
            raise no_room()
        return found


def largest_file(directory: Path) -> int:
    """Return the size in bytes of the largest file under a directory, 0 if there is none."""
    return max((size for size, _ in _files(directory)), default=0)


def disk_usage(directory: Path) -> int:
    """Return the bytes that the files under a directory take on disk; files removed meanwhile are not counted."""
    return sum(used for _, used in _files(directory))


def _files(directory: Path) -> Iterator[tuple[int, int]]:
    """Yield the size of each file under a directory, and the bytes that it takes on disk."""
    for path, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):
                found = os.lstat(os.path.join(path, name))  # noqa: PTH118 - many small calls
                yield found.st_size, found.st_blocks * 512


def _check_git() -> None:
    version = re.search(rb"(\d+)\.(\d+)", run_git(["version"], environment={}))
    if version is None or (int(version[1]), int(version[2])) < _OLDEST_GIT:
        raise SourceError(
            "The installed git is too old to fetch safely.", hint="Install git {}.{} or newer.".format(*_OLDEST_GIT)
        )


_NO_BRANCH: Final = "refs/beca/none"
_PEELED: Final = "^{}"


class RefAdvertisement:
    """The refs of a remote, as listed by `git ls-remote --symref`.

    Args:
        listing: What git wrote.

    Attributes:
        refs: The object that each ref names, by the ref's full name.
        is_empty: Whether there are no refs and no HEAD.
        object_format: `sha1` or `sha256`.
        head_branch: The branch that HEAD names; if it names none, a ref that does not exist.
        detached_head: Whether HEAD names an object instead of a branch.
    """

    def __init__(self, listing: str) -> None:
        lines = [line.partition("\t") for line in listing.splitlines()]
        ids = [value for value, _, _ in lines if not value.startswith("ref: ")]
        heads = [value for value, _, name in lines if name == "HEAD"]
        branches = [value.removeprefix("ref: ") for value in heads if value.startswith("ref: ")]
        self.refs = {name: value for value, _, name in lines if name != "HEAD" and not name.endswith(_PEELED)}
        self.is_empty = not ids
        self.object_format = "sha256" if ids and len(ids[0]) == 64 else "sha1"
        self.head_branch = branches[0] if branches else _NO_BRANCH
        self.detached_head = bool(heads) and not branches


_STEP: Final = re.compile(
    r"^(?:Receiving objects|Resolving deltas): +\d{1,3}% \((\d{1,15})/(\d{1,15})\)", re.MULTILINE | re.ASCII
)


def transfer_progress(stderr: str, received: int) -> Progress:
    """Return the progress of a fetch; git counts the objects that it receives, and then the deltas among them.

    Messages of the server cannot be mistaken for progress, since git writes `remote: ` before each line of them.

    Args:
        stderr: The end of what git has written to its standard error.
        received: Bytes that have been received.
    """
    steps = _STEP.findall(stderr.replace("\r", "\n"))
    done, expected = map(int, steps[-1]) if steps else (0, None)
    return Progress(bytes=received, expected=expected, phase=Phase.FETCHING, handled=done)
