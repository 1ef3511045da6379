"""The memo: what is cached, within which bounds, and with threads."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from beca_core.matching.lines import LONGEST_LINE, Memo
from beca_core.matching.patterns.pattern_checking import checked_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    MakeRule = Callable[..., Rule]

MATCH = {"secret": (3, 8)}


def test_cached_matches_are_returned() -> None:
    memo = Memo()
    assert memo.get("key", 10) is None
    memo.put("key", 10, (MATCH,))
    memo.put("nothing", 10, ())
    assert memo.get("key", 10) == (MATCH,)
    assert memo.get("nothing", 10) == ()


@pytest.mark.parametrize("line_bytes", [10, 1000, LONGEST_LINE])
def test_the_memo_stays_within_its_bound(line_bytes: int) -> None:
    bound = 400_000
    tracemalloc.start()
    try:
        memo = Memo(bound)
        for number in range(5000):
            key = (number, b"%0*d" % (line_bytes, number))
            memo.put(key, line_bytes, ({"secret": (number, number + 1)},))
        assert tracemalloc.get_traced_memory()[0] < 1.2 * bound
    finally:
        tracemalloc.stop()
    assert 0 < len(memo) < 5000


def test_entries_in_use_are_not_evicted() -> None:
    memo = Memo(20_000)
    memo.put("often", 10, (MATCH,))
    memo.put("once", 10, (MATCH,))
    for number in range(500):
        memo.put(number, 10, ())
        assert memo.get("often", 10) == (MATCH,)
    assert memo.get("once", 10) is None


def test_an_entry_larger_than_the_bound_is_not_cached() -> None:
    memo = Memo(20_000)
    memo.put("small", 10, ())
    memo.put("large", 50_000, ())
    assert memo.get("large", 50_000) is None
    assert memo.get("small", 10) == ()


def test_a_memo_without_room_caches_nothing() -> None:
    memo = Memo(0)
    memo.put("key", 1, ())
    assert memo.get("key", 1) is None
    assert len(memo) == 0


def test_long_lines_are_not_cached(make_rule: MakeRule) -> None:
    pattern, memo = checked_pattern(make_rule(r"(?P<secret>key\d)", max_bytes=65_536)), Memo()
    for size, entries in ((LONGEST_LINE + 1, 0), (LONGEST_LINE, 1)):
        data = b"key7".ljust(size, b".")
        assert list(pattern.occurrences(data, [(4, 4)], memo)) == [{"secret": (0, 4)}]
        assert len(memo) == entries


def test_a_line_is_searched_once(make_rule: MakeRule) -> None:
    pattern, memo = checked_pattern(make_rule(r"(?P<secret>key\d)")), Memo()
    for number in range(1, 50):
        data = b"\n" * 2 + b"line\n" * number + b"a key7 in a line\nmore"
        (spans,) = pattern.occurrences(data, [(data.index(b"key7") + 3,) * 2], memo)
        assert data[slice(*spans["secret"])] == b"key7"
    assert len(memo) == 1


def test_two_patterns_do_not_share_their_lines(make_rule: MakeRule) -> None:
    memo, data = Memo(), b"key7"
    digits = checked_pattern(make_rule(r"key(?P<secret>\d)"))
    words = checked_pattern(make_rule(r"(?P<secret>key)\d"))
    for _ in range(2):
        assert list(digits.occurrences(data, [(3, 3)], memo)) == [{"secret": (3, 4)}]
        assert list(words.occurrences(data, [(3, 3)], memo)) == [{"secret": (0, 3)}]


def test_threads_share_a_memo() -> None:
    memo = Memo(30_000)

    def work(thread: int) -> bool:
        for number in range(2000):
            memo.put((thread, number % 40), 10, ({"secret": (thread, number % 40)},))
            found = memo.get((thread, number % 40), 10)
            if found not in (None, ({"secret": (thread, number % 40)},)):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [True] * 4
    assert len(memo) < 160
