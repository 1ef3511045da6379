"""What the transitions of a result have in common: claims, the fence, and the columns of a result that ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, update
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


def is_waiting(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a result that a worker may begin."""
    orphaned = and_(col(Result.status) == Status.IN_PROGRESS, col(Result.lease_expires_at) <= now)
    return or_(col(Result.status) == Status.QUEUED, orphaned)


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
