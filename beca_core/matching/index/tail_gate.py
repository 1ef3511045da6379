"""`TailGate`: of which rules a match may go on after an everyday word of a text, decided by Hyperscan in one pass.

Most source code holds such words in each second line, and hardly any of them is followed by a value. Hyperscan tries
the tails itself, so nothing is reported where none fits: that takes a sixth of the time of looking at each place.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import hyperscan

from beca_core.matching.index.literal_index import PADDING, Expression, load_or_compile
from beca_core.matching.index.tails import CUT, TAIL_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from beca_core.matching.rule_cache import RuleCache

_VERSION: Final = 2
_MOST_TAILS: Final = 256
"""With more, compiling takes longer than it saves: about five milliseconds each."""
_LONGEST_TAIL: Final = 4096
"""In characters; a longer one is not tried."""
_MOST_BYTES: Final = 1024 * 1024
"""Larger texts are not asked about: a pass over them could not be ended."""
_MOST_ENDS: Final = 256
TAIL_REACH: Final = 4 * TAIL_BYTES
"""In bytes: no tail is longer, with the word and with the escape that cuts it."""
_END: Final = CUT + PADDING


class TailGate:
    """Says of which rules a word is followed by its tail in a text. Shared between threads.

    Args:
        words: The words as patterns, each with its tail and its rule; without a tail, the word alone is enough.
        cache: Where the database is cached; None: nowhere.
    """

    def __init__(self, words: Iterable[tuple[str, str | None, int]], cache: RuleCache | None = None) -> None:
        heads: dict[str, dict[str, None]] = {}
        rules: dict[str, set[int]] = {}
        for word, known, rule in words:
            tail = known if known and len(known) <= _LONGEST_TAIL else ""
            heads.setdefault(tail, {})[word] = None
            rules.setdefault(tail, set()).add(rule)
        self._texts = [f"(?:{'|'.join(of_tail)}){tail}" for tail, of_tail in heads.items()]
        self._rules = list(rules.values())
        self._all = frozenset().union(*self._rules)
        self._local = threading.local()
        self._database = self._load(cache) if len(heads) <= _MOST_TAILS else None

    def _load(self, cache: RuleCache | None) -> hyperscan.Database | None:
        expressions = [Expression(text, number, once=False) for number, text in enumerate(self._texts)]
        try:
            return load_or_compile(lambda: expressions, ("tails", _VERSION, *self._texts), cache)
        except hyperscan.HyperscanError:  # it refuses patterns that are too large for it
            return None

    def passing(self, data: bytes, most: int = _MOST_ENDS) -> tuple[Collection[int], list[int] | None]:
        """Return the rules of which a match may go on after a word of a text, and where.

        Args:
            data: The text.
            most: With more places than so many, they are not told.

        Returns:
            The rules; and an offset after each tail, in any order, that of a word being at most `TAIL_REACH` before it.
            None instead of the offsets: it may be anywhere, and for any of the rules.
        """
        database = self._database
        if database is None or len(data) > _MOST_BYTES:
            return self._all, None
        try:
            scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = hyperscan.Scratch(database)
        found: set[int] = set()
        ends: list[int] = []
        try:
            database.scan(data + _END, _add, 0, (found, ends, self._rules, most), scratch)
        except hyperscan.ScanTerminated:
            return self._all, None
        return found, ends


def _add(number: int, _begin: int, end: int, _flags: int, context: Any) -> bool:
    found, ends, rules, most = context
    found |= rules[number]
    ends.append(end)
    return bool(len(ends) > most)
