"""The first half of a scan's process: `python -m beca_api.worker.mirrors.child DIRECTORY URL COMMAND...`.

It brings the mirror in DIRECTORY up to date, and then becomes COMMAND, with the path of the mirror as last argument.
Until COMMAND ends, the mirror stays locked. A second scan of the same repository waits for that a while, and then
fetches a copy of its own.

A mirror that is damaged, left half-made or of another URL is thrown away and fetched anew.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from beca_api.worker.mirrors.mirror import Mirror
from beca_core.cli.progress_display import event_progress
from beca_core.cli.supervision import end_with_stdin
from beca_core.errors import BecaError, DeadlineExceeded, SourceError
from beca_core.report import Phase, Progress
from beca_core.reports.json_lines import EventStream
from beca_core.sources.git.process import Deadline
from beca_core.sources.git.remote.fetch import Remote
from beca_core.sources.git.remote.mirroring import is_current, make_mirror, update_mirror
from beca_core.sources.limits import Limits, UrlPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.progress_display import Notify

PATIENCE_SECONDS: Final = 30.0
_PATIENCE_SHARE: Final = 0.1
"""A scan waits no longer than this for another one of the same repository, and no larger part of its time."""

_TIME: Final = "BECA_SCAN_SECONDS"


def main(directory: str, url: str, command: Sequence[str]) -> NoReturn:
    """Fetch, and go on as another program; whatever is in the way becomes the event `failed`."""
    deadline = Deadline(float(os.environ[_TIME]))
    os.umask(0o077)
    events = EventStream(sys.stdout, redact=True)
    try:
        end_with_stdin()
        events.progress(Progress(phase=Phase.FETCHING))
        repository = _fetched(Mirror(Path(directory)), url, deadline, event_progress(events))
        os.environ[_TIME] = f"{_seconds_left(deadline):.6f}"
        os.execv(command[0], [*command, str(repository)])  # noqa: S606 - the worker's own command
    except BecaError as error:
        events.failed(error.code, f"{error.message} {error.hint}".rstrip())
    except OSError as error:
        events.failed("system-error", f"{error.strerror}.")
    sys.exit(2)


def _fetched(mirror: Mirror, url: str, deadline: Deadline, notify: Notify) -> Path:
    """Return a bare repository that has what the URL has, and that nobody changes."""
    is_mine = _lock(mirror, min(PATIENCE_SECONDS, _PATIENCE_SHARE * deadline.remaining))
    remote = Remote(url, policy=_policy(), limits=_limits(deadline), progress=notify)
    if is_mine:
        with suppress(OSError):  # a mirror that cannot be written is no reason to fail
            return bring_up_to_date(mirror, remote)
    copy = Path(tempfile.mkdtemp(prefix="beca-fetch-")) / "repository.git"
    make_mirror(remote, copy)
    return copy


def _lock(mirror: Mirror, seconds: float) -> bool:
    """Lock the mirror until the scan ends, if it can be had in so many seconds."""
    with suppress(OSError):
        descriptor = mirror.lock(seconds)
        if descriptor is not None:
            os.set_inheritable(descriptor, True)
            return True
    return False


def _policy() -> UrlPolicy:
    """Which URLs the worker allows, as it writes it into the environment of its scans."""
    schemes = frozenset(os.environ["BECA_ALLOWED_SCHEMES"].split(",")) - {""}
    return UrlPolicy(schemes, allow_private_hosts=os.environ["BECA_ALLOW_PRIVATE_HOSTS"] == "True")


def _limits(deadline: Deadline) -> Limits:
    return Limits(fetch_seconds=_seconds_left(deadline), fetch_bytes=int(os.environ["BECA_MAX_FETCH_BYTES"]))


def _seconds_left(deadline: Deadline) -> float:
    """More than none, which no limit may be: what is begun then ends at once."""
    return max(1e-6, deadline.remaining)


def bring_up_to_date(mirror: Mirror, remote: Remote) -> Path:
    """Return a bare repository that has what a remote has, and nothing else.

    Args:
        mirror: What is kept of it; locked.
        remote: What to fetch.

    Raises:
        SourceError: If it cannot be fetched.
    """
    repository = mirror.repository(remote.url)
    if repository is None or remote.advertised.is_empty or not _is_updated(mirror, repository, remote):
        repository = mirror.renew()
        make_mirror(remote, repository)
    mirror.end_change(remote.url, repository)
    return repository


def _is_updated(mirror: Mirror, repository: Path, remote: Remote) -> bool:
    """Update a complete mirror, and return False where that cannot be done, since it is damaged or too large."""
    try:
        if not is_current(remote, repository):
            mirror.begin_change()
            update_mirror(remote, repository)
    except DeadlineExceeded:
        raise
    except SourceError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
