"""Scan a text and its decodings, nested to a bounded depth, and map the matches to the text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.findings import Confidence
from beca_core.matching.decoding.search import Budget, decodings
from beca_core.rules.scanner import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.decoding.peek import Peek
    from beca_core.matching.regions import Regions
    from beca_core.rules.scanner import Match

    FindPlain: TypeAlias = Callable[[bytes], tuple[list[Match], Regions]]

DEPTH: Final = 2
"""How many levels of nested encodings are decoded."""

_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r")) + b"\x7f"


class NestedSearch:
    """Find matches in texts and in their decodings. Immutable, and shared between threads.

    Args:
        confidences: The confidence of each rule, by id. In decoded text, only MEDIUM and HIGH matches are reported.
        depth: How many levels of nested encodings are decoded.
        peek: Decides which runs of digits are worth decoding; None: all are.
    """

    def __init__(self, confidences: Mapping[str, Confidence], depth: int = DEPTH, *, peek: Peek | None = None) -> None:
        self._confidences = confidences
        self._depth = depth
        self._peek = peek

    def matches(self, data: bytes, found: list[Match], regions: Regions, find_plain: FindPlain) -> list[Match]:
        """Return the matches in a text and in its decodings, sorted, each once.

        Args:
            data: The text.
            found: The matches in the text as it is, sorted.
            regions: What the prefilter reports about it.
            find_plain: Returns these two for another text.
        """
        return self._with_decoded(data, found, regions, find_plain, self._depth, Budget(len(data)))

    def _with_decoded(
        self, data: bytes, found: list[Match], regions: Regions, find_plain: FindPlain, depth: int, budget: Budget
    ) -> list[Match]:
        decoded: list[Match] = []
        for decoding in decodings(data, regions, budget, self._peek) if depth else ():
            inside = self._with_decoded(decoding.data, *find_plain(decoding.data), find_plain, depth - 1, budget)
            decoded += (_relocated(match, decoding) for match in inside if self._is_reported(match, decoding))
        return _without_duplicates([*found, *decoded]) if decoded else found

    def _is_reported(self, match: Match, decoding: Decoding) -> bool:
        confidence = match.confidence or self._confidences[match.rule_id]
        return confidence is not Confidence.LOW and _is_text(_secret(match, decoding))


def _secret(match: Match, decoding: Decoding) -> bytes:
    return decoding.data[match.begin : match.end] if match.secret is None else match.secret


def _is_text(secret: bytes) -> bool:
    try:
        secret.decode()
    except UnicodeDecodeError:
        return False
    return len(secret.translate(None, _CONTROLS)) == len(secret)


def _relocated(match: Match, decoding: Decoding) -> Match:
    begin, end = decoding.locate(match.begin, match.end)
    secret = _secret(match, decoding)
    return replace(match, begin=begin, end=end, secret=secret, decodings=(decoding.name, *match.decodings))


def _without_duplicates(matches: list[Match]) -> list[Match]:
    """Drop each match that is within another match of its rule, if one of the two was decoded.

    Of equal spans, the match with fewer decodings is kept.
    """
    kept: list[Match] = []
    reach: dict[str, int] = {}
    decoded_reach: dict[str, int] = {}
    for match in sorted(matches, key=_order):
        rule = match.rule_id
        if match.end <= (reach if match.decodings else decoded_reach).get(rule, 0):
            continue
        kept.append(match)
        reach[rule] = max(match.end, reach.get(rule, 0))
        if match.decodings:
            decoded_reach[rule] = max(match.end, decoded_reach.get(rule, 0))
    return in_order(kept)


def _order(match: Match) -> tuple[int, int, int, bytes]:
    return match.begin, -match.end, len(match.decodings), match.secret or b""
