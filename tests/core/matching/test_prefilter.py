"""The prefilter: rules with and without literals, the ends of the data, load, and threads."""

from __future__ import annotations

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beca_core import Confidence, Rule, Severity
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.rule_cache import RuleCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeRule = Callable[..., Rule]

WORDS = st.text("abcABC_", min_size=3, max_size=12).map(str.encode)
FILLERS = (b".", b" ", b"Z", b"\n", b"\xff")


def pattern_rule(word: bytes) -> Rule:
    """Return a rule that looks for a word, lower-case letters in any case: a mix of both types of literals."""
    letters = "".join(f"[{letter.upper()}{letter}]" if letter in "abc" else letter for letter in word.decode())
    return Rule(
        id=f"word-{word.hex()}",
        version=1,
        description="A word",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=f"(?P<secret>{letters})",
    )


def test_only_rules_that_may_match_are_reported(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(f"(?P<secret>{word}[0-9])") for word in ("alpha", "beta", "gamma")])
    assert prefilter.uncovered == frozenset()
    assert prefilter.find(b"gamma1 ... alpha22 bet").ranges == {0: [(16, 16)], 2: [(5, 5)]}


def test_an_open_end_gives_one_event(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(r"\b(?P<secret>key_[a-z]{4,})\b")])
    assert prefilter.find(b"key_" + b"a" * 1000).ranges == {0: [(4, 4)]}


def test_distant_events_have_separate_ranges(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>token)")])
    data = b"token" + b" " * 50 + b"token" + b" " * 200 + b"token"
    assert prefilter.find(data).ranges == {0: [(5, 60), (265, 265)]}


@pytest.mark.slow
def test_a_million_events_take_little_memory(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>aaaa)")])
    data = b"a" * 300_000
    prefilter.find(data[:100])
    tracemalloc.start()
    try:
        assert prefilter.find(data).ranges == {0: [(4, len(data))]}
        assert tracemalloc.get_traced_memory()[1] < 2 * len(data)
    finally:
        tracemalloc.stop()


def test_a_rule_without_literals_is_found_by_its_keywords(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>[0-9a-f]{32})", keywords=("Heroku", "dyno"))])
    assert prefilter.uncovered == frozenset()
    assert prefilter.find(b"nothing here").ranges == {}
    assert prefilter.find(b"a HEROKU app").ranges == {0: [(1, 12)]}


@pytest.mark.parametrize("keywords", [(), ("id",), ("heroku", "id")])
def test_without_literals_and_long_keywords_a_rule_reads_every_blob(
    make_rule: MakeRule, keywords: tuple[str, ...]
) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>key)"), make_rule("(?P<secret>[0-9a-f]{32})", keywords=keywords)])
    assert prefilter.uncovered == {1}
    assert prefilter.find(b"nothing").ranges == {1: [(1, 7)]}


def test_empty_data_and_no_rules(make_rule: MakeRule) -> None:
    assert Prefilter([]).find(b"data").ranges == {}
    assert Prefilter([make_rule("(?P<secret>[0-9]{9})")]).find(b"").ranges == {}


def test_data_larger_than_a_piece_is_scanned_as_a_whole(make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>token)")], [(b"AKIA",)])
    monkeypatch.setattr("beca_core.matching.index.literal_index._COPIED_BYTES", 0)
    monkeypatch.setattr("beca_core.matching.index.literal_index._PIECE_BYTES", 100)
    for offset in range(496):
        data = b"." * offset + b"token" + b"." * (495 - offset)
        assert prefilter.find(data).ranges == {0: [(offset + 5, offset + 5)]}
        assert prefilter.find(data.replace(b"token", b"AKIA")).ranges == {1: [(1, 499)]}


@pytest.mark.parametrize("pattern", [r"(?P<secret>\n\n\n)", r"(?P<secret>key\n)", r"(?P<secret>key)"])
def test_nothing_is_reported_after_the_end(make_rule: MakeRule, pattern: str) -> None:
    for data in (b"some key", b"key\n", b"\n", b"\n\n\n"):
        ranges = Prefilter([make_rule(pattern)]).find(data).ranges.get(0, [])
        assert all(first <= last <= len(data) for first, last in ranges)


def test_short_literals_at_the_very_end_are_reported(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(r"\b(?P<secret>key|tok|password|xyz)")])
    for length in range(1, 200):
        assert prefilter.find(b"." * length + b"xyz").ranges == {0: [(length + 3, length + 3)]}


