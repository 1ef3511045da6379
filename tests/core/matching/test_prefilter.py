"""The prefilter: what it says of rules with and without literals, at the ends of data, under load and under threads."""

from __future__ import annotations

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from beca_core.matching.prefilter import Prefilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    MakeRule = Callable[..., Rule]


def test_rules_are_told_apart_and_those_that_cannot_match_left_out(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(f"(?P<secret>{word}[0-9])") for word in ("alpha", "beta", "gamma")])
    assert prefilter.uncovered == frozenset()
    assert prefilter.scan(b"gamma1 ... alpha22 bet") == {0: [(16, 16)], 2: [(5, 5)]}


def test_an_open_end_gives_one_event(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(r"\b(?P<secret>key_[a-z]{4,})\b")])
    assert prefilter.scan(b"key_" + b"a" * 1000) == {0: [(4, 4)]}


def test_what_lies_far_apart_is_kept_apart(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>token)")])
    data = b"token" + b" " * 50 + b"token" + b" " * 200 + b"token"
    assert prefilter.scan(data) == {0: [(5, 60), (265, 265)]}


def test_a_million_events_take_little_memory(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>aaaa)")])
    data = b"a" * 300_000
    prefilter.scan(data[:100])
    tracemalloc.start()
    try:
        assert prefilter.scan(data) == {0: [(4, len(data))]}
        assert tracemalloc.get_traced_memory()[1] < 2 * len(data)
    finally:
        tracemalloc.stop()


def test_without_a_literal_the_keywords_are_looked_for(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>[0-9a-f]{32})", keywords=("Heroku", "dyno"))])
    assert prefilter.uncovered == frozenset()
    assert prefilter.scan(b"nothing here") == {}
    assert prefilter.scan(b"a HEROKU app") == {0: [(1, 12)]}


@pytest.mark.parametrize("keywords", [(), ("id",), ("heroku", "id")])
def test_without_literal_and_long_keywords_every_blob_is_read(make_rule: MakeRule, keywords: tuple[str, ...]) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>key)"), make_rule("(?P<secret>[0-9a-f]{32})", keywords=keywords)])
    assert prefilter.uncovered == {1}
    assert prefilter.scan(b"nothing") == {1: [(1, 7)]}


def test_empty_data_and_no_rules(make_rule: MakeRule) -> None:
    assert Prefilter([]).scan(b"data") == {}
    assert Prefilter([make_rule("(?P<secret>[0-9]{9})")]).scan(b"") == {}


def test_data_beyond_the_engines_reach_is_left_to_confirmation(
    make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("beca_core.matching.prefilter._MAX_SCAN", 100)
    prefilter = Prefilter([make_rule("(?P<secret>token)")])
    assert prefilter.scan(b" " * 50) == {0: [(1, 50)]}
    assert prefilter.scan(b" " * 30) == {}


@pytest.mark.parametrize("pattern", [r"(?P<secret>\n\n\n)", r"(?P<secret>key\n)", r"(?P<secret>key)"])
def test_nothing_is_seen_behind_the_end(make_rule: MakeRule, pattern: str) -> None:
    for data in (b"some key", b"key\n", b"\n", b"\n\n\n"):
        sightings = Prefilter([make_rule(pattern)]).scan(data).get(0, [])
        assert all(first <= last <= len(data) for first, last in sightings)


def test_short_literals_at_the_very_end_are_seen(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(r"\b(?P<secret>key|tok|password|xyz)")])
    for length in range(1, 200):
        assert prefilter.scan(b"." * length + b"xyz") == {0: [(length + 3, length + 3)]}


def test_bytes_beyond_ascii_are_seen(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(r"(?P<secret>\xff\xfe\x00[\x80-\xff])")])
    assert prefilter.scan(b"..\xff\xfe\x00\x80") == {0: [(5, 5)]}


def test_threads_share_a_prefilter(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>token[0-9])")])
    barrier = threading.Barrier(4)

    def scan(thread: int) -> set[int]:
        barrier.wait()
        data = [b" " * (thread * 1000 + n) + b"token7" for n in range(200)]
        return {len(blob) - prefilter.scan(blob)[0][0][1] for blob in data}

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(scan, range(4))) == [{1}] * 4
