"""Fetching a remote repository into an empty bare one, without trusting either the URL or the server.

Fetched, never cloned: nothing is checked out, no hook, filter or submodule of the other side has a part in it. The
host is resolved once, and the connection is pinned to the address that was checked.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import TYPE_CHECKING, Final

from beca_core.errors import DeadlineExceeded, FetchFailed, SourceError
from beca_core.sources.git.complaints import explain
from beca_core.sources.git.pinning import pin
from beca_core.sources.git.process import Deadline, GitFailed, GitProcess, run_git
from beca_core.sources.git.transfer import transfer_progress
from beca_core.sources.git.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_core.progress import Progress
    from beca_core.sources import Limits
    from beca_core.sources.git.policy import UrlPolicy
    from beca_core.sources.git.url import RemoteUrl

_MAX_LISTING_MEMORY: Final = 1024**3
_POLL_SECONDS: Final = 0.25
_OLDEST_GIT: Final = (2, 37)
"""Older ones silently ignore `http.curloptResolve`, so that the address would not be pinned."""

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
"""`fsckObjects` is off, since many an honest old repository has an odd object in it; ids are verified all the same."""

_FETCH_OPTIONS: Final = (
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
)
_DETACHED_REF: Final = "refs/beca/head"
_NO_BRANCH: Final = "refs/beca/none"


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
        progress: Called some times a second; an exception that it raises ends the fetch.

    Raises:
        InvalidTarget: If the URL is malformed.
        ForbiddenUrl: If the policy forbids the URL, or its host is not public.
        FetchFailed: If there is no repository, or it needs credentials, or is too large.
        DeadlineExceeded: If it takes longer than `limits.fetch_seconds`.
    """
    remote = parse_url(url, policy)
    _check_git()
    _Fetch(remote, directory, policy, limits, progress or _ignore).run()


class _Fetch:
    """One fetch: the remote, the directory, and the time that is left."""

    def __init__(
        self,
        remote: RemoteUrl,
        directory: Path,
        policy: UrlPolicy,
        limits: Limits,
        notify: Callable[[Progress], None],
    ) -> None:
        pinned = pin(remote, policy)
        self._url = pinned.url
        self._directory = directory
        self._limits = limits
        self._notify = notify
        self._deadline = Deadline(limits.fetch_seconds)
        settings = {**_CONFIG, **pinned.config}
        self._options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._environment = {
            "GIT_DIR": str(directory),
            "GIT_ALLOW_PROTOCOL": remote.scheme,
            "GIT_PROTOCOL_FROM_USER": "0",
            **pinned.environment,
        }

    def run(self) -> None:
        offer = _Offer(self._output("ls-remote", "--symref", self._url))
        if offer.is_empty:
            self._check_emptiness()
        self._output("init", "--quiet", "--bare", "--template=", f"--object-format={offer.object_format}")
        self._output("symbolic-ref", "HEAD", offer.head_branch)
        if offer.is_empty:
            return
        refspecs = ["+refs/*:refs/*"]
        if offer.detached_head:
            refspecs.append(f"+HEAD:{_DETACHED_REF}")
        self._fetch(refspecs)
        if offer.detached_head:
            self._output("update-ref", "--no-deref", "HEAD", _DETACHED_REF)

    def _check_emptiness(self) -> None:
        """Refuse an empty answer of a web server that does not speak git's protocol.

        git takes almost any page for the list of refs of an empty repository.
        """
        if not self._url.startswith("http"):
            return
        self._environment["GIT_TRACE_PACKET"] = "1"
        with self._git("ls-remote", self._url, memory=_MAX_LISTING_MEMORY) as process:
            self._finish(process)
            if "packet:" not in process.stderr:
                raise explain("not valid: is this a git repository?")

    def _fetch(self, refspecs: list[str]) -> None:
        command = (
            "fetch",
            "--quiet" if self._notify is _ignore else "--progress",
            *_FETCH_OPTIONS,
            self._url,
            *refspecs,
        )
        with self._git(*command) as process:
            pause = _POLL_SECONDS
            while not process.wait(pause):
                begin = time.monotonic()
                self._notify(transfer_progress(process.stderr, self._check_size()))
                pause = max(_POLL_SECONDS, 10 * (time.monotonic() - begin))
            self._finish(process)
        self._check_size()

    def _output(self, *arguments: str) -> str:
        with self._git(*arguments, memory=_MAX_LISTING_MEMORY) as process:
            output = process.stdout.read().decode("utf-8", "replace")
            self._finish(process)
        return output

    def _git(self, *arguments: str, memory: int | None = None) -> GitProcess:
        command = [*self._options, *arguments]
        return GitProcess(command, environment=self._environment, seconds=self._deadline.remaining, memory=memory)

    def _finish(self, process: GitProcess) -> None:
        try:
            process.finish()
        except GitFailed as error:
            raise explain(error.stderr) from None
        except DeadlineExceeded:
            raise DeadlineExceeded(
                f"Fetching the repository took longer than the {self._limits.fetch_seconds:g} seconds allowed."
            ) from None

    def _check_size(self) -> int:
        size = disk_usage(self._directory)
        if size > self._limits.fetch_bytes:
            raise FetchFailed(
                f"The repository takes more than the {self._limits.fetch_bytes:,} bytes allowed.",
                hint="Raise --max-fetch-size, or BECA_MAX_FETCH_BYTES.",
            )
        return size


class _Offer:
    """What `git ls-remote --symref` says that a remote has."""

    def __init__(self, listing: str) -> None:
        lines = [line.partition("\t") for line in listing.splitlines()]
        ids = [value for value, _, _ in lines if not value.startswith("ref: ")]
        heads = [value for value, _, name in lines if name == "HEAD"]
        branches = [value.removeprefix("ref: ") for value in heads if value.startswith("ref: ")]
        self.is_empty = not ids
        self.object_format = "sha256" if ids and len(ids[0]) == 64 else "sha1"
        self.head_branch = branches[0] if branches else _NO_BRANCH
        self.detached_head = bool(heads) and not branches


def disk_usage(directory: Path) -> int:
    """Return the bytes that the files under a directory take on disk; files that vanish meanwhile count nothing."""
    total = 0
    for path, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(path, name)).st_blocks * 512  # noqa: PTH118 - many small calls
    return total


def _ignore(_progress: Progress) -> None:
    """Do nothing: nobody watches."""


def _check_git() -> None:
    version = re.search(rb"(\d+)\.(\d+)", run_git(["version"], environment={}))
    if version is None or (int(version[1]), int(version[2])) < _OLDEST_GIT:
        raise SourceError(
            "The installed git is too old to fetch safely.", hint="Install git {}.{} or newer.".format(*_OLDEST_GIT)
        )
