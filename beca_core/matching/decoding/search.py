"""Search a text and its decodings, nested to a bounded depth, and map the matches to the text.

Each part of a text is decoded once per encoding, within a budget.
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.findings import Confidence
from beca_core.matching.decoding.forms import FormKind
from beca_core.matching.decoding.peek import DigitEncoding
from beca_core.matching.decoding.percent import decode_percent
from beca_core.matching.decoding.relocation import is_text, relocated, secret_of
from beca_core.matching.decoding.unicode_escapes import decode_unicode_escapes
from beca_core.matching.regions import BACKSLASH, ESCAPE_MARKS, PERCENT
from beca_core.rules.candidate import DropReason, Step
from beca_core.rules.scanner import in_order
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.decoding.digit_runs import DigitRun
    from beca_core.matching.decoding.peek import Peek
    from beca_core.matching.lines import Span
    from beca_core.matching.regions import Regions
    from beca_core.matching.room import Drops, Room
    from beca_core.rules.scanner import Match
    from beca_core.sources.limits import Stop

    FindPlain: TypeAlias = Callable[[bytes, Drops | None], tuple[list[Match], Regions]]

DEPTH: Final = 2
"""How many levels of nested encodings are decoded."""

_BEFORE: Final = 4 * 1024
_AFTER: Final = 32 * 1024
_COST: Final = 256

_PEEKS: Final = 64
_BYTES_A_PEEK: Final = 1024
"""How many peeks may be in vain. In hostile data all are, and reading the runs at once takes less time."""

_GRACE_SECONDS: Final = 0.1
_FORM_STEPS: Final = 4
_DECODING_STEPS: Final = 64
_BYTES_A_STEP: Final = 64

NOT_REPORTED: Final = DropReason(
    Step.DECODING, "decoding", "in encoded text, only texts of MEDIUM or HIGH confidence are reported"
)
"""Why a match in encoded text is not reported."""
_ESCAPES: Final = ((PERCENT, decode_percent), (BACKSLASH, decode_unicode_escapes))


class NestedSearch:
    """Find matches in texts and in their decodings. Immutable, and shared between threads.

    Args:
        confidences: The confidence of each rule, by id. In decoded text, only MEDIUM and HIGH matches are reported.
        depth: How many levels of nested encodings are decoded.
        peek: Decides which runs of digits are worth decoding; None: all are.
    """

    def __init__(self, confidences: Mapping[str, Confidence], depth: int = DEPTH, *, peek: Peek | None = None) -> None:
        self._confidences = confidences
        self._depth = depth
        self._peek = peek

    def matches(
        self,
        data: bytes,
        found: list[Match],
        regions: Regions,
        find_plain: FindPlain,
        room: Room | None = None,
        stop: Stop = NEVER,
        drops: Drops | None = None,
    ) -> list[Match]:
        """Return the matches in a text and in its decodings, sorted, each once.

        Args:
            data: The text.
            found: The matches in the text as it is, sorted.
            regions: What the prefilter reports about it.
            find_plain: Returns these two for another text, and lists what is dropped there.
            room: Decides which matches in decodings are kept; None: all are.
            stop: When to end.
            drops: Where what is dropped in decodings is listed; None: nowhere.
        """
        return self._with_decoded(data, found, regions, find_plain, self._depth, Budget(len(data), stop), room, drops)

    def _with_decoded(
        self,
        data: bytes,
        found: list[Match],
        regions: Regions,
        find_plain: FindPlain,
        depth: int,
        budget: Budget,
        room: Room | None = None,
        drops: Drops | None = None,
    ) -> list[Match]:
        decoded: list[Match] = []
        for decoding in decodings(data, regions, budget, self._peek) if depth else ():
            inner: Drops | None = None if drops is None else []
            plain = find_plain(decoding.data, inner)
            inside = self._with_decoded(decoding.data, *plain, find_plain, depth - 1, budget, None, inner)
            if drops is not None and inner is not None:
                not_reported = [(match, NOT_REPORTED) for match in inside if not self._is_reported(match, decoding)]
                drops += ((relocated(match, decoding), reason) for match, reason in (*inner, *not_reported))
            reported = (match for match in inside if self._is_reported(match, decoding))
            moved = (relocated(match, decoding) for match in reported)
            decoded += (match for match in moved if room is None or room.takes(match.rule_id, match.begin))
        return _without_duplicates([*found, *decoded]) if decoded else found

    def _is_reported(self, match: Match, decoding: Decoding) -> bool:
        return is_reported(match.confidence or self._confidences[match.rule_id], secret_of(match, decoding))


def is_reported(confidence: Confidence, secret: bytes) -> bool:
    """Return whether a match in encoded text is reported."""
    return confidence is not Confidence.LOW and is_text(secret)


def _without_duplicates(matches: list[Match]) -> list[Match]:
    """Drop each match that is within another match of its rule, if one of the two was decoded.

    Of equal spans, the match with fewer decodings is kept.
    """
    kept: list[Match] = []
    reach: dict[str, int] = {}
    decoded_reach: dict[str, int] = {}
    for match in sorted(matches, key=_order):
        rule = match.rule_id
        if match.end <= (reach if match.decodings else decoded_reach).get(rule, 0):
            continue
        kept.append(match)
        reach[rule] = max(match.end, reach.get(rule, 0))
        if match.decodings:
            decoded_reach[rule] = max(match.end, decoded_reach.get(rule, 0))
    return in_order(kept)


def _order(match: Match) -> tuple[int, int, int, bytes]:
    return match.begin, -match.end, len(match.decodings), match.secret or b""


class Budget:
    """How much may still be decoded of a text: a multiple of its size, with a fixed cost for each decoding.

    Args:
        size: Bytes of the text.
        stop: When to end.
    """

    def __init__(self, size: int, stop: Stop = NEVER) -> None:
        self._left = 8 * size + 64 * 1024
        self.stop = stop

    def spend(self, size: int) -> bool:
        """Deduct a decoding of so many bytes, and return whether the budget covers it."""
        self._left -= size + _COST
        return self._left >= 0 and not self.stop.step(_DECODING_STEPS + size // _BYTES_A_STEP, _GRACE_SECONDS)


def decodings(data: bytes, regions: Regions, budget: Budget, peek: Peek | None = None) -> Iterator[Decoding]:
    """Yield the decodings of the parts of a text in some regions.

    Args:
        data: The text.
        regions: What the prefilter reports about it.
        budget: Ends the search when it is used up.
        peek: Decides which runs of digits are worth decoding; None: all are.
    """
    for decoding in _all(data, regions, peek, budget.stop):
        if not budget.spend(len(decoding.data)):
            return
        yield decoding


def _all(data: bytes, regions: Regions, peek: Peek | None, stop: Stop) -> Iterator[Decoding]:
    if any(kind < FormKind.HEX for kind in regions.forms):
        from beca_core.matching.decoding import base64_text as base64

        ends = [
            base64.PHASES * at + kind
            for kind, offsets in regions.forms.items()
            if kind < FormKind.HEX
            for at in offsets
        ]
        yield from _in_runs(data, ends, DigitEncoding(base64.READER, base64.decode_base64, base64.PHASES), peek, stop)
    if FormKind.HEX in regions.forms:
        from beca_core.matching.decoding import hexadecimal as in_hex

        ends = [in_hex.PHASES * at for at in regions.forms[FormKind.HEX]]
        yield from _in_runs(data, ends, DigitEncoding(in_hex.READER, in_hex.decode_hex, in_hex.PHASES), peek, stop)
    if any(mark in data for mark in ESCAPE_MARKS):
        for begin, end in _parts(data, _spans(regions), stop):
            for mark, decode in _ESCAPES:
                if data.find(mark, begin, end) >= 0 and (decoding := decode(data, begin, end)):
                    yield decoding


def _in_runs(
    data: bytes, ends: list[int], encoding: DigitEncoding, peek: Peek | None, stop: Stop
) -> Iterator[Decoding]:
    """Decode the runs at the ends of some forms; an end is `phases` times its byte offset, plus the phase there."""
    run: DigitRun | None = None
    done: set[tuple[int, int, int]] = set()
    peeks = _PEEKS + len(data) // _BYTES_A_PEEK
    ends.sort()
    for at, phase in (divmod(end, encoding.phases) for end in ends):
        if stop.step(_FORM_STEPS, _GRACE_SECONDS):
            return
        if run is None or not run.contains(at):
            if encoding.reader.is_torn(data, at):
                continue
            if stop.step(_DECODING_STEPS, _GRACE_SECONDS):
                return
            if peek is not None and peeks:
                if not peek.is_worth_decoding(data, at, phase, encoding):
                    continue
                peeks -= 1
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


def _parts(data: bytes, spans: Iterable[Span], stop: Stop) -> Iterator[Span]:
    """Yield the lines, or the parts of long lines, that some spans touch and that may hold an escape."""
    done = line_begin = 0
    next_marks = dict.fromkeys(ESCAPE_MARKS, -1)
    next_mark = -1
    for first, last in spans:
        if stop.step(1, _GRACE_SECONDS):
            return
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
