"""`Scanner`: what a plugin provides when a pattern is not enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core.findings import Confidence
    from beca_core.rules.rule import RuleInfo


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """A secret in a blob.

    Args:
        begin: Byte offset of the secret's first byte.
        end: Byte offset behind its last byte.
        rule_id: Id of one of the scanner's rules.
        confidence: Confidence of this match, or None for the rule's own.
        secret: The secret, where it is not what stands between `begin` and `end` but what that decodes to.
        decodings: Through which decodings the secret was seen, the outermost first: `base64`, `hex`, `percent`,
            `unicode-escape`.
    """

    begin: int
    end: int
    rule_id: str
    confidence: Confidence | None = None
    secret: bytes | None = None
    decodings: tuple[str, ...] = ()


def in_order(matches: Iterable[Match]) -> list[Match]:
    """Return matches by where they stand, then by their rules."""
    return sorted(matches, key=lambda match: (match.begin, match.end, match.rule_id))


@runtime_checkable
class Scanner(Protocol):
    """Code that looks for secrets in one blob.

    A scanner is shared between threads, so it keeps no state between calls, and what it yields is a function of
    the data alone. The engine guards every call: an exception costs this scanner's matches in that blob, and is
    reported. Matches that lie outside the data or name an unknown rule are dropped and reported too.
    """

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules whose ids the matches carry."""

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """Byte strings of which at least one must occur in a blob for `scan` to be called; empty: every blob."""

    def scan(self, data: bytes) -> Iterable[Match]:
        """Yield the matches in a blob, in any order."""