@pytest.mark.slow
@pytest.mark.parametrize("copied_bytes", [0, 8192])
@given(words=st.sets(WORDS, min_size=1, max_size=12), size=st.integers(0, 300), filler=st.sampled_from(FILLERS))
@example(words={b"abb", b"bCC", b"cac", b"cbabccbaccc", b"bAB", b"bbbbb"}, size=23, filler=b"Z")
def test_no_word_near_the_end_is_missed(copied_bytes: int, words: set[bytes], size: int, filler: bytes) -> None:
    prefilter = Prefilter([pattern_rule(word) for word in sorted(words)], [tuple(words)])
    sought = max(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("beca_core.matching.index.literal_index._COPIED_BYTES", copied_bytes)
        for after in range(min(200, size - len(sought) + 1)):
            data = filler * (size - len(sought) - after) + sought + filler * after
            seen = prefilter.find(data).ranges
            end = size - after
            assert any(first <= end <= last for first, last in seen[len(words) - 1])
            assert seen[len(words)] == [(1, size)]


def test_short_literals_at_the_end_of_large_data_are_reported(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(r"\b(?P<secret>key|tok|password|xyz)")])
    for length in (8188, 8189, 8190, 8191, 8192, 100_000):
        for after in range(200):
            data = b"." * length + b"xyz" + b"." * after
            assert prefilter.find(data).ranges == {0: [(length + 3, length + 3)]}


def test_a_scanner_is_reported_if_one_of_its_anchors_occurs_exactly() -> None:
    prefilter = Prefilter([], [(b"AKIA", b"ASIA"), (b"other\n",)])
    assert prefilter.find(b"akia AKI").ranges == {}
    assert prefilter.find(b"xxASIAxxAKIA").ranges == {0: [(1, 12)]}
    assert prefilter.find(b"an other").ranges == {}
    assert prefilter.find(b"an other\n").ranges == {1: [(1, 9)]}


def test_rules_and_scanners_have_separate_indexes(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>AKIA)"), make_rule("(?P<secret>beta)")], [(b"AKIA",), (b"gamma",)])
    assert prefilter.find(b"..AKIA").ranges == {0: [(6, 6)], 2: [(1, 6)]}
    assert prefilter.find(b"gamma").ranges == {3: [(1, 5)]}


@pytest.mark.parametrize("anchors", [(b"=",), (b"\0\1",), (b"=", b"AKIA")])
def test_short_anchors_are_looked_for_too(make_rule: MakeRule, anchors: tuple[bytes, ...]) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>key)")], [anchors])
    assert prefilter.uncovered == frozenset()
    assert prefilter.find(b"a key").ranges == {0: [(5, 5)]}
    for anchor in anchors:
        assert prefilter.find(b"." + anchor).ranges == {1: [(1, len(anchor) + 1)]}


def test_a_scanner_without_anchors_reads_every_blob() -> None:
    prefilter = Prefilter([], [()])
    assert prefilter.uncovered == {0}
    assert prefilter.find(b"any").ranges == {0: [(1, 3)]}
    assert prefilter.find(b"").ranges == {}


def test_the_end_of_a_long_anchor_is_compared_too() -> None:
    prefilter = Prefilter([], [(b"x" * 100 + b"y",)])
    assert prefilter.find(b"x" * 200).ranges == {}
    assert prefilter.find(b"x" * 200 + b"y").ranges == {0: [(1, 201)]}


def test_a_compiled_database_is_cached(make_rule: MakeRule, tmp_path: Path) -> None:
    rules = [make_rule("(?P<secret>token)"), make_rule("(?P<secret>[0-9]{9})", keywords=("number",))]
    data = b"a number, a token, AKIA"
    expected = Prefilter(rules, [(b"AKIA",)]).find(data).ranges
    for _ in range(2):
        assert Prefilter(rules, [(b"AKIA",)], cache=RuleCache(tmp_path)).find(data).ranges == expected
        assert len(list(tmp_path.iterdir())) == 3, "all that is looked for, the everyday words, and their tails"


def test_bytes_beyond_ascii_are_reported(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(r"(?P<secret>\xff\xfe\x00[\x80-\xff])")])
    assert prefilter.find(b"..\xff\xfe\x00\x80").ranges == {0: [(5, 5)]}


def test_threads_share_a_prefilter(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule("(?P<secret>token[0-9])")])
    barrier = threading.Barrier(4)

    def scan(thread: int) -> set[int]:
        barrier.wait()
        data = [b" " * (thread * 1000 + n) + b"token7" for n in range(200)]
        return {len(blob) - prefilter.find(blob).ranges[0][0][1] for blob in data}

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(scan, range(4))) == [{1}] * 4
