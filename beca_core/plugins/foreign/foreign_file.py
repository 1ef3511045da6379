"""`ForeignFile`: everything that a file of another scanner says; and how its text is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput, quoted_path
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from beca_core.plugins.foreign.accepted import AcceptedFinding
    from beca_core.plugins.foreign.foreign_allow import ForeignAllow
    from beca_core.plugins.foreign.remarks import Remark
    from beca_core.rules.rule import Rule

MOST_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class ForeignFile:
    """What a file of another scanner says.

    Args:
        rules: Its rules.
        allows: Its allow-lists.
        accepted: The findings that it lists.
        markers: How the comments begin that its scanner obeys.
        remarks: What is not translated.
    """

    rules: tuple[Rule, ...] = ()
    allows: tuple[ForeignAllow, ...] = ()
    accepted: tuple[AcceptedFinding, ...] = ()
    markers: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def foreign_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file.

    Raises:
        InvalidInput: If it cannot be read, is too large, or is not UTF-8.
    """
    try:
        data = read_regular(os.fspath(path), MOST_BYTES)
    except OSError as error:
        why = error.strerror or "it is not a regular file"
        raise InvalidInput(f"{quoted_path(path)} cannot be read: {why}.") from None
    if data is None:
        raise InvalidInput(f"{quoted_path(path)} is larger than {MOST_BYTES:,} bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{quoted_path(path)} is not UTF-8.") from None
