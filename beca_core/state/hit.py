"""`Hit`: a match, independent of the bytes in which it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from beca_core.findings import Confidence, Position


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
