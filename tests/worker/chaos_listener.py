"""Delivers the events of a database to a file, until it is killed: `chaos_listener.py DATABASE_URL FILE`."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

from beca_api.delivery import event_poller
from beca_core.storage.database import Database

if TYPE_CHECKING:
    from beca_core.plugins.contributions.notices import ServerEvent

CONSUMER = "listener"


class FileListener:
    """Appends the id of each event to a file, as a line that is on disk before the next event comes."""

    name = CONSUMER

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def deliver(self, event: ServerEvent) -> None:
        """Append a line."""
        os.write(self._file, b"%d\n" % event.id)


if __name__ == "__main__":
    event_poller._HOLD_SECONDS = 3.0
    with Database(sys.argv[1]) as database, event_poller.EventPoller(database, [FileListener(sys.argv[2])].copy, 0.2):
        threading.Event().wait()
