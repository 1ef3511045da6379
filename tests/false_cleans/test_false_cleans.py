"""In each situation and on each way in, the secret is found at its place, or the report says what was not read.

Most of them start a process or a server, so a normal run has only some of these; the nightly profile has all. So has
`python -m tests.false_cleans`, which prints the answers as a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

import pytest

from tests.false_cleans.running import play
from tests.false_cleans.situation import Situation, Way
from tests.false_cleans.situations.catalogue import THEMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.false_cleans.ways.servers import ServerPool

IN_THIS_PROCESS: Final = (Way.LIBRARY, Way.BYTES)
ONE_IN: Final = 16
"""So many of the slow answers come to one that a normal run asks for."""


def plays() -> Iterator[object]:
    """Each situation on each of its ways, as parameters."""
    for theme, situations in THEMES.items():
        for situation in situations:
            for way in situation.ways:
                name = f"{theme}-{situation.name}-{way.value}"
                if situation.is_fast and way in IN_THIS_PROCESS:
                    marks: tuple[pytest.MarkDecorator, ...] = ()
                elif crc32(name.encode()) % ONE_IN == 0:
                    marks = (pytest.mark.slow,)
                else:
                    marks = (pytest.mark.slow, pytest.mark.nightly)
                yield pytest.param(situation, way, id=name, marks=marks)


@pytest.mark.parametrize(("situation", "way"), list(plays()))
def test_the_answer_can_be_believed(situation: Situation, way: Way, tmp_path: Path, servers: ServerPool) -> None:
    verdict = play(situation, way, tmp_path, servers)
    assert verdict.is_good, f"{verdict.outcome}: {verdict.reason}"


def test_there_are_enough_situations_and_each_has_one_name() -> None:
    names = [situation.name for situations in THEMES.values() for situation in situations]
    assert len(names) == len(set(names))
    assert len(names) >= 60


def test_a_way_is_left_out_with_a_reason_only() -> None:
    reasons = [reason for situations in THEMES.values() for one in situations for reason in one.without.values()]
    assert all(len(reason.split()) > 2 for reason in reasons)
