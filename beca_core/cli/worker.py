"""`beca worker`."""

from __future__ import annotations

from typing import Final

from beca_core.cli.command import Command


def worker() -> int:
    """Run the scans that servers queue.

    Needs a BROKER_URL and a DATABASE_URL that the servers use too.
    """
    from beca_core.cli.service import run_service

    return run_service("worker")


COMMAND: Final = Command(worker)
