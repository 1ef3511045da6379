"""Repositories: register, look up, change and delete what is to be scanned.

The canonical URL of a repository is unique, by a constraint of the database: if two callers register the same URL at
the same time, one succeeds and the other gets a `Conflict`. Every change increments `version` in the same statement, so
a caller that passes the version it read never overwrites a change that was made in between.

The results of a deleted repository remain. No more scans of it begin: queued ones end at once as failures with the code
`repository-deleted`. A running scan continues to its end, since its findings are valid; but if its worker dies, it ends
the same way instead of being tried again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from beca_core.errors import Conflict, InvalidInput, InvalidTarget, NotFound, PreconditionFailed
from beca_core.sources.git.remote.url import canonical_url
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.models import Repository, Result, Status, utc_now
from beca_core.storage.services.audit import note
from beca_core.storage.services.outbox.outbox_writing import add_result_events
from beca_core.storage.services.pages import Cursors, Page, checked_limit
from beca_core.storage.services.transitions import REPOSITORY_DELETED, failure_values
from beca_core.storage.services.validation import checked_name, is_id, named_id

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

MAX_PAGE: Final = 200
MAX_URL: Final = 2048
"""In bytes; an index entry of PostgreSQL has at most about 2,700."""

_CURSORS: Final = Cursors("repositories", 1)


class RepositoryService:
    """The repositories that users registered.

    Args:
        database: Where they are stored.
        url_policy: Which URLs are accepted; None means https to public hosts.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, url_policy: UrlPolicy | None = None, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._url_policy = url_policy or UrlPolicy()
        self._clock = clock

    def create(self, name: str, url: str) -> Repository:
        """Register a repository and return it.

        Args:
            name: 1 to 255 printable characters; need not be unique.
            url: Where git fetches it from; stored in canonical form.

        Raises:
            InvalidInput: If the name or the URL is not valid, with a pointer to it.
            Conflict: If the URL is already registered.
        """
        values = {"name": checked_name(name), "url": self._checked_url(url)}
        now = self._clock()
        statement = insert(Repository).values(**values, created_at=now, updated_at=now).returning(Repository)
        try:
            with self._database.session() as session:
                created = session.scalars(statement).one()
                note(session, "repository.created", created.id, now)
                return created
        except IntegrityError:
            raise self._conflict(values["url"]) from None

    def get(self, repository_id: int) -> Repository:
        """Return a repository.

        Raises:
            NotFound: If there is none with that id.
        """
        with self._database.session(read_only=True) as session:
            found = session.get(Repository, repository_id) if is_id(repository_id) else None
        if found is None:
            raise _not_found(repository_id)
        return found

    def list(self, *, limit: int = 50, after: str | None = None) -> Page[Repository]:
        """Return a page of all repositories, in the order in which they were registered.

        Args:
            limit: 1 to 200.
            after: The cursor of the previous page.

        Raises:
            InvalidInput: If the limit or the cursor is not valid.
        """
        statement = select(Repository).order_by(col(Repository.id)).limit(checked_limit(limit, MAX_PAGE) + 1)
        if after is not None:
            statement = statement.where(col(Repository.id) > _CURSORS.read(after)[0])
        with self._database.session(read_only=True) as session:
            found = session.scalars(statement).all()
        return _CURSORS.page(found, limit, lambda repository: [repository.id])

    def update(
        self, repository_id: int, *, name: str | None = None, url: str | None = None, if_version: int | None = None
    ) -> Repository:
        """Change a repository and return it; all results keep the name and URL that they were queued with.

        Args:
            repository_id: Which one.
            name: New name, or None to keep it.
            url: New URL, or None to keep it.
            if_version: The version that the caller read, or None to change any version.

        Raises:
            InvalidInput: If a value is not valid, with a pointer to it, or there is nothing to change.
            NotFound: If there is none with that id.
            PreconditionFailed: If the repository has another version.
            Conflict: If another repository has that URL.
        """
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = checked_name(name)
        if url is not None:
            values["url"] = self._checked_url(url)
        if not values:
            raise InvalidInput("There is nothing to change.", hint="Give a name, a url, or both.")
        now = self._clock()
        values |= {"updated_at": now, "version": col(Repository.version) + 1}
        statement = update(Repository).where(*_is_version(repository_id, if_version)).values(**values)
        try:
            with self._database.session() as session:
                changed = session.scalars(statement.returning(Repository)).one_or_none()
                if changed is None:
                    _refuse(session, repository_id)
                note(session, "repository.changed", repository_id, now)
                return changed
        except IntegrityError:
            raise self._conflict(values["url"]) from None

    def delete(self, repository_id: int, *, if_version: int | None = None) -> None:
        """Delete a repository; its results remain, and queued ones become failures.

        Args:
            repository_id: Which one.
            if_version: The version that the caller read, or None to delete any version.

        Raises:
            NotFound: If there is none with that id.
            PreconditionFailed: If the repository has another version.
        """
        now = self._clock()
        lock = select(col(Repository.id)).where(*_is_version(repository_id, if_version)).with_for_update()
        queued = col(Result.repository_id) == repository_id, col(Result.status) == Status.QUEUED
        with self._database.session() as session:
            if session.scalar(lock) is None:
                _refuse(session, repository_id)
            failed = update(Result).where(*queued).values(**failure_values(now, REPOSITORY_DELETED))
            ended = session.scalars(failed.returning(col(Result.id))).all()
            session.execute(delete(Repository).where(col(Repository.id) == repository_id))
            add_result_events(session, ended, now)
            note(session, "repository.deleted", repository_id, now)

    def _checked_url(self, url: str) -> str:
        try:
            canonical = canonical_url(url, self._url_policy)
        except InvalidTarget as error:
            error.pointer = "/url"
            raise
        if len(canonical.encode()) > MAX_URL:
            raise InvalidInput("The URL is too long.", hint=f"Use at most {MAX_URL} bytes.", pointer="/url")
        return canonical

    def _conflict(self, url: str) -> Conflict:
        with self._database.session(read_only=True) as session:
            known = session.scalar(select(col(Repository.id)).where(col(Repository.url) == url))
        return Conflict(
            "A repository with this URL is already registered.", hint=f"It has the id {known}." if known else ""
        )


def _is_version(repository_id: int, version: int | None) -> list[ColumnElement[bool]]:
    """Return conditions for one version of one repository; for an id or a version that cannot exist they are false."""
    conditions = [col(Repository.id) == (repository_id if is_id(repository_id) else 0)]
    if version is not None:
        conditions.append(col(Repository.version) == (version if is_id(version) else 0))
    return conditions


def _refuse(session: Session, repository_id: int) -> NoReturn:
    if is_id(repository_id) and session.get(Repository, repository_id) is not None:
        raise PreconditionFailed(
            f"Repository {repository_id} has changed since you read it.", hint="Read it again, then change it."
        )
    raise _not_found(repository_id)


def _not_found(repository_id: int) -> NotFound:
    return NotFound(f"There is no repository with {named_id(repository_id)}.")
