"""`Hit`: a match as it is taken down, without the bytes in which it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from beca_core.findings import Confidence, Position


class Hit(NamedTuple):
    """A match, told apart from the bytes in which it was found.

    Args:
        rule_id: The rule that matched.
        begin: Where the secret begins.
        end: Where it ends, exclusive.
        secret: The secret; empty where an earlier scan saw it and this one did not.
        confidence: How sure the match is.
        decodings: Through which decodings the secret was seen, the outermost first.
        member: Path within the archive that the blob is, `!` between an archive and its member; empty: the blob itself.
        fingerprint: That of the secret; has to be given where the secret is not.
        redacted: Preview of the secret; has to be given where the secret is not.
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
