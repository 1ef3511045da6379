"""From what the prefilter saw to decodings: each part of a text is decoded once in each way, within a budget."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.forms import Kind
from beca_core.matching.decoding.peek import Digits
from beca_core.matching.decoding.percent import decode_percent
from beca_core.matching.decoding.unicode_escapes import decode_unicode_escapes
from beca_core.matching.hits import BACKSLASH, ESCAPE_MARKS, PERCENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.decoding.digit_runs import DigitRun
    from beca_core.matching.decoding.peek import Peek
    from beca_core.matching.hits import PrefilterHits
    from beca_core.matching.windows import Span

_BEFORE: Final = 4 * 1024
_BEHIND: Final = 32 * 1024
_COST: Final = 256


class Budget:
    """How much may still be decoded of a text: some times its size, a price for each decoding included.

    Args:
        size: Bytes of the text.
    """

    def __init__(self, size: int) -> None:
        self._left = 8 * size + 64 * 1024

    def take(self, size: int) -> bool:
        """Pay for a decoding, or return False where nothing is left."""
        self._left -= size + _COST
        return self._left >= 0


_PEEKS: Final = 64
_BYTES_A_PEEK: Final = 1024
"""Data made for it shows something everywhere; to read its runs at once takes less time than so many peeks."""

_ESCAPES: Final = ((PERCENT, decode_percent), (BACKSLASH, decode_unicode_escapes))


def decodings(data: bytes, seen: PrefilterHits, budget: Budget, peek: Peek | None = None) -> Iterator[Decoding]:
    """Yield what the parts of a text decode to in which something was seen.

    Args:
        data: The text.
        seen: What was seen in it.
        budget: Ends the search when it is used up.
        peek: Tells which runs of digits are worth it; None: all are.
    """
    for decoding in _all(data, seen, peek):
        if not budget.take(len(decoding.data)):
            return
        yield decoding


def _all(data: bytes, seen: PrefilterHits, peek: Peek | None) -> Iterator[Decoding]:
    if any(kind < Kind.HEX for kind in seen.forms):
        from beca_core.matching.decoding import base64_text as base64

        marks = [base64.PHASES * at + kind for kind, ends in seen.forms.items() if kind < Kind.HEX for at in ends]
        yield from _in_runs(data, marks, Digits(base64.READER, base64.decode_base64, base64.PHASES), peek)
    if Kind.HEX in seen.forms:
        from beca_core.matching.decoding import hexadecimal as in_hex

        marks = [in_hex.PHASES * at for at in seen.forms[Kind.HEX]]
        yield from _in_runs(data, marks, Digits(in_hex.READER, in_hex.decode_hex, in_hex.PHASES), peek)
    if any(mark in data for mark in ESCAPE_MARKS):
        for begin, end in _parts(data, _places(seen)):
            for mark, decode in _ESCAPES:
                if data.find(mark, begin, end) >= 0 and (decoding := decode(data, begin, end)):
                    yield decoding


def _in_runs(data: bytes, marks: list[int], digits: Digits, peek: Peek | None) -> Iterator[Decoding]:
    """Decode the runs at some places, each of which is given as `phases` times its offset plus its phase."""
    run: DigitRun | None = None
    done: set[tuple[int, int, int]] = set()
    peeks = _PEEKS + len(data) // _BYTES_A_PEEK
    marks.sort()
    for at, phase in (divmod(mark, digits.phases) for mark in marks):
        if run is None or not run.holds(at):
            if peek is not None and peeks:
                peeks -= 1
                if not peek.may_hold(data, at, phase, digits):
                    continue
            run = digits.reader.around(data, at)
            done.clear()
        for block in run.blocks(at) if run is not None else ():
            skipped = digits.skipped(block, at, phase)
            if (key := (block.offsets[0], block.end, skipped)) not in done:
                done.add(key)
                yield from digits.decode(block, skipped)


def _places(seen: PrefilterHits) -> Iterable[Span]:
    plain = sorted(seen.plain)
    if not seen.forms:
        return plain
    ends = sorted(at for ends in seen.forms.values() for at in ends)
    return merge(plain, ((at, at) for at in ends))


def _parts(data: bytes, places: Iterable[Span]) -> Iterator[Span]:
    """Yield the lines, or of long lines the parts, in which something was seen and that may hold an escape."""
    known = line_begin = 0
    next_marks = dict.fromkeys(ESCAPE_MARKS, -1)
    next_mark = -1
    for first, last in places:
        if last <= known:
            continue
        if next_mark < known:
            next_marks = {mark: _next(data, mark, known, at) for mark, at in next_marks.items()}
            next_mark = min(next_marks.values())
        line_end = data.find(b"\n", last, last + _BEHIND)
        end = line_end if line_end >= 0 else min(last + _BEHIND, len(data))
        if next_mark < end:
            at = max(first - 1, known)
            lowest = max(line_begin, at - _BEFORE)
            yield data.rfind(b"\n", lowest, at) + 1 or lowest, end
        if line_end >= 0 or end == len(data):
            known = line_begin = end
        else:
            known = end - _BEFORE


def _next(data: bytes, mark: bytes, begin: int, last_known: int) -> int:
    """Return where a mark stands next, without looking again for what is known to come later."""
    if last_known >= begin:
        return last_known
    found = data.find(mark, begin)
    return found if found >= 0 else len(data)
