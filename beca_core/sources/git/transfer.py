"""How far a fetch has come, as git tells it on its standard error."""

from __future__ import annotations

import re
from typing import Final

from beca_core.progress import Phase, Progress

_STEP: Final = re.compile(
    r"^(?:Receiving objects|Resolving deltas): +\d{1,3}% \((\d{1,15})/(\d{1,15})\)", re.MULTILINE | re.ASCII
)


def transfer_progress(stderr: str, received: int) -> Progress:
    """Return the progress of a fetch; git counts the objects, and after them the deltas among them, up to their number.

    What the server says cannot be mistaken for it: git writes `remote: ` before each line of that.

    Args:
        stderr: The end of what git has written.
        received: Bytes that have arrived.
    """
    steps = _STEP.findall(stderr.replace("\r", "\n"))
    done, expected = map(int, steps[-1]) if steps else (0, None)
    return Progress(bytes=received, expected=expected, phase=Phase.FETCHING, handled=done)
