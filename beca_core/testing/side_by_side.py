"""Proofs side by side: many rules take long, and no proof needs to know of another."""

from __future__ import annotations

import multiprocessing
import signal
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from beca_core.system.processes import may_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    Proofs: TypeAlias = dict[str, list[str]]
    Prove: TypeAlias = Callable[[str], list[str]]

_LEAST: Final = 64
"""Rules of which the proofs take longer than to start a process."""


class SideBySide:
    """Proves some rules in forked processes. They share what is compiled, and each proves every so-manieth rule.

    Args:
        rule_ids: The rules.
        prove: Returns what is wrong with one of them.
        processes: How many processes there are at most, this one included; there is only this one if the rules are few,
            or if it may not fork.
    """

    def __init__(self, rule_ids: Sequence[str], prove: Prove, processes: int) -> None:
        self._prove = prove
        count = min(processes, len(rule_ids) // _LEAST) if may_fork() else 1
        self._shares = [rule_ids[number :: max(count, 1)] for number in range(max(count, 1))]
        self._running: list[tuple[ForkProcess, Connection[Proofs, Proofs]]] = []

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("fork")
        for share in self._shares[1:]:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(share, self._prove, theirs), daemon=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: see `may_fork`
                process.start()
            theirs.close()
            self._running.append((process, ours))
        return self

    def __exit__(self, *_: object) -> None:
        for process, connection in self._running:
            process.kill()
            process.join()
            connection.close()

    def proofs(self) -> Proofs:
        """Return what is wrong with each rule; what a process that was killed does not answer is proved here."""
        found = {rule_id: self._prove(rule_id) for rule_id in self._shares[0]}
        for (_, connection), share in zip(self._running, self._shares[1:], strict=True):
            answer: Proofs = {}
            with suppress(EOFError, OSError):
                answer = connection.recv()
            found |= {rule_id: answer[rule_id] if rule_id in answer else self._prove(rule_id) for rule_id in share}
        return found


def _work(share: Sequence[str], prove: Prove, connection: Connection[Proofs, Proofs]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    connection.send({rule_id: prove(rule_id) for rule_id in share})
