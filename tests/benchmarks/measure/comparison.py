"""Records of a comparison as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from measure.tables import ABSENT, megabytes, ratio, seconds, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from measure.rounds import Record


def comparison_table(ours: Sequence[Record], peers: Sequence[Record]) -> str:
    """Return a row for each scanner; a peer's has the ratios to each way in which BECA was run.

    Memory is the peak of the proportional set sizes of all processes together.

    Args:
        ours: The ways in which BECA was run.
        peers: The others.
    """
    heads = ["scanner", "wall s", "CPU s", "memory MB"]
    for own in ours:
        heads += [f"wall {own.contestant.name} / it", f"CPU {own.contestant.name} / it"]
    rows = [[*_figures(own), *[ABSENT] * 2 * len(ours)] for own in ours]
    rows += [[*_figures(peer), *(cell for own in ours for cell in _ratios(own, peer))] for peer in peers]
    return table(heads, rows)


def summary_table(compared: Mapping[str, tuple[Sequence[Record], Sequence[Record]]]) -> str:
    """Return the ratios of wall time alone: a row for each peer and way of BECA, a column for each repository.

    Args:
        compared: The ways in which BECA was run and the peers, by name of the repository, always the same ones.
    """
    rows: dict[str, list[str]] = {}
    for ours, peers in compared.values():
        for own in ours:
            for peer in peers:
                rows.setdefault(f"{own.contestant.name} / {peer.contestant.name}", []).append(_ratios(own, peer)[0])
    return table(["wall time", *compared], [[name, *cells] for name, cells in rows.items()])


def failures(records: Sequence[Record]) -> list[str]:
    """Return a sentence for each scanner that failed."""
    return [f"{record.contestant.name}: {record.failure}" for record in records if record.failure]


def as_json(records: Sequence[Record]) -> dict[str, Any]:
    """Return everything that was measured, by the names of the scanners; sizes in bytes, times in seconds."""
    return {
        record.contestant.name: {
            "wall": record.walls,
            "cpu": record.cpus,
            "memory": record.memory.proportional,
            "resident": record.memory.resident,
            "largest": record.largest,
            "failure": record.failure,
        }
        for record in records
    }


def _figures(record: Record) -> list[str]:
    name = record.contestant.name
    if record.failure:
        return [f"{name} (failed)", *[ABSENT] * 3]
    return [name, seconds(record.walls), seconds(record.cpus), megabytes(record.memory.proportional)]


def _ratios(own: Record, peer: Record) -> list[str]:
    if own.failure or peer.failure:
        return [ABSENT, ABSENT]
    return [ratio(own.walls, peer.walls), ratio(own.cpus, peer.cpus)]
