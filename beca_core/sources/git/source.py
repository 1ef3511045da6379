"""`GitSource`: a local git repository, read object by object."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from beca_core.errors import InvalidTarget, SourceError, quoted_path
from beca_core.sources.git.history.history_diff import RefTips
from beca_core.sources.git.history.log import HistoryLog
from beca_core.sources.git.identity import RepositoryIdentity
from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.objects.lfs import with_lfs
from beca_core.sources.git.objects.selection import select_history
from beca_core.sources.git.repository_reading import HeadReading, HistoryReading
from beca_core.sources.git.resume.resumed import ResumedRepository
from beca_core.sources.git.view import RepositoryView
from beca_core.sources.limits import Deadline, Scope

if TYPE_CHECKING:
    import os
    from pathlib import Path
    from types import TracebackType

    from beca_core.sources.contracts import Reading, Resume
    from beca_core.sources.limits import Limits


class GitSource:
    """Read a git repository: its whole object store, or the files of HEAD.

    `history` reads every blob, commit and tag in the object store, including those that are not reachable from any
    ref. `head` reads the blobs of the commit that HEAD names, including symbolic links (their text), but no
    submodules. `RepositorySource` reads what is not in the object store.

    Args:
        path: Work tree or bare repository.
        scope: `history` or `head`.
        scratch_dir: Where temporary files are made; None: in the system's directory for them.
        log_seconds: Time for git to list history from now on, while the caller prepares to read all of it; None: git
            starts to list it when reading starts.
        url: Where it was fetched from for this scan; empty: it is a local repository.

    Attributes:
        layout: The directories of the repository.
        view: What git reads it through.

    Raises:
        InvalidTarget: If there is no repository at the path.
        SourceError: If git cannot read it.
    """

    def __init__(
        self,
        path: Path,
        scope: Scope = Scope.HISTORY,
        *,
        scratch_dir: str | os.PathLike[str] | None = None,
        log_seconds: float | None = None,
        url: str = "",
    ) -> None:
        self.scope = scope
        self._open = ExitStack()
        self._early_log: _EarlyLog | None = None
        try:
            layout = find_repository(path.absolute())
            if layout is None:
                raise InvalidTarget(f"{quoted_path(path)} is not a git repository.")
            self.layout = layout
            self.view = RepositoryView(layout, scratch_dir)
        except OSError as error:
            raise SourceError(f"The repository {quoted_path(path)} cannot be read: {error.strerror}.") from None
        self._open.callback(self.view.close)
        self.identity: Final = RepositoryIdentity(self.view, url)
        if log_seconds is not None and scope is Scope.HISTORY:
            try:
                self._early_log = self._list_history(log_seconds)
            except BaseException:
                self.close()
                raise

    def start(self, limits: Limits, resume: Resume | None = None) -> Reading:
        """Share out the objects to read.

        Raises:
            SourceError: If HEAD is needed but cannot be read, or git cannot list the objects.
        """
        deadline = Deadline(limits.scan_seconds)
        locate_seconds = min(limits.locate_seconds, limits.scan_seconds)
        if self.scope is Scope.HEAD:
            return HeadReading(self.view, limits, deadline)
        if resume is not None:
            if self._early_log is not None:
                self._early_log.log.close()  # it lists more than is needed
                self._early_log = None
            resumed = ResumedRepository.since(self.view, resume, locate_seconds)
            if resumed is not None:
                if resumed.log is not None:
                    self._open.callback(resumed.log.close)
                return HistoryReading(
                    self.view, limits, deadline, resumed.refs, resumed.log, resumed.store, resumed.shares(), resumed
                )
        from beca_core.sources.git.objects.object_store import ObjectStore  # a scan that resumes seldom needs it

        refs, log = self._early_log or self._list_history(locate_seconds)
        store = ObjectStore(self.view, deadline)
        shares = with_lfs(self.view, select_history(self.view, store, deadline=deadline))
        return HistoryReading(self.view, limits, deadline, refs, log, store, shares)

    def close(self) -> None:
        """End git, and remove the temporary files."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _list_history(self, seconds: float) -> _EarlyLog:
        """Let git list history in the background."""
        refs = RefTips.of(self.view)
        log = HistoryLog(self.view, refs.tips, seconds)
        self._open.callback(log.close)
        return _EarlyLog(refs, log)


class _EarlyLog(NamedTuple):
    """What refs name, and the log of the commits that are reachable from them."""

    refs: RefTips
    log: HistoryLog
