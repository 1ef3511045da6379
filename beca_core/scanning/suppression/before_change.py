"""`BeforeChange`: what was there before a change, looked for only if there are findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from beca_core.scanning.suppression.baseline import Baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_core.findings import Finding
    from beca_core.scanning.engine import Engine
    from beca_core.sources.contracts import Source

    class _Change(Protocol):
        @property
        def before(self) -> Callable[[], Source] | None: ...


class BeforeChange:
    """The findings in what a change has replaced.

    Args:
        engine: Looks for them.
        change: A `ChangeSource`.
        fingerprint_key: The key of the engine's fingerprints.
    """

    name = "the version before"

    def __init__(self, engine: Engine, change: Source, fingerprint_key: bytes) -> None:
        self._engine = engine
        self._before = cast("_Change", change).before
        self._key = fingerprint_key

    def known(self, findings: Sequence[Finding]) -> frozenset[int]:
        """Return the numbers of the findings that were there before; a copy was not, and a move was."""
        if not findings or self._before is None:
            return frozenset()
        before = self._engine.scan(self._before(), with_secrets=False)
        return Baseline.of(before.findings, self._key).known(findings)
