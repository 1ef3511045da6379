"""`Scanner`: detection code of a plugin, for secrets that a pattern cannot describe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core.findings import Confidence, Severity
    from beca_core.rules.rule import RuleInfo

MAX_MATCHES: Final = 10_000
"""How many matches of one scanner of an installed plugin are taken from one content."""


@dataclass(frozen=True, slots=True, order=True)
class MatchPart:
    """A companion of a secret.

    Args:
        name: Name of the rule's part.
        begin: Byte offset of its first byte.
        end: Byte offset after its last byte.
        text: The part itself if the bytes from `begin` to `end` are an encoded form of it, else None.
    """

    name: str
    begin: int
    end: int
    text: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """A secret in a blob.

    Args:
        begin: Byte offset of the secret's first byte.
        end: Byte offset after its last byte.
        rule_id: Id of one of the scanner's rules.
        confidence: Confidence of this match, or None for the rule's own.
        secret: The secret if the bytes from `begin` to `end` are an encoded form of it, else None.
        decodings: The decodings that lead to the secret, the outermost first: `base64`, `hex`, `percent`,
            `unicode-escape`.
        truncated: Whether the secret goes on after `end`, because it is longer than what is looked at.
        severity: Severity of this match, or None for the rule's own.
        variant: Name of the rule's variant that applies; empty: none.
        parts: The companions of the secret.
        attributes: What else is shown with the finding, in clear: names and values.
    """

    begin: int
    end: int
    rule_id: str
    confidence: Confidence | None = None
    secret: bytes | None = field(default=None, repr=False)
    decodings: tuple[str, ...] = ()
    truncated: bool = False
    severity: Severity | None = None
    variant: str = ""
    parts: tuple[MatchPart, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


def in_order(matches: Iterable[Match]) -> list[Match]:
    """Return matches sorted by offset, then by rule id."""
    return sorted(matches, key=lambda match: (match.begin, match.end, match.rule_id))


def needs_whole(scanner: Scanner) -> bool:
    """Return whether a scanner has to see whole contents; most have not."""
    return getattr(scanner, "needs_whole", False) is True


@runtime_checkable
class Scanner(Protocol):
    """Code that looks for secrets in one blob.

    Threads share a scanner, so it keeps no state between calls. Its matches depend on the data only. The engine guards
    every call: an exception costs the matches of this scanner in that blob, and is reported. Matches that are not
    within the data, or that name an unknown rule, are dropped and reported too; of a match whose parts are not within
    the data only these parts.

    Files and standard input that are larger than 16 MiB are read in chunks, and a scanner is called with each chunk.
    One that has to see the whole content, such as a parser of a file format, says so with an attribute
    `needs_whole: bool = True`. It is then called with whole contents only, and not with decoded parts of them. A
    content that is larger than `Limits.max_blob_bytes` counts as skipped with the reason `not-whole`.
    """

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules of this scanner; each match has the id of one of them."""

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """Byte strings of which at least one must occur in a blob for `scan` to be called; empty: every blob."""

    def scan(self, data: bytes) -> Iterable[Match]:
        """Yield the matches in a blob, in any order."""
