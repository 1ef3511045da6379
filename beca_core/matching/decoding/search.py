"""From regions to decodings: each part of a text is decoded once per encoding, within a budget."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.forms import FormKind
from beca_core.matching.decoding.peek import DigitEncoding
from beca_core.matching.decoding.percent import decode_percent
from beca_core.matching.decoding.unicode_escapes import decode_unicode_escapes
from beca_core.matching.regions import BACKSLASH, ESCAPE_MARKS, PERCENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.decoding.digit_runs import DigitRun
    from beca_core.matching.decoding.peek import Peek
    from beca_core.matching.regions import Regions
    from beca_core.matching.windows import Span

_BEFORE: Final = 4 * 1024
_AFTER: Final = 32 * 1024
_COST: Final = 256


class Budget:
    """How much may still be decoded of a text: a multiple of its size, with a fixed cost for each decoding.

    Args:
        size: Bytes of the text.
    """

    def __init__(self, size: int) -> None:
        self._left = 8 * size + 64 * 1024

    def spend(self, size: int) -> bool:
        """Deduct a decoding of so many bytes, and return whether the budget covers it."""
        self._left -= size + _COST
        return self._left >= 0


_PEEKS: Final = 64
_BYTES_A_PEEK: Final = 1024
"""How often to peek. In hostile data every run passes the peek, and reading the runs at once takes less time."""

_ESCAPES: Final = ((PERCENT, decode_percent), (BACKSLASH, decode_unicode_escapes))


def decodings(data: bytes, regions: Regions, budget: Budget, peek: Peek | None = None) -> Iterator[Decoding]:
    """Yield the decodings of the parts of a text in some regions.

    Args:
        data: The text.
        regions: What the prefilter reports about it.
        budget: Ends the search when it is used up.
        peek: Decides which runs of digits are worth decoding; None: all are.
    """
    for decoding in _all(data, regions, peek):
        if not budget.spend(len(decoding.data)):
            return
        yield decoding


def _all(data: bytes, regions: Regions, peek: Peek | None) -> Iterator[Decoding]:
    if any(kind < FormKind.HEX for kind in regions.forms):
        from beca_core.matching.decoding import base64_text as base64

        ends = [
            base64.PHASES * at + kind
            for kind, offsets in regions.forms.items()
            if kind < FormKind.HEX
            for at in offsets
        ]
        yield from _in_runs(data, ends, DigitEncoding(base64.READER, base64.decode_base64, base64.PHASES), peek)
    if FormKind.HEX in regions.forms:
        from beca_core.matching.decoding import hexadecimal as in_hex

        ends = [in_hex.PHASES * at for at in regions.forms[FormKind.HEX]]
        yield from _in_runs(data, ends, DigitEncoding(in_hex.READER, in_hex.decode_hex, in_hex.PHASES), peek)
    if any(mark in data for mark in ESCAPE_MARKS):
        for begin, end in _parts(data, _spans(regions)):
            for mark, decode in _ESCAPES:
                if data.find(mark, begin, end) >= 0 and (decoding := decode(data, begin, end)):
                    yield decoding


def _in_runs(data: bytes, ends: list[int], encoding: DigitEncoding, peek: Peek | None) -> Iterator[Decoding]:
    """Decode the runs at the ends of some forms; an end is `phases` times its byte offset, plus the phase there."""
    run: DigitRun | None = None
    done: set[tuple[int, int, int]] = set()
    peeks = _PEEKS + len(data) // _BYTES_A_PEEK
    ends.sort()
    for at, phase in (divmod(end, encoding.phases) for end in ends):
        if run is None or not run.contains(at):
            if peek is not None and peeks:
                peeks -= 1
                if not peek.is_worth_decoding(data, at, phase, encoding):
                    continue
            run = encoding.reader.around(data, at)
            done.clear()
        for block in run.blocks(at) if run is not None else ():
            skipped = encoding.skipped(block, at, phase)
            if (key := (block.offsets[0], block.end, skipped)) not in done:
                done.add(key)
                yield from encoding.decode(block, skipped)


def _spans(regions: Regions) -> Iterable[Span]:
    of_literals = sorted(regions.literal_spans)
    if not regions.forms:
        return of_literals
    ends = sorted(at for ends in regions.forms.values() for at in ends)
    return merge(of_literals, ((at, at) for at in ends))


def _parts(data: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the lines, or the parts of long lines, that some spans touch and that may hold an escape."""
    done = line_begin = 0
    next_marks = dict.fromkeys(ESCAPE_MARKS, -1)
    next_mark = -1
    for first, last in spans:
        if last <= done:
            continue
        if next_mark < done:
            next_marks = {mark: _next(data, mark, done, at) for mark, at in next_marks.items()}
            next_mark = min(next_marks.values())
        line_end = data.find(b"\n", last, last + _AFTER)
        end = line_end if line_end >= 0 else min(last + _AFTER, len(data))
        if next_mark < end:
            at = max(first - 1, done)
            lowest = max(line_begin, at - _BEFORE)
            yield data.rfind(b"\n", lowest, at) + 1 or lowest, end
        if line_end >= 0 or end == len(data):
            done = line_begin = end
        else:
            done = end - _BEFORE


def _next(data: bytes, mark: bytes, begin: int, last_found: int) -> int:
    """Return the next offset of a mark; the one that was found last is returned if it is not before `begin`."""
    if last_found >= begin:
        return last_found
    found = data.find(mark, begin)
    return found if found >= 0 else len(data)
