"""Who made a commit, and when: read from the raw commit object."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from beca_core.findings import Commit

_AUTHOR: Final = re.compile(rb"^author (?P<who>.*>|[^>\n]*)(?: +(?P<seconds>-?[0-9]{1,20}))?", re.MULTILINE)
_MAX_AUTHOR: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND: Final = int((datetime(1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
_LAST_SECOND: Final = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds())


def parse_commit(commit_id: str, data: bytes) -> Commit:
    """Return id, author and date of a raw commit object, however malformed it is.

    Args:
        commit_id: Its object id.
        data: The object as stored. Dates that `datetime` cannot hold are clamped; where there is none, the date is
            the epoch.
    """
    header = data.partition(b"\n\n")[0]
    author = _AUTHOR.search(header)
    if author is None:
        return Commit(commit_id, "", _EPOCH)
    who = author["who"].decode("utf-8", "replace").replace("\0", "")
    return Commit(commit_id, who[:_MAX_AUTHOR], _date(int(author["seconds"] or 0)))


def _date(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=min(max(seconds, _FIRST_SECOND), _LAST_SECOND))
