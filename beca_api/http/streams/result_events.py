"""`ResultEvents`: what becomes of a scan, as server-sent events.

::

    retry: 3000

    id: 5
    event: progress
    data: {"id": 42, "status": "In Progress", "progress": {"phase": "reading", ...}, ...}

    : still waiting

    id: 9
    event: end
    data: {"id": 42, "status": "Success", ...}

The id of an event is the revision of the result, so any server can continue from it. The format is that of
https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_api.http.operations import as_json
from beca_api.http.schemas.response_schemas import Result
from beca_core.errors import DatabaseUnavailable, NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from beca_api.http.database_calls import DatabaseCalls
    from beca_api.http.streams.result_watch import FollowedResult
    from beca_core.storage import models
    from beca_core.storage.services.results import ResultService

EVENT_STREAM: Final = "text/event-stream"
HEARTBEAT_SECONDS: Final = 15.0
"""Time after which a comment is sent if nothing happens: proxies close connections that are silent for a minute."""

_BEGIN: Final = b"retry: 3000\n\n"
_HEARTBEAT: Final = b": still waiting\n\n"


class ResultEvents:
    """The events of one result, for one client.

    Args:
        followed: The result that the client follows.
        results: Where the result is.
        calls: Calls the database.
        seen: The last event that the client has received; None: it has received none.
    """

    def __init__(
        self, followed: FollowedResult, results: ResultService, calls: DatabaseCalls, seen: int | None
    ) -> None:
        self._followed = followed
        self._results = results
        self._calls = calls
        self._seen = seen

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the events until the scan has ended, the server stops, or the database does not answer.

        A client that has not received the end connects again, and continues.
        """
        yield _BEGIN
        while not self._followed.is_over:
            try:
                result = await self._calls.read(self._results.get, self._followed.result_id)
            except (DatabaseUnavailable, NotFound):
                return
            if result.revision != self._seen:
                self._seen = result.revision
                yield event(result)
            if result.finished_at is not None:
                return
            while not await self._followed.changed(HEARTBEAT_SECONDS):
                yield _HEARTBEAT

    def close(self) -> None:
        """Release what is held for this client."""
        self._followed.leave()


def event(result: models.Result) -> bytes:
    """Return a result as an event: its state now, without findings."""
    kind = b"progress" if result.finished_at is None else b"end"
    data = as_json(Result.of(result))  # JSON of pydantic has no line ends
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (result.revision, kind, data)
