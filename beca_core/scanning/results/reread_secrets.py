"""What states do not hold, secrets and parts that are not public, filled in from contents that were read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.findings import FindingPart, Position
    from beca_core.state.hit import Hit

    _Place = tuple[str, str, Position, Position, bytes, tuple[str, ...]]


def has_hidden_parts(hit: Hit) -> bool:
    """Return whether a hit has parts of which only the preview is known."""
    return any(not part.public and not part.clear for part in hit.parts)


def fill_in(hits: Mapping[str, list[Hit]], reread: Mapping[str, Sequence[Hit]]) -> None:
    """Give hits their secrets and the text of their parts.

    Args:
        hits: Hits by blob id, with fingerprints; changed.
        reread: The hits in some of these blobs, which were read again. One blob is enough for a secret; a part is only
            taken from the place where it is.
    """
    secrets = {hit.fingerprint: hit.secret for found in reread.values() for hit in found}
    parts = {_place(blob_id, hit): hit.parts for blob_id, found in reread.items() for hit in found if hit.parts}
    for blob_id, of_blob in hits.items():
        for number, hit in enumerate(of_blob):
            if not hit.secret:
                complete = hit._replace(secret=secrets.get(hit.fingerprint, b""))
                if has_hidden_parts(hit):
                    complete = complete._replace(parts=_seen(hit, parts.get(_place(blob_id, hit), ())))
                of_blob[number] = complete


def _seen(hit: Hit, reread: tuple[FindingPart, ...]) -> tuple[FindingPart, ...]:
    """Return the parts of a hit as they were read again, if they are the same; their text does not count."""
    return reread if reread == hit.parts else hit.parts


def _place(blob_id: str, hit: Hit) -> _Place:
    return blob_id, hit.fingerprint, hit.begin, hit.end, hit.member, hit.decodings
