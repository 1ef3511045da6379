"""Reading shares, in this process or in several."""

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
"""Cost of shares, in bytes of work, below which a further process takes longer to start than it saves."""


def processes_for(shares: Sequence[Share], most: int | None) -> int:
    """Return how many processes are to read some shares.

    Args:
        shares: The shares.
        most: No more than these; None: as many as this process may use processors.
    """
    if most is None:
        most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    worth = sum(share.cost for share in shares) // _WORTH_A_PROCESS
    return max(1, min(most, worth, len(shares))) if may_fork() else 1


def read_shares(
    shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int, background: Iterator[bool]
) -> Iterator[Outcome]:
    """Yield what comes of all shares, piece by piece.

    The shares are handed out one by one, the most costly first, each to whoever is idle; so nobody waits while there is
    something to do. In one process they are read in their order.

    Args:
        shares: What to read.
        examiner: Scans what is read.
        stop: Ends the reading early.
        processes: How many processes read; 1: this one, without any other.
        background: What this process does while it waits for others, see `Reading.background`; is run to its end.

    Raises:
        BecaError: Whatever reading a share raises.
        SourceError: If a process is killed or crashes.
    """
    if processes == 1:
        for share in shares:
            yield from examiner.read(share, stop)
    else:
        from beca_core.scanning.pool import Pool  # loads much that a small scan does without

        pool = Pool(shares, examiner, stop, processes)
        try:
            yield from pool.outcomes(background)
        finally:
            pool.close()
    run_to_end(background)
