"""What the transitions of a result have in common: claims, the fence, and the columns of a result that ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from beca_core.storage.models import Result, Status
from beca_core.storage.services.validation import storable_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.dml import ReturningUpdate

ATTEMPTS_EXHAUSTED: Final = "attempts-exhausted"
REPOSITORY_DELETED: Final = "repository-deleted"
CANCELLED: Final = "cancelled"

_MESSAGES: Final = {
    ATTEMPTS_EXHAUSTED: "Every worker that began this scan died or lost its lease.",
    REPOSITORY_DELETED: "The repository was deleted before it was scanned.",
    CANCELLED: "The scan was cancelled.",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one worker to one scan, for as long as it renews the lease.

    Args:
        result_id: The result.
        owner: Name of this lease: the worker's name and a random part.
        attempt: Which attempt this is, from 1.
        repository_id: The repository.
        repository_name: What users call the repository.
        repository_url: What to scan.
        scope: `history` or `head`.
    """

    result_id: int
    owner: str
    attempt: int
    repository_id: int
    repository_name: str
    repository_url: str
    scope: str


def failure_values(now: datetime, code: str, message: str | None = None) -> dict[str, Any]:
    """Return the columns of a result that ends as a failure now; the codes of this module have their own messages."""
    failure = {"code": code, "message": _MESSAGES[code] if message is None else message}
    return ended(now, Status.FAILURE) | {"failure": storable_json(failure)}


def ended(now: datetime, status: Status) -> dict[str, Any]:
    """Return the columns of a result that ends now."""
    return {
        "status": status,
        "finished_at": now,
        "lease_owner": None,
        "lease_expires_at": None,
        "notified_at": None,
        "revision": col(Result.revision) + 1,
    }


def progress_at_end(coverage: Mapping[str, Any]) -> dict[str, Any]:
    """Return the progress of a scan that has succeeded: everything is done.

    Args:
        coverage: In the shape of `Coverage.to_dict`.
    """
    read = {name: coverage.get(name, 0) for name in ("commits", "blobs", "bytes")}
    skipped = sum(coverage.get("skipped", {}).values())
    objects = read["commits"] + read["blobs"] + skipped
    return {"phase": "done", "objects": objects, "expected": objects, **read, "skipped": skipped}


def is_queued() -> ColumnElement[bool]:
    """Return the condition for a result that no worker has."""
    return col(Result.status) == Status.QUEUED


def is_orphaned(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a result whose worker has lost its lease."""
    return and_(col(Result.status) == Status.IN_PROGRESS, col(Result.lease_expires_at) <= now)


def is_blocked() -> ColumnElement[bool]:
    """Return the condition for a result that waits for another scan of its repository."""
    other = aliased(Result)
    is_same = col(other.repository_id) == col(Result.repository_id), col(other.id) != col(Result.id)
    return exists().where(*is_same, col(other.status) == Status.IN_PROGRESS).correlate(Result)


def fence(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a claim still holds."""
    return (
        col(Result.id) == claim.result_id,
        col(Result.status) == Status.IN_PROGRESS,
        col(Result.lease_owner) == claim.owner,
        col(Result.attempt) == claim.attempt,
    )


def fenced(claim: Claim, values: Mapping[str, Any]) -> ReturningUpdate[tuple[int]]:
    """Return an update that changes and returns nothing unless the claim still holds."""
    return update(Result).where(*fence(claim)).values(**values).returning(col(Result.id))
