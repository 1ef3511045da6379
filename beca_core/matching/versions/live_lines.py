"""Searching a content by its live lines: those of its base that it still has, and those among its new lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.matching.regions import NO_REGIONS
from beca_core.matching.versions.line_judge import LONGEST_LINE
from beca_core.matching.versions.new_parts import MATCHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.matching.index.sightings import LiveLine
    from beca_core.matching.lines import Span
    from beca_core.matching.prefilter import Prefilter
    from beca_core.matching.regions import Regions
    from beca_core.matching.versions.line_judge import LineJudge
    from beca_core.sources.limits import Stop
    from beca_core.sources.novelty import Novelty

MOST_LIVE: Final = 1000
"""A content with more live lines is searched as a whole."""

_MOST_BYTES: Final = 4 * 1024 * 1024
"""A content with more bytes in new lines is searched as a whole."""


def regions_by_lines(
    data: bytes, novelty: Novelty, prefilter: Prefilter, judge: LineJudge, stop: Stop
) -> Regions | None:
    """Return the regions of a content of a history, and note what is known about it for its next version.

    Args:
        data: The content, which is no UTF-16 and no UTF-32.
        novelty: How it differs from its base.
        prefilter: Knows what hangs on a line.
        judge: Says what is known about a line.
        stop: When to end.

    Returns:
        The regions, `NO_REGIONS` if nothing matches; None: the content has to be searched as a whole.
    """
    lines = live_lines(data, novelty, judge, stop)
    if lines is None:
        return None
    live, windows = lines
    forms = prefilter.new_forms(data, novelty, windows, stop)
    if not live and not forms:
        if not stop.has_cut:
            novelty.verdict.absent |= MATCHED
        return NO_REGIONS
    regions = prefilter.regions_of(data, live, stop)._replace(forms=forms)
    return regions if regions.ranges or forms else NO_REGIONS  # what has to be near may not be


def with_regions(texts: Sequence[bytes], prefilter: Prefilter, judge: LineJudge, stop: Stop) -> Sequence[int]:
    """Return the numbers of those of some small contents that have regions.

    Args:
        texts: The contents, which are no UTF-16 and no UTF-32.
        prefilter: Knows what hangs on a line.
        judge: Says what is known about a line.
        stop: When to end.
    """
    every = range(len(texts))
    of_texts = [text.split(b"\n") for text in texts]
    live = judge.live(of_texts, stop)
    if live is None or prefilter.has_forms(b"\n".join(texts), stop):
        return every
    found = []
    for number, (text, lines) in enumerate(zip(texts, of_texts, strict=True)):
        known = judge.known(lines, live, stop)
        if known and prefilter.regions_of(text, known, stop) is not NO_REGIONS:
            found.append(number)
    return every if stop.has_cut else found


def live_lines(
    data: bytes, novelty: Novelty, judge: LineJudge, stop: Stop
) -> tuple[list[tuple[int, int, LiveLine]], list[Span]] | None:
    """Return the live lines of a content, and note them for the next version.

    Args:
        data: The content.
        novelty: How it differs from its base.
        judge: Says what is known about a line.
        stop: When to end.

    Returns:
        Where each live line begins and ends, and what is known about it, in order; and the spans of whole lines that
        were looked at. None: the content has to be searched as a whole.
    """
    known = novelty.base.lines if novelty.base is not None else None
    new = None if known is None else novelty.new_lines(data, known, LONGEST_LINE)
    windows = [(0, len(data))] if new is None else new.windows
    if len(data) > _MOST_BYTES and sum(end - begin for begin, end in windows) > _MOST_BYTES:
        return None
    of_windows = [data[begin:end].split(b"\n") for begin, end in windows]
    first, last = of_windows[0][0], of_windows[-1][-1]
    if max(len(first), len(last)) > LONGEST_LINE:
        return None
    live = judge.live(of_windows, stop)  # the first and the last line too, since they seldom differ from others
    if live is None:
        return None
    found: dict[int, tuple[int, int, LiveLine]] = {}
    if new is not None and known is not None:
        for number, begin in new.moved:
            was_at, was_to, what = known[number]
            found[begin] = begin, begin + was_to - was_at, what
    if live:
        for (begin, _), lines in zip(windows, of_windows, strict=True):
            at = begin
            for line in lines:
                if line in live:
                    found[at] = at, at + len(line), live[line]
                at += len(line) + 1
    for at, line in {0: first, len(data) - len(last): last}.items():
        edge = judge.edge(line, stop, is_first=at == 0, is_last=at + len(line) == len(data))
        if edge is not None:
            found[at] = at, at + len(line), edge
        else:
            found.pop(at, None)
    if stop.has_cut or len(found) > MOST_LIVE:
        return None
    in_order = [found[begin] for begin in sorted(found)]
    novelty.verdict.lines = in_order
    return in_order, windows
