"""The progress bar of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as RichProgress

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from beca_core.engine import Progress


class ProgressBar:
    """A bar on stderr that vanishes when the `with` block ends."""

    def __init__(self) -> None:
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[read]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("Fetching", total=None, read="")

    def show(self, progress: Progress) -> None:
        """Draw how far the scan has come."""
        self._bar.update(
            self._task,
            description="Scanning",
            completed=progress.done,
            total=progress.expected,
            read=decimal(progress.bytes),
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
