"""`State`: what a scan covered and found, for the next scan of the same target to go on from.

It holds no secret in clear: fingerprints, previews and positions only.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.errors import InvalidInput
from beca_core.private_files import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.state.covered import Covered
    from beca_core.state.hits import Hit

DETECTION_VERSION: Final = 2
"""Raised whenever BECA finds something else in the same bytes with the same rules: then all is read again."""

_MAX_BYTES: Final = 1024**3
_KEY_MARK: Final = b"beca.state.v1"

FindingKey: TypeAlias = tuple[str, str, bytes]
"""Rule id, fingerprint, and path: what makes two findings of two scans the same."""


@dataclass(frozen=True, slots=True)
class State:
    """What a scan covered and found.

    Args:
        scope: What the scan looked at, in the words of `Scope`.
        key: `key_mark` of the fingerprint key.
        limits: The limits that decide what is read, by name.
        findings: What was reported, and whether it stood at HEAD.
        rules: Version of each rule that everything covered has been read with, by id.
        hits: What those rules found, by object id.
        skipped: Ids of what will not be read another time either, with the reason.
        covered: What was read; None: the next scan has to read everything.
        detection: Which `DETECTION_VERSION` read it.
    """

    scope: str
    key: str
    limits: Mapping[str, int]
    findings: Mapping[FindingKey, bool]
    rules: Mapping[str, int] = field(default_factory=dict)
    hits: Mapping[str, tuple[Hit, ...]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    covered: Covered | None = None
    detection: int = DETECTION_VERSION

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> State:
        """Read a state that was saved.

        Raises:
            InvalidInput: If it cannot be read, is damaged, is no state, or was saved by a later version of BECA.
        """
        from beca_core.state.document import decode

        return decode(_read(Path(path)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a file that nobody else can read; it takes the place of an earlier one as a whole.

        Raises:
            InvalidInput: If it cannot be written there.
        """
        from beca_core.state.document import encode

        try:
            write_private(Path(os.path.realpath(path)), encode(self))
        except OSError as error:
            raise InvalidInput(f"The state cannot be written: {error.strerror}.") from None


def key_mark(key: bytes) -> str:
    """Return what tells whether two fingerprint keys are the same, and nothing else of them."""
    return hmac.digest(key, _KEY_MARK, "sha256").hex()


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InvalidInput("The state is no regular file.", hint="Name a file that a scan may write.")
        with path.open("rb") as file:
            data = file.read() if os.fstat(file.fileno()).st_size <= _MAX_BYTES else None
    except OSError as error:
        raise InvalidInput(f"The state cannot be read: {error.strerror}.") from None
    if data is None:
        raise InvalidInput("The state is too large to be one.", hint="Delete it to scan everything.")
    return data
