"""Which key the fingerprints in a database are made with.

A fingerprint tells whether two findings are the same secret only if both are made with the same key. The database
therefore records the id of its key, from which the key cannot be found, and a server or worker with another key does
not start.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from beca_core.errors import InvalidSettings
from beca_core.storage.models import Issue, IssueState, RecordedKey, utc_now
from beca_core.storage.services.audit import note

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

_PURPOSE: Final = b"beca fingerprint key id"


def key_id(key: bytes) -> str:
    """Return 16 hexadecimal digits by which a key is recognized."""
    return hmac.digest(key, _PURPOSE, hashlib.sha256).hex()[:16]


class KeyRecord:
    """The recorded key of a database.

    Args:
        database: The database.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def adopt(self, key: bytes, former: bytes | None = None) -> None:
        """Record a key, if none is recorded yet.

        Args:
            key: The key.
            former: As for `check`.

        Raises:
            InvalidSettings: If another one is recorded.
        """
        if not self.has_key():
            values = {"id": 1, "key_id": key_id(key), "recorded_at": self._clock()}
            try:
                with self._database.session() as session:
                    session.execute(insert(RecordedKey).values(**values))
            except IntegrityError:
                pass  # another process was faster
        self.check(key, former)

    def has_key(self) -> bool:
        """Return whether a key is recorded."""
        return self._recorded()[0] is not None

    def check(self, key: bytes, former: bytes | None = None) -> None:
        """Check that no other keys are recorded.

        Args:
            key: The key.
            former: The key before the last rotation, which recognizes the issues of that time; None: there is none.

        Raises:
            InvalidSettings: If others are recorded.
        """
        wanted, (recorded, before) = key_id(key), self._recorded()
        if recorded not in (None, wanted):
            raise InvalidSettings(
                f"The fingerprints in the database are made with the key {recorded}, and this process has {wanted}.",
                hint="Set BECA_FINGERPRINT_KEY to the same key on every machine. If you have changed it on purpose,"
                " stop all servers and workers, and run: beca db rotate-key",
            )
        if former is not None and before not in (None, key_id(former)):
            raise _not_the_former(before, key_id(former))

    def replace(self, key: bytes, former: bytes | None = None) -> int:
        """Record another key, and return the number of issues whose fingerprints are made with the one before.

        A fingerprint cannot be made from another one, and the secrets are not stored. If the workers have the key
        before, the next scans recognize the issue of each secret that they find, and give it the new fingerprint.
        Otherwise they open new issues, and the issues before become fixed.

        Args:
            key: The key from now on.
            former: The key before, as the workers have it; None: they do not have it.

        Raises:
            InvalidSettings: If another key than `former` is recorded; nothing has changed.
        """
        now = self._clock()
        values = {"key_id": key_id(key), "recorded_at": now}
        count = select(func.count()).select_from(Issue).where(col(Issue.state) != IssueState.PENDING)
        with self._database.session() as session:
            before, earlier = _keys(session, for_update=True)
            is_again = before == values["key_id"]
            known = earlier if is_again else before
            if former is not None and known != key_id(former) and not (is_again and known is None):
                raise _not_the_former(known, key_id(former))
            if before is None:
                session.execute(insert(RecordedKey).values(id=1, **values))
            else:
                session.execute(update(RecordedKey).values(former_key_id=known, **values))
            note(session, "key.replaced", key_id(key), now)
            return 0 if before is None or is_again else session.scalar(count) or 0

    def _recorded(self) -> tuple[str | None, str | None]:
        with self._database.session(read_only=True) as session:
            return _keys(session)


def _keys(session: Session, *, for_update: bool = False) -> tuple[str | None, str | None]:
    """Return the id of the recorded key and that of the key before it; None: it is not known."""
    query = select(col(RecordedKey.key_id), col(RecordedKey.former_key_id))
    row = session.execute(query.with_for_update() if for_update else query).one_or_none()
    return (None, None) if row is None else (row[0], row[1])


def _not_the_former(recorded: str | None, given: str) -> InvalidSettings:
    said = f"were made with the key {recorded}" if recorded else "have no recorded key"
    return InvalidSettings(
        f"BECA_FORMER_FINGERPRINT_KEY is the key {given}, but the fingerprints in the database {said}.",
        hint="Set it to the key that the servers and workers had before the last rotation. Without it, the next"
        " scans open new issues for all that they find.",
    )
