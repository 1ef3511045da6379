"""`read_shares`: reads shares in this process or in others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.sources.contracts import FixedShare, run_to_end
from beca_core.system.processes import may_fork, processors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core.scanning.examiner import Examiner, Outcome
    from beca_core.scanning.pool import Pool
    from beca_core.sources.contracts import Share
    from beca_core.sources.limits import Limits, Stop

_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Cost of shares, in bytes of work, below which another process takes longer to start than it saves."""
_WATCHED_SECONDS: Final = 600.0
"""With a limit up to this, contents are read in another process, so that this one can keep the limit whatever runs."""


def processes_for(shares: Sequence[Share], most: int | None) -> int:
    """Return how many processes should read some shares.

    Args:
        shares: The shares.
        most: The maximum; None: the number of processors that this process may use.
    """
    if most is None:
        most = processors()
    worth = sum(share.cost for share in shares) // _WORTH_A_PROCESS
    return max(1, min(most, worth, len(shares))) if may_fork() else 1


def may_be_watched(shares: Sequence[Share], limits: Limits) -> bool:
    """Return whether shares are read in another process even if it is only one: the time is short.

    What is in memory already is read here: starting a process takes longer than scanning most texts. So is a stream,
    which has no known cost: another process would have standard input closed.
    """
    is_short = limits.scan_seconds <= _WATCHED_SECONDS
    return is_short and may_fork() and any(share.cost and not isinstance(share, FixedShare) for share in shares)


def read_shares(
    shares: Sequence[Share],
    examiner: Examiner,
    stop: Stop,
    processes: int,
    background: Iterator[bool],
    *,
    watched: bool = False,
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
        watched: Whether even a single process is another one, which can be ended when the time is over.

    Raises:
        BecaError: Whatever reading a share raises.
        SourceError: If a process is killed or crashes.
    """
    pool = _pool(shares, examiner, stop, processes) if processes > 1 or watched else None
    if pool is None:
        for share in shares:
            yield from examiner.read(share, stop)
            stop.raise_failure()
    else:
        try:
            yield from pool.outcomes(background)
        finally:
            pool.close()
    run_to_end(background)


def _pool(shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int) -> Pool | None:
    """Return a pool, or None if the system does not allow another process: then this one reads."""
    from beca_core.scanning.pool import Pool  # loads many modules that a small scan does not need

    try:
        return Pool(shares, examiner, stop, processes)
    except OSError:
        return None
