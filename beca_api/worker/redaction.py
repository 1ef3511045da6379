"""What another program printed, made fit for a log: one line, short, without anything that looks like a secret."""

from __future__ import annotations

import re
from typing import Final

_USER_INFO: Final = re.compile(r"://[^\s/@]+@")
_ASSIGNED: Final = re.compile(r"(?i)(\w*(?:secret|token|password|passwd|key|authorization)\w*['\"]?\s*[:=]\s*)\S+")
_LONG_WORD: Final = re.compile(r"(?=[A-Za-z+_=-]*[0-9])[A-Za-z0-9+_=-]{12,}|[A-Za-z0-9+_=-]{32,}")


def redacted(text: bytes, limit: int = 500) -> str:
    """Return the end of a text, in at most so many characters.

    What is taken out: user info of URLs, whatever is assigned to a name that sounds like a secret, words of twelve or
    more characters with a digit among them, and words of 32 or more characters.
    """
    line = " ".join(text.decode("utf-8", "replace").split())
    line = _USER_INFO.sub("://***@", line)
    line = _ASSIGNED.sub(r"\1***", line)
    line = _LONG_WORD.sub("***", line)
    return "".join(c if c.isprintable() else "?" for c in line)[-limit:]
