"""`Hit`: a match, independent of the bytes in which it was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from beca_core.findings import Confidence, FindingPart, Position, Severity


class Surroundings(NamedTuple):
    """The text around a match.

    Args:
        text: The lines that hold the match, or a part of them.
        begin: Byte offset of the match in the text.
        end: Byte offset after it.
    """

    text: bytes
    begin: int
    end: int


class InlineComment(NamedTuple):
    """A comment in the line of a match that may allow it.

    Args:
        marker: How such comments begin: `beca:allow`, or the words of another program.
        rules: Ids of rules or patterns of ids, joined by commas, that it allows; empty: all, as other programs do.
        reason: What the comment says besides, without other secrets in the line; may be empty.
    """

    marker: str
    rules: str
    reason: str


class Hit(NamedTuple):
    """A match, independent of the bytes in which it was found.

    Args:
        rule_id: The rule that matched.
        begin: Where the secret begins.
        end: Where it ends, exclusive.
        secret: The secret; empty if only an earlier scan has read it.
        confidence: How likely it is that the match is a secret.
        decodings: The decodings through which the secret was found, the outermost first.
        member: Path within the archive that the blob is, `!` between an archive and its member; empty: the blob itself.
        fingerprint: Fingerprint of the secret; required if the secret is empty.
        redacted: Preview of the secret; required if the secret is empty.
        truncated: Whether it is only the beginning of a longer secret.
        severity: How much harm it can do; None: as the rule says.
        variant: Name of the rule's variant that applies; empty: none.
        parts: The companions of the secret.
        attributes: Names and values of what else is shown.
        around: The text around it, if a processor of a plugin wants to see it; never stored.
        comment: The comment in its line that may allow it; None: there is none.
    """

    rule_id: str
    begin: Position
    end: Position
    secret: bytes
    confidence: Confidence
    decodings: tuple[str, ...] = ()
    member: bytes = b""
    fingerprint: str = ""
    redacted: str = ""
    truncated: bool = False
    severity: Severity | None = None
    variant: str = ""
    parts: tuple[FindingPart, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    around: Surroundings | None = None
    comment: InlineComment | None = None

    def without_secret(self) -> Hit:
        """Return the hit as states hold it: without what is secret in it, and without what is around it."""
        parts = tuple(part if part.public else replace(part, clear="") for part in self.parts)
        return self._replace(secret=b"", parts=parts, around=None)
