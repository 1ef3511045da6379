"""The first half of a scan's process: `python -m beca_api.worker.mirrors.mirror_update DIRECTORY URL COMMAND...`.

It brings the mirror in DIRECTORY up to date and then becomes COMMAND, with the path of the mirror as the last argument.
The mirror stays locked until COMMAND ends. A second scan of the same repository waits for the lock; after a while it
fetches a copy of its own.

A mirror that is damaged, incomplete or of another URL is deleted and fetched again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from beca_api.worker.mirrors.mirror_directory import MirrorDirectory
from beca_core.cli.scans.progress_display import event_progress
from beca_core.cli.scans.supervision import end_with_stdin
from beca_core.errors import BecaError, DeadlineExceeded, DiskFull, SourceError
from beca_core.reports.json_lines import EventStream
from beca_core.sources.git.remote.fetch import RemoteRepository
from beca_core.sources.git.remote.mirroring import is_current, is_shallow, make_mirror, update_mirror
from beca_core.sources.limits import Deadline, Limits, UrlPolicy
from beca_core.sources.progress import Phase, Progress
from beca_core.system.disk_space import is_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.scans.progress_display import OnProgress

MAX_LOCK_SECONDS: Final = 30.0
_LOCK_SHARE: Final = 0.1
"""A scan waits for another scan of the same repository at most this long, and at most this share of its time."""

_SCAN_SECONDS: Final = "BECA_SCAN_SECONDS"


def main(directory: str, url: str, command: Sequence[str]) -> NoReturn:
    """Fetch, and continue as another program; an error is written as the event `failed`."""
    deadline = Deadline(float(os.environ[_SCAN_SECONDS]))
    os.umask(0o077)
    events = EventStream(sys.stdout, redact=True)
    try:
        end_with_stdin()
        events.progress(Progress(phase=Phase.FETCHING))
        repository = _fetched(MirrorDirectory(Path(directory)), url, deadline, event_progress(events))
        os.environ[_SCAN_SECONDS] = f"{_seconds_left(deadline):.6f}"
        os.execv(command[0], [*command, str(repository)])  # noqa: S606 - the worker's own command
    except BecaError as error:
        events.failed(error.code, f"{error.message} {error.hint}".rstrip())
    except OSError as error:
        events.failed(DiskFull.code if is_full(error) else "system-error", f"{error.strerror}.")
    sys.exit(2)


def _fetched(mirror: MirrorDirectory, url: str, deadline: Deadline, notify: OnProgress) -> Path:
    """Return a bare repository that has what the URL has, and that no other process changes."""
    is_mine = _lock(mirror, min(MAX_LOCK_SECONDS, _LOCK_SHARE * deadline.remaining))
    remote = RemoteRepository(url, policy=_policy(), limits=_limits(deadline), progress=notify)
    if is_mine:
        try:
            return bring_up_to_date(mirror, remote)
        except OSError as error:  # a mirror that cannot be written must not fail the scan
            if is_full(error):
                raise
    copy = Path(tempfile.mkdtemp(prefix="beca-fetch-")) / "repository.git"
    make_mirror(remote, copy)
    return copy


def _lock(mirror: MirrorDirectory, seconds: float) -> bool:
    """Lock the mirror until the scan ends; return False if that cannot be done within so many seconds."""
    with suppress(OSError):
        descriptor = mirror.lock(seconds)
        if descriptor is not None:
            os.set_inheritable(descriptor, True)
            return True
    return False


def _policy() -> UrlPolicy:
    """Return which URLs the worker allows, as it wrote that into the environment."""
    schemes = frozenset(os.environ["BECA_ALLOWED_SCHEMES"].split(",")) - {""}
    return UrlPolicy(schemes, allow_private_hosts=os.environ["BECA_ALLOW_PRIVATE_HOSTS"] == "True")


def _limits(deadline: Deadline) -> Limits:
    return Limits(
        fetch_seconds=_seconds_left(deadline),
        fetch_bytes=int(os.environ["BECA_MAX_FETCH_BYTES"]),
        min_free_bytes=int(os.environ["BECA_MIN_FREE_BYTES"]),
    )


def _seconds_left(deadline: Deadline) -> float:
    """Return the time left, and at least a microsecond, since no limit may be zero."""
    return max(1e-6, deadline.remaining)


def bring_up_to_date(mirror: MirrorDirectory, remote: RemoteRepository) -> Path:
    """Return a bare repository that has what a remote has, and nothing else.

    Args:
        mirror: The cached mirror; locked.
        remote: What to fetch.

    Raises:
        SourceError: If it cannot be fetched.
    """
    repository = mirror.repository(remote.url)
    if repository is None or remote.advertised.is_empty or not _is_updated(mirror, repository, remote):
        repository = mirror.reset()
        make_mirror(remote, repository)
    mirror.mark_complete(remote.url, repository)
    return repository


def _is_updated(mirror: MirrorDirectory, repository: Path, remote: RemoteRepository) -> bool:
    """Update a complete mirror; return False if that fails because it is damaged or too large, or lacks history."""
    if is_shallow(repository):
        return False
    try:
        if not is_current(remote, repository):
            mirror.mark_incomplete()
            update_mirror(remote, repository)
    except DeadlineExceeded:
        raise
    except SourceError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
