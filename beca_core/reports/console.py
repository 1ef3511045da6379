"""The one way in which BECA writes for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from typing import TextIO


def console_for(stream: TextIO) -> Console:
    """Return a console that takes texts as they are, and uses colour only where the stream is a terminal.

    `NO_COLOR` and `COLUMNS` are obeyed; what is no terminal is 80 columns wide.
    """
    return _Console(file=stream, force_terminal=stream.isatty(), highlight=False, markup=False, emoji=False)


class _Console(Console):
    """Leaves a broken pipe to the caller; rich would end the process with 1, which means findings."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - called where a BrokenPipeError is handled


def plain_table(*, expand: bool = False) -> Table:
    """Return a table without lines; give it columns that fold.

    Args:
        expand: Whether it is as wide as the console.
    """
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=expand)
