"""Logs go to stderr: readable lines on a terminal, JSON objects otherwise."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from typing import TextIO

    from structlog.typing import Processor


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Send the logs of BECA and of its libraries to one stream, in one format.

    Args:
        level: Lowest level that is written: debug, info, warning or error.
        stream: Where to write; None means stderr.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _replace_traceback,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its info lines report every look at the schema
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _replace_traceback(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep only the type of an exception: its text may hold what a caller or a repository sent."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    kind = raised[0] if isinstance(raised, tuple) else type(raised)
    if raised and kind is not None:
        event["error"] = kind.__name__
    return event


class Seldom:
    """Says whether a line may be logged that others can cause as often as they like.

    Args:
        seconds: Time between two lines.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = float("-inf")
        self._unlogged = 0

    def due(self, now: float) -> int | None:
        """Return how many lines were left out since the last one if it is time for another; otherwise None.

        Args:
            now: The time, in seconds on a clock that never goes back.
        """
        if now < self._next:
            self._unlogged += 1
            return None
        unlogged, self._unlogged, self._next = self._unlogged, 0, now + self._seconds
        return unlogged
