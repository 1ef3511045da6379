"""Wide text: UTF-16 and UTF-32, in which every ASCII character has a NUL beside it. It is scanned as UTF-8.

A content with a byte order mark is *transcoded* as a whole. In any other content with a NUL, the *runs* of wide
characters are transcoded: texts without a mark, UTF-16 that was appended to UTF-8 as PowerShell does, and the strings
in programs. What is between the runs becomes as many NULs, so that it keeps its lines and columns, and adjoins no
word. The bytes themselves are scanned besides, so that nothing is lost where a content only looks like wide text.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import re2

    from beca_core.rules.scanner import Match

NUL: Final = b"\0"

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD_BYTES: Final = 32
_LEAST_CHARACTERS: Final = 7
_CHARACTER: Final = rb"[\t\n\r -~\xa0-\xff]"
"""A character of Latin-1 that is not a control character."""
_HIDDEN: Final = bytes(byte if byte == ord("\n") else 0 for byte in range(256))


def encoding_of(head: bytes) -> str | None:
    """Return the wide encoding that the byte order mark of a content names, or None if it has no such mark.

    Args:
        head: The first bytes, 32 or more, or the whole content if it is shorter.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark) and _is_possible(head[:_HEAD_BYTES], encoding):
            return encoding
    return None


def _is_possible(head: bytes, encoding: str) -> bool:
    """Rule out UTF-32 if the mark is that of UTF-16 before a NUL."""
    if encoding.startswith("utf-16"):
        return True
    try:
        head[: len(head) // 4 * 4].decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


class Transcoder:
    """Turns a content in a wide encoding into UTF-8, part by part. What is not valid becomes U+FFFD.

    Where bytes were inserted that are not wide, the characters after them are found again.

    Args:
        encoding: As `encoding_of` returns it.
    """

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._unit = 4 if encoding.startswith("utf-32") else 2
        self._before = self._unit - 1 if encoding.endswith("be") else 0
        self._rest = b""

    def transcode(self, data: bytes, *, is_last: bool = False) -> bytes:
        """Return the next part of the text.

        Args:
            data: The next part of the content.
            is_last: Whether the content ends here.
        """
        data, at, parts = self._rest + data, 0, list[str]()
        for run in _runs(data):
            begin = run.first - self._before
            if begin > at and (begin - at) % self._unit:
                parts.append(self._decoder.decode(data[at:begin], True))
                self._decoder.reset()
                at = begin
        end = len(data) if is_last else len(data) - (len(data) - at) % self._unit
        self._rest = data[end:]
        parts.append(self._decoder.decode(data[at:end], is_last))
        return "".join(parts).encode()


def transcoded(data: bytes, encoding: str) -> bytes:
    """Return a whole content in a wide encoding as UTF-8."""
    return Transcoder(encoding).transcode(data, is_last=True)


class WideRun(NamedTuple):
    """Wide characters that follow each other.

    Args:
        begin: Where the run begins in the content.
        end: Where it ends.
        first: Where its first character is, after the NULs before it.
        unit: Bytes of a character.
        is_ambiguous: Whether its order of bytes is not certain.
    """

    begin: int
    end: int
    first: int
    unit: int
    is_ambiguous: bool = False


class WideRuns(NamedTuple):
    """A content of which the runs of wide characters were transcoded.

    Args:
        text: UTF-8; NULs stand for the bytes that are not in a run.
        spans: Where each run begins and ends in the text.
        runs: Where it is in the content.
    """

    text: bytes
    spans: tuple[tuple[int, int], ...]
    runs: tuple[WideRun, ...]

    def offset(self, at: int) -> int:
        """Return the offset in the content of an offset in the text."""
        number = bisect_right(self.spans, (at, len(self.text))) - 1
        if number < 0:
            return at
        (begin, end), run = self.spans[number], self.runs[number]
        if at >= end:
            return run.end + at - end
        return run.first + run.unit * len(self.text[begin:at].decode(errors="replace"))

    def held(self, matches: Iterable[Match]) -> Iterator[Match]:
        """Yield the matches that are more than what stands for the bytes between the runs."""
        return (match for match in matches if self.text[match.begin : match.end].strip(b"\0\n"))


def readings(data: bytes) -> Iterator[WideRuns]:
    """Transcode the runs of wide characters in a content, in one or two ways.

    A run between printable bytes can be little-endian with the byte before it, or big-endian with the byte after it.
    The first reading takes all such runs as little-endian, a second one as big-endian.
    """
    first = wide_runs(data)
    if first is not None:
        yield first
        if any(run.is_ambiguous for run in first.runs) and (second := wide_runs(data, big_endian=True)) is not None:
            yield second


def wide_runs(data: bytes, *, big_endian: bool = False) -> WideRuns | None:
    """Transcode the runs of wide characters in a content, or return None if there are none.

    Args:
        data: The content.
        big_endian: How runs are read that can be read in two ways.
    """
    parts: list[bytes] = []
    spans: list[tuple[int, int]] = []
    runs = list(_runs(data, big_endian=big_endian))
    at = size = 0
    for run in runs:
        hidden, text = data[at : run.begin].translate(_HIDDEN), data[run.begin : run.end].replace(NUL, b"")
        parts += hidden, text if text.isascii() else text.decode("latin-1").encode()
        spans.append((size + len(hidden), size + len(hidden) + len(parts[-1])))
        size, at = spans[-1][1], run.end
    if not runs:
        return None
    return WideRuns(b"".join((*parts, data[at:].translate(_HIDDEN))), tuple(spans), tuple(runs))


def _runs(data: bytes, *, big_endian: bool = False) -> Iterator[WideRun]:
    """Yield the runs of wide characters in a content.

    The last character of a run in big-endian order has no NUL after it. A run that ends with such a character, and
    begins with one that has no NULs before it, is ambiguous: one of the two does not belong to it.
    """
    for found in _run().finditer(data):
        begin, end = found.span()
        nuls = end - begin - len(data[begin:end].lstrip(NUL)) if data[begin] == 0 else 0
        first = begin + nuls
        unit = 4 if data[first + 1 : first + 4] == bytes(3) else 2
        is_ambiguous = data[end - 1] != 0 and nuls < unit - 1
        if is_ambiguous and big_endian:
            yield WideRun(first + 1, end, first + unit, unit, is_ambiguous)
        else:
            yield WideRun(begin, end - is_ambiguous, first, unit, is_ambiguous)


@cache
def _run() -> re2._Regexp[bytes]:
    import re2  # few contents have a NUL

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # type: ignore[attr-defined]
    options.log_errors = False
    kinds = (
        rb"\x00{0,%d}(?:%b%b){%d,}%b?" % (nuls, _CHARACTER, rb"\x00" * nuls, _LEAST_CHARACTERS, _CHARACTER)
        for nuls in (1, 3)
    )
    return re2.compile(b"|".join(kinds), options)
