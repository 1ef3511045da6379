"""Bearer tokens of the REST API.

A token has the form `beca_<id>_<secret>`: an id of 12 hexadecimal digits, and 32 random bytes in URL-safe base64. Only
the SHA-256 of the second part is stored. It needs no salt and no stretching, since nobody can guess 256 random bits.
Read access to the database does not give access to the API.

There are three scopes, and none implies another: `read` shows repositories, results and findings; `write` changes
repositories and queues scans; `audit` shows who did what. A job that only triggers scans needs no right to see their
findings, and only those who answer for the server need to see what the others do: no token has `audit` unless it is
asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, or_, select, update
from sqlmodel import col

from beca_core.errors import InvalidInput, NotFound
from beca_core.storage.models import ApiToken, utc_now
from beca_core.storage.services.audit import note
from beca_core.storage.services.validation import checked_name, storable_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

SCOPES: Final = frozenset({"read", "write", "audit"})
DEFAULT_SCOPES: Final = frozenset({"read", "write"})

_PREFIX: Final = "beca"
_USE_RECORDED_EVERY: Final = timedelta(minutes=1)


class TokenService:
    """Makes, checks and revokes tokens.

    Args:
        database: Where they are stored.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, name: str, scopes: Collection[str] = DEFAULT_SCOPES, expires_at: datetime | None = None
    ) -> tuple[ApiToken, str]:
        """Create a token; return its record and the token itself, which cannot be read again.

        Args:
            name: Who or what uses it, 1 to 255 printable characters.
            scopes: What it may do, at least one of `SCOPES`.
            expires_at: When it expires, with a time zone; None means never.

        Raises:
            InvalidInput: If the name, a scope or the time is not valid, with a pointer to it.
        """
        if not scopes or not SCOPES.issuperset(scopes):
            raise InvalidInput("There is no such scope.", hint="Use read, write or audit.", pointer="/scopes")
        now = self._clock()
        if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
            raise InvalidInput(
                "The token would have expired already, or its time has no time zone.",
                hint="Use a time in the future, with its time zone.",
                pointer="/expiresAt",
            )
        token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        values = {
            "id": token_id,
            "name": checked_name(name),
            "sha256": _digest(secret),
            "scopes": sorted(set(scopes)),
            "created_at": now,
            "expires_at": expires_at,
        }
        with self._database.session() as session:
            record = session.scalars(insert(ApiToken).values(**values).returning(ApiToken)).one()
            note(session, "token.created", token_id, now)
        return record, f"{_PREFIX}_{token_id}_{secret}"

    def list(self) -> list[ApiToken]:
        """Return all tokens, the oldest first, including expired and revoked ones."""
        with self._database.session(read_only=True) as session:
            return list(session.scalars(select(ApiToken).order_by(col(ApiToken.created_at), col(ApiToken.id))))

    def revoke(self, token_id: str) -> ApiToken:
        """Revoke a token for good and return its record; revoking it again changes nothing.

        Raises:
            NotFound: If there is no token with that id.
        """
        token_id = storable_text(token_id)
        valid = col(ApiToken.id) == token_id, col(ApiToken.revoked_at).is_(None)
        now = self._clock()
        revoked = update(ApiToken).where(*valid).values(revoked_at=now).returning(col(ApiToken.id))
        with self._database.session() as session:
            if session.scalar(revoked) is not None:
                note(session, "token.revoked", token_id, now)
            record = session.get(ApiToken, token_id)
        if record is None:
            raise NotFound("There is no token with this id.", hint="See: beca token list")
        return record

    def authenticate(self, plaintext: str) -> ApiToken | None:
        """Return the record of a token, or None if it is unknown, expired or revoked; nothing is written.

        Args:
            plaintext: What the caller sent; it can be anything.
        """
        match plaintext.split("_", 2):
            case [prefix, token_id, secret] if prefix == _PREFIX:
                record = self._find(storable_text(token_id))
            case _:
                return None
        if record is None or not hmac.compare_digest(record.sha256, _digest(secret)):
            return None
        now = self._clock()
        if record.revoked_at is not None or (record.expires_at is not None and record.expires_at <= now):
            return None
        return record

    def unrecorded_use(self, record: ApiToken) -> datetime | None:
        """Return the time at which a token is used now, or None if a use within the last minute is stored already.

        Args:
            record: What `authenticate` returned.
        """
        now = self._clock()
        stored = record.last_used_at
        return None if stored is not None and stored > now - _USE_RECORDED_EVERY else now

    def record_uses(self, uses: Mapping[str, datetime]) -> None:
        """Store when tokens were used; an earlier time than the stored one changes nothing.

        Args:
            uses: Times of use, with a time zone, by the tokens' ids.
        """
        with self._database.session() as session:
            for token_id, used_at in sorted(uses.items()):  # in one order, so that two servers cannot deadlock
                older = or_(col(ApiToken.last_used_at).is_(None), col(ApiToken.last_used_at) < used_at)
                session.execute(
                    update(ApiToken).where(col(ApiToken.id) == token_id, older).values(last_used_at=used_at)
                )

    def any(self) -> bool:
        """Return whether a token was ever created; a server without one creates the first when it starts."""
        with self._database.session(read_only=True) as session:
            return session.scalar(select(col(ApiToken.id)).limit(1)) is not None

    def _find(self, token_id: str) -> ApiToken | None:
        with self._database.session(read_only=True) as session:
            return session.get(ApiToken, token_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
