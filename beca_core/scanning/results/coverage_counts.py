"""`coverage_of`: what a scan read, as its report says it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from beca_core.matching.rule_costs import costly
from beca_core.report import Coverage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beca_core.report import Problem, Skipped
    from beca_core.scanning.examiner import Outcome


def coverage_of(
    total: Outcome,
    skipped: Iterable[Skipped],
    omitted: Iterable[Skipped],
    accepted: Iterable[Skipped],
    problems: tuple[Problem, ...],
    filtered: Mapping[str, int],
) -> Coverage:
    """Return the coverage of a scan.

    Args:
        total: The outcomes of all shares.
        skipped: What was not read.
        omitted: What the scope or the options left out.
        accepted: What was not read and is accepted as such.
        problems: What plugins did wrong.
        filtered: Findings that plugins removed, by plugin.
    """
    return Coverage(
        commits=total.commits,
        blobs=total.blobs,
        bytes=total.bytes,
        unwalked=total.unwalked,
        skipped=Counter(item.reason for item in skipped),
        accepted=Counter(item.reason for item in accepted),
        omitted=Counter(item.reason for item in omitted),
        problems=problems,
        filtered=filtered,
        unlisted=dict(total.log.unlisted),
        suppressed={step.value: count for step, count in total.log.dropped.items()},
        costly=costly(total.log.nanoseconds),
    )
