from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.git.remote.fetch import transfer_progress
from beca_core.sources.progress import Phase

RECEIVING = "Receiving objects:   0% (1/302)\rReceiving objects:  42% (127/302), 1.20 MiB | 3.00 MiB/s\r"
RECEIVED = RECEIVING + "Receiving objects: 100% (302/302), 5.73 MiB | 28.50 MiB/s, done.\n"


@pytest.mark.parametrize(
    ("stderr", "done", "expected"),
    [
        ("", 0, None),
        ("remote: Counting objects: 100% (302/302), done.\n", 0, None),
        (RECEIVING, 127, 302),
        (RECEIVED, 302, 302),
        (RECEIVED + "Resolving deltas:  50% (20/40)\r", 20, 40),
        (RECEIVED + "Resolving deltas: 100% (40/40), done.\nFrom https://example.org/x\n * [new ref] a -> a\n", 40, 40),
        (RECEIVING + "Receiving obj", 127, 302),
        ("jects: 9% (9/9)\rReceiving objects:  10% (30/302)\r", 30, 302),
    ],
)
def test_the_latest_step_is_the_progress(stderr: str, done: int, expected: int | None) -> None:
    progress = transfer_progress(stderr, 4096)
    assert (progress.phase, progress.bytes) == (Phase.FETCHING, 4096)
    assert (progress.done, progress.expected) == (done, expected)


@pytest.mark.parametrize(
    "line",
    [
        "remote: Receiving objects:  99% (1/2)",
        "fatal: Receiving objects:  99% (1/2)",
        "Receiving objects: many% (1/2)",
        "Receiving objects:  99% (-1/2)",
        "Receiving objects:  99% (\u0663/4)",
        f"Receiving objects:  99% (1/{'9' * 16})",
    ],
)
def test_a_message_of_the_server_is_not_mistaken_for_progress(line: str) -> None:
    assert transfer_progress(f"{RECEIVING}{line}\r", 0).done == 127


@given(st.text("Receiving objects: 0123456789%(/)\r\n", max_size=200), st.integers(0, 2**60))
def test_any_text_gives_progress(stderr: str, received: int) -> None:
    progress = transfer_progress(stderr, received)
    assert progress.done >= 0
    assert progress.bytes == received
