"""The progress bar of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from beca_core.sources.progress import Phase, Progress

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import ProgressColumn, TaskID

_DESCRIPTIONS: Final = {Phase.FETCHING: "Fetching", Phase.READING: "Scanning", Phase.LOCATING: "Locating"}
_TEXTS: Final = ("{task.description}", "{task.fields[objects]}", "{task.fields[read]}", "{task.fields[rate]}")
_MEDIUM_WIDTH: Final = 50
_FULL_WIDTH: Final = 80


class ProgressBar:
    """A bar on stderr that disappears when the `with` block ends.

    Only `show` draws it, and no thread: a scan forks processes, and a thread could hold a lock at that moment.

    Args:
        phase: The first phase of the scan.
    """

    def __init__(self, phase: Phase = Phase.FETCHING) -> None:
        self._bar = RichProgress(
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._begin(phase)
        self._first: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Draw how far the scan has come."""
        if self._first is None or progress.phase is not self._first.phase:
            self._bar.remove_task(self._task)
            self._first, self._task = progress, self._begin(progress.phase)
        self._fit()
        self._bar.update(
            self._task,
            completed=progress.done,
            total=progress.expected,
            objects=_objects(progress),
            read=decimal(progress.bytes),
            rate=self._rate(progress.bytes - self._first.bytes),
        )
        self._bar.refresh()

    def open(self) -> None:
        """Draw the bar for the first time."""
        self._fit()
        self._bar.start()
        self._bar.refresh()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _begin(self, phase: Phase) -> TaskID:
        return self._bar.add_task(_DESCRIPTIONS[phase], total=None, objects="", read="", rate="")

    def _fit(self) -> None:
        """Leave out the columns for which the terminal is too narrow now."""
        self._bar.columns = _columns(self._bar.console.width)

    def _rate(self, read: int) -> str:
        seconds = self._bar.tasks[0].elapsed
        return f"{decimal(int(read / seconds))}/s" if read and seconds else ""


def _columns(width: int) -> tuple[ProgressColumn, ...]:
    description, objects, read, rate = (TextColumn(text, markup=False) for text in _TEXTS)
    if width < _MEDIUM_WIDTH:
        return description, objects
    if width < _FULL_WIDTH:
        return description, BarColumn(10), objects, read
    return description, BarColumn(20), objects, read, rate, TimeRemainingColumn()


def _objects(progress: Progress) -> str:
    if progress.expected is None:
        return f"{progress.done:,}" if progress.done else ""
    return f"{progress.done:,}/{progress.expected:,}"
