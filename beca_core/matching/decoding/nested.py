"""Scan a text and what it decodes to, and that again, to a depth; lead the matches back to the text."""

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
    from beca_core.matching.hits import PrefilterHits
    from beca_core.rules.scanner import Match

    Scan: TypeAlias = Callable[[bytes], tuple[list[Match], PrefilterHits]]

DEPTH: Final = 2
"""How many decodings one inside the other are undone."""

_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r")) + b"\x7f"


class DecodingSearch:
    """Find matches in texts and in what they decode to. Immutable, and shared between threads.

    Args:
        confidences: Of all rules, by id. Of what is decoded, only matches of MEDIUM and HIGH confidence count.
        depth: How many decodings one inside the other are undone.
        peek: Tells what need not be decoded; None: whatever the prefilter sees something in is decoded.
    """

    def __init__(self, confidences: Mapping[str, Confidence], depth: int = DEPTH, *, peek: Peek | None = None) -> None:
        self._confidences = confidences
        self._depth = depth
        self._peek = peek

    def matches(self, data: bytes, found: list[Match], seen: PrefilterHits, scan: Scan) -> list[Match]:
        """Return the matches in a text with those in what it decodes to, sorted, each once.

        Args:
            data: The text.
            found: The matches that stand in it as it is, sorted.
            seen: What the prefilter saw in it.
            scan: Returns these two for another text.
        """
        return self._with_decoded(data, found, seen, scan, self._depth, Budget(len(data)))

    def _with_decoded(
        self, data: bytes, found: list[Match], seen: PrefilterHits, scan: Scan, depth: int, budget: Budget
    ) -> list[Match]:
        decoded: list[Match] = []
        for decoding in decodings(data, seen, budget, self._peek) if depth else ():
            inside = self._with_decoded(decoding.data, *scan(decoding.data), scan, depth - 1, budget)
            decoded += (_relocated(match, decoding) for match in inside if self._counts(match, decoding))
        return _without_repetitions([*found, *decoded]) if decoded else found

    def _counts(self, match: Match, decoding: Decoding) -> bool:
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


def _without_repetitions(matches: list[Match]) -> list[Match]:
    """Leave out what lies within another match of its rule, if one was decoded; of equal spans, the plainer stays."""
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
