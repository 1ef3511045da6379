"""What the engine knows of code that runs in another process: it is asked for many things at once, within a limit."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeGuard, runtime_checkable

from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core.errors import PluginFailed
    from beca_core.findings import Finding
    from beca_core.report import Filter
    from beca_core.rules.candidate import Candidate, Dropped, DropReason
    from beca_core.rules.scanner import Match
    from beca_core.sources.limits import Stop

_SHARE: Final = 1 / 6
_LEAST_SECONDS: Final = 0.25


class CallLimit:
    """Bounds the calls of plugins on one content.

    A call has its own limit, and never more than a sixth of the time that is left to the scan, or a quarter of a
    second: the other contents need time too.

    Args:
        seconds: Time for one call.
        stop: Ends the scan.

    Attributes:
        failed: The processes of plugins that have failed on this content; they are not asked about it again.
    """

    __slots__ = ("_seconds", "failed", "stop")

    def __init__(self, seconds: float, stop: Stop = NEVER) -> None:
        self._seconds = seconds
        self.stop: Final = stop
        self.failed: tuple[object, ...] = ()

    def bounds(self, share: float = _SHARE) -> tuple[float, str]:
        """Return the time for a call that begins now, in seconds, and what a call does that takes longer.

        Args:
            share: The part of the time that is left to the scan that the call may take.
        """
        seconds = max(_LEAST_SECONDS, share * self.stop.seconds_left)
        if seconds < self._seconds:
            return seconds, "did not answer in its share of the time of the scan"
        return self._seconds, f"did not answer within {self._seconds:g} s"


@runtime_checkable
class ChecksApart(Protocol):
    """The checks of a rule, in another process."""

    def __call__(self, candidate: Candidate) -> Candidate | Dropped:
        """Refine one candidate, as a check does."""

    def refine_all(
        self, candidates: Sequence[Candidate], limit: CallLimit
    ) -> Iterable[Candidate | DropReason | PluginFailed]:
        """Refine candidates in one content: each, or all at once if that fails."""


def run_apart(check: object) -> TypeGuard[ChecksApart]:
    """Return whether the first check of a rule is what stands for all its checks, in another process."""
    kind: Any = type(check)
    return _are_checks_apart(kind)


@cache
def _are_checks_apart(kind: type) -> bool:
    return issubclass(kind, ChecksApart)  # of a protocol, that takes long to find out


@runtime_checkable
class ScannerApart(Protocol):
    """The additional method of a scanner in another process."""

    def scan_within(self, data: bytes, limit: CallLimit) -> Iterable[Match]:
        """Yield the matches in a blob; raise `PluginFailed` at the end if there is a problem."""


@runtime_checkable
class FilterApart(Protocol):
    """The additional method of a filter in another process."""

    def knowing(self, findings: Sequence[Finding], limit: CallLimit) -> Filter:
        """Return a filter that has the answers for these findings; they were asked for together."""
