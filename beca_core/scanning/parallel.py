"""Shares are read in parallel, by several processes, or by this process alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from beca_core.sources.contracts import run_to_end
from beca_core.system.processes import may_fork

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core.scanning.examiner import Examiner
    from beca_core.scanning.outcome import Outcome
    from beca_core.sources.contracts import Share
    from beca_core.sources.limits import Stop

_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Cost of shares, in bytes of work, below which another process takes longer to start than it saves."""


def processes_for(shares: Sequence[Share], most: int | None) -> int:
    """Return how many processes should read some shares.

    Args:
        shares: The shares.
        most: The maximum; None: the number of processors that this process may use.
    """
    if most is None:
        most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    worth = sum(share.cost for share in shares) // _WORTH_A_PROCESS
    return max(1, min(most, worth, len(shares))) if may_fork() else 1


def read_shares(
    shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int, background: Iterator[bool]
) -> Iterator[Outcome]:
    """Yield the outcomes of all shares, part by part.

    The shares are handed out one by one, the most expensive first, each to an idle process. With one process they are
    read in their order.

    Args:
        shares: The shares.
        examiner: Scans what they yield.
        stop: Ends the reading early.
        processes: How many processes read; 1: this one alone.
        background: The work that this process does while it waits, see `Reading.background`; it is run to its end.

    Raises:
        BecaError: Whatever reading a share raises.
        SourceError: If a process is killed or crashes.
    """
    if processes == 1:
        for share in shares:
            yield from examiner.read(share, stop)
    else:
        from beca_core.scanning.pool import Pool  # loads many modules that a small scan does not need

        pool = Pool(shares, examiner, stop, processes)
        try:
            yield from pool.outcomes(background)
        finally:
            pool.close()
    run_to_end(background)
