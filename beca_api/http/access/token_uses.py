"""`TokenUses`: notes when tokens are used, in the background: no request waits for it, nor fails because of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from datetime import datetime

    from beca_api.http.database_calls import DatabaseCalls
    from beca_core.storage.models import ApiToken
    from beca_core.storage.services.tokens import TokenService

STORE_SECONDS: Final = 5.0
"""Time between two writes."""

_log = structlog.stdlib.get_logger(__name__)


class TokenUses:
    """The uses of tokens that are not stored yet.

    Args:
        tokens: Where they are stored.
        calls: Calls the database.
    """

    def __init__(self, tokens: TokenService, calls: DatabaseCalls) -> None:
        self._tokens = tokens
        self._calls = calls
        self._unstored: dict[str, datetime] = {}

    def note(self, token: ApiToken) -> None:
        """Note that a token is used now, unless a use of it was stored within the last minute."""
        if (used_at := self._tokens.unrecorded_use(token)) is not None:
            self._unstored[token.id] = used_at

    async def run(self) -> None:
        """Store what is noted, again and again, until it is cancelled; store the rest then."""
        try:
            while True:
                await asyncio.sleep(STORE_SECONDS)
                await self.store()
        finally:
            await self.store()

    async def store(self) -> None:
        """Store what is noted; on an error, it is stored next time."""
        uses, self._unstored = self._unstored, {}
        if not uses:
            return
        try:
            await self._calls.note(self._tokens.record_uses, uses)
        except Exception as error:  # noqa: BLE001 - when a token was used last matters less than the request
            self._unstored = uses | self._unstored
            _log.warning("use of tokens not stored yet", tokens=len(uses), error=type(error).__name__)
