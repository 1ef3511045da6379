from __future__ import annotations

import pytest

from beca_core.sources.progress import Phase, Progress


def test_while_reading_every_object_counts_that_was_read_or_skipped() -> None:
    assert Progress(commits=1, blobs=2, skipped=4, bytes=100, expected=9).done == 7


@pytest.mark.parametrize("phase", [Phase.FETCHING, Phase.LOCATING])
def test_in_other_phases_only_their_own_objects_count(phase: Phase) -> None:
    assert Progress(commits=1, blobs=2, skipped=4, phase=phase, handled=3).done == 3


def test_the_documented_shape() -> None:
    assert Progress(1, 2, 3, 4, None).to_dict() == {
        "phase": "reading",
        "objects": 7,
        "expected": None,
        "commits": 1,
        "blobs": 2,
        "bytes": 3,
        "skipped": 4,
    }
