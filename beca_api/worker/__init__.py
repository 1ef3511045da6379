"""Scans run in the background; the result table is the truth, a message is only a doorbell.

The server needs one line of this package, in either set-up::

    with open_doorbell(settings, database) as doorbell:  # blocks for up to some seconds: call it in a thread
        result = results.queue(repository_id, scope)     # committed first
        doorbell.ring(result.id)                         # then rung; returns at once and never raises

Without a `BROKER_URL` the `with` block also runs the scans, in this process (`EmbeddedWorker`); with one, `beca worker`
processes do (`beca_api.worker.main`).
"""

from beca_api.worker.broker import open_broker
from beca_api.worker.doorbell import Doorbell, QueuedDoorbell
from beca_api.worker.embedded import EmbeddedWorker, open_doorbell

__all__ = ["Doorbell", "EmbeddedWorker", "QueuedDoorbell", "open_broker", "open_doorbell"]
