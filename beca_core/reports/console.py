"""Output for people: lines, aligned columns, and styles on a terminal."""

from __future__ import annotations

import os
from itertools import zip_longest
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from typing import TextIO

_GAP: Final = "  "
_LEAST_PROSE: Final = 20
_FILE_WIDTH: Final = 120
_CODES: Final = lazy(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\\\")


class Style:
    """How a terminal shows a text: parameters of the control sequence SGR (ECMA-48), joined by semicolons."""

    PLAIN: Final = ""
    BOLD: Final = "1"
    DIM: Final = "2"
    RED: Final = "31"
    BOLD_RED: Final = "1;31"
    BOLD_GREEN: Final = "1;32"
    BOLD_YELLOW: Final = "1;33"
    BOLD_BLUE: Final = "1;34"
    BOLD_WHITE_ON_RED: Final = "1;37;41"


class Console:
    """Writes texts, which the caller has made printable.

    Only a terminal gets styles and line breaks between words; a file or a pipe gets each line plain and whole.
    `COLUMNS` overrides the width of the terminal. With `NO_COLOR` the only styles are bold and dim, and with
    `TERM=dumb` there are none.

    Args:
        stream: Text stream to write to; it stays open.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._styled = self._terminal and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")
        self._coloured = not os.environ.get("NO_COLOR")
        self._width = get_terminal_size().columns

    @property
    def width(self) -> int:
        """The cells of a line on the terminal, or as many as lines of a file should have."""
        return self._width if self._terminal else max(self._width, _FILE_WIDTH)

    def link(self, text: str, path: str | None) -> str:
        """Return a text that leads to a file where the terminal can do that (OSC 8), or plain.

        Args:
            text: The text.
            path: Absolute path of the file; None: there is none.
        """
        if not self._styled or path is None:
            return text
        return f"\x1b]8;;file://{quote(os.fsencode(path))}\x1b\\{text}\x1b]8;;\x1b\\"

    def paint(self, text: str, style: str) -> str:
        """Return a text in a style, or plain if the stream shows no styles."""
        if not self._coloured:
            style = ";".join(code for code in style.split(";") if code in (Style.BOLD, Style.DIM))
        return f"\x1b[{style}m{text}\x1b[0m" if self._styled and style and text else text

    def line(self, text: str = "") -> None:
        """Write a line without breaks, so that a long path in it can be copied."""
        self._stream.write(f"{text}\n")

    def prose(self, text: str, *, hang: int = 0) -> None:
        """Write a line. A terminal gets several if it is too long; all but the first are indented by `hang` cells."""
        if self._terminal:
            text = "\n".join(_broken(text, self._width, min(hang, max(0, self._width - _LEAST_PROSE))))
        self.line(text)

    def table(
        self,
        titles: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        right: Collection[int] = (),
        styles: Iterable[str] = (),
    ) -> None:
        """Write a table whose last column holds prose.

        Args:
            titles: A title for each column.
            rows: A text for each column.
            right: Columns that are aligned to the right, 0-based.
            styles: A style for each row; rows without one are plain.
        """
        (head, *lines), hang = self.aligned([titles, *rows], right=right)
        self.line(self.paint(head, Style.DIM))
        for line, style in zip_longest(lines, styles, fillvalue=Style.PLAIN):
            self.prose(self.paint(line, style), hang=hang)

    def aligned(self, rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> tuple[list[str], int]:
        """Return a line for each row, with aligned columns, and the width of all columns before the last.

        A text that takes more than three fifths of the terminal's width does not widen its column: only its own line
        gets longer.
        """
        widest = self._width * 3 // 5
        sizes = (map(cells, column) for column in zip(*rows, strict=True))
        widths = [max((size for size in column if size <= widest), default=0) for column in sizes]
        sides = [column in right for column in range(len(widths))]
        lines = [_GAP.join(map(_padded, row, widths, sides)).rstrip() for row in rows]
        return lines, sum(width + len(_GAP) for width in widths[:-1])


def cells(text: str) -> int:
    """Return the number of terminal cells of a text: two for a wide character, none for a combining one or a style."""
    text = _CODES.sub("", text)
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(char) in ("Mn", "Me") else 1 + (east_asian_width(char) in "WF") for char in text)


def _padded(text: str, width: int, right: bool) -> str:
    padding = " " * (width - cells(text))
    return padding + text if right else text + padding


def _broken(text: str, width: int, hang: int) -> Iterator[str]:
    line, used = "", 0
    for word in text.split(" "):
        size = cells(word)
        if used + size > width and used > hang:
            yield line.rstrip()
            line, used = " " * hang, hang
        line, used = f"{line}{word} ", used + size + 1
    yield line.rstrip()
