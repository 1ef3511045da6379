"""Texts of a rule, searched together: where nothing is found in all of them, nothing is in any of them.

A near-miss is some hundred bytes, and what a search costs beside its bytes is most of its time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from beca_core.matching.steps.boundary import boundary_members
from beca_core.sources.wide_text import NUL
from beca_core.testing.wrappers import BYTE_ORDER_MARK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from beca_core.rules.rule import Rule
    from beca_core.testing.workbench import Workbench

_BETWEEN: Final = b"\n"
_MOST_BYTES: Final = 4096
_ENDS_OF_TEXTS: Final = re.compile(r"\\[Az]|\(\?\w*-\w*m")
"""What a pattern says of the beginning or the end of a text, or may say of it."""


def with_something(bench: Workbench, rule: Rule, texts: Sequence[bytes]) -> Collection[int]:
    """Return the numbers of the texts in which the rule may find something; in the others it finds nothing.

    A text after another one and a line end has all that it has by itself: each line is searched by itself, and words
    and parts that are farther away make a match more likely. That is not so for code, for patterns that span lines or
    ask where the text ends, and for boundaries that exclude a line end.

    Args:
        bench: Tries the rule.
        rule: The rule.
        texts: The texts.
    """
    if not bench.is_data or rule.multiline or _sees_more_than_lines(rule):
        return range(len(texts))
    found: set[int] = set()
    for numbers in _batches(texts):
        if len(numbers) == 1:
            found.update(numbers)
            continue
        begins = [*accumulate((len(texts[number]) + len(_BETWEEN) for number in numbers), initial=0)]
        joined = _BETWEEN.join(texts[number] for number in numbers)
        found.update(numbers[bisect_right(begins, match.begin) - 1] for match in bench.matches(joined))
    return found


def _sees_more_than_lines(rule: Rule) -> bool:
    patterns = (*rule.patterns, *(part.pattern for part in rule.parts))
    boundaries = (rule.boundary, *(part.boundary for part in rule.parts))
    return any(map(_ENDS_OF_TEXTS.search, patterns)) or any(
        ord(_BETWEEN) in boundary_members(boundary) for boundary in boundaries if boundary
    )


def _batches(texts: Sequence[bytes]) -> Iterator[list[int]]:
    """Yield the numbers of texts that are searched together; one that begins as only a text can is alone."""
    batch: list[int] = []
    size = 0
    for number, text in enumerate(texts):
        if NUL in text or text.startswith(BYTE_ORDER_MARK):
            yield [number]
            continue
        if batch and size + len(text) > _MOST_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(number)
        size += len(text)
    if batch:
        yield batch
