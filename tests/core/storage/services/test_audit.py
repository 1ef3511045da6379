"""The audit log: an entry for each change that somebody makes, and for nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from beca_core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from beca_core.storage.models import Way
from beca_core.storage.services.audit import Actor, AuditService, act_as, acting
from beca_core.storage.services.recorded_key import KeyRecord, key_id

if TYPE_CHECKING:
    from beca_core.storage.database import Database
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.tokens import TokenService

URL = "https://example.org/shop"
CALLER = Actor(Way.API, "0123456789ab", "192.0.2.7")


@pytest.fixture
def audit(database: Database, clock: Any) -> AuditService:
    return AuditService(database, clock=clock)


def entries(audit: AuditService) -> list[tuple[str, str]]:
    return [(entry.action, entry.record_id) for entry in reversed(audit.list(limit=200).items)]


def test_each_change_has_an_entry(
    audit: AuditService,
    repositories: RepositoryService,
    results: ResultService,
    tokens: TokenService,
    database: Database,
    clock: Any,
) -> None:
    with acting(CALLER):
        repository = repositories.create("shop", URL)
        repositories.update(repository.id, name="Shop")
        asked = results.request(repository.id)
        results.request(repository.id)  # it waits already
        token, secret = tokens.create("CI")
        tokens.revoke(token.id)
        tokens.revoke(token.id)  # it is revoked already
        repositories.delete(repository.id)
        KeyRecord(database, clock=clock).replace(b"k" * 32)
    number = str(repository.id)
    assert entries(audit) == [
        ("repository.created", number),
        ("repository.changed", number),
        ("scan.requested", str(asked.result.id)),
        ("token.created", token.id),
        ("token.revoked", token.id),
        ("repository.deleted", number),
        ("key.replaced", key_id(b"k" * 32)),
    ]
    entry = audit.list().items[0]
    assert (entry.actor, entry.token_id, entry.client, entry.at) == (*CALLER, clock.now)
    written = "".join(str(entry.model_dump()) for entry in audit.list().items)
    assert not any(text in written for text in (secret, "shop", URL, "CI"))


def test_what_is_refused_has_none(
    audit: AuditService, repositories: RepositoryService, results: ResultService, tokens: TokenService
) -> None:
    repository = repositories.create("shop", URL)
    with acting(CALLER):
        with pytest.raises(Conflict):
            repositories.create("again", URL)
        with pytest.raises(PreconditionFailed):
            repositories.update(repository.id, name="x", if_version=7)
        with pytest.raises(PreconditionFailed):
            repositories.delete(repository.id, if_version=7)
        with pytest.raises(NotFound):
            results.request(repository.id + 1)
        with pytest.raises(NotFound):
            tokens.revoke("0" * 12)
    assert entries(audit) == []


def test_what_nobody_does_has_none(audit: AuditService, repositories: RepositoryService) -> None:
    with acting(CALLER):
        pass
    repositories.create("shop", URL)
    assert entries(audit) == []


def test_an_entry_is_lost_with_its_change_and_only_with_it(
    audit: AuditService, repositories: RepositoryService, database: Database
) -> None:
    with database.session() as session:
        session.execute(text("ALTER TABLE audit_entry RENAME TO elsewhere"))
    with acting(CALLER), pytest.raises(Exception, match="audit_entry"):
        repositories.create("shop", URL)
    with database.session() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO audit_entry"))
    assert repositories.list().items == ()
    assert entries(audit) == []


def test_who_acts_is_known_in_each_thread_by_itself(audit: AuditService, repositories: RepositoryService) -> None:
    def create(number: int) -> None:
        act_as(Actor(Way.API, f"{number:012x}", None))
        repositories.create("x", f"{URL}{number}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create, range(8)))
    assert sorted(entry.token_id or "" for entry in audit.list().items) == [f"{n:012x}" for n in range(8)]


def test_pages_show_each_entry_once(audit: AuditService, tokens: TokenService) -> None:
    with acting(Actor(Way.CLI)):
        made = [tokens.create("x")[0].id for _ in range(7)]
    seen, after = [], None
    for _ in range(4):
        page = audit.list(limit=2, after=after)
        seen += [entry.record_id for entry in page.items]
        after = page.next
    assert seen == made[::-1]
    assert after is None
    with pytest.raises(InvalidInput):
        audit.list(after="nonsense")
    with pytest.raises(InvalidInput):
        audit.list(limit=0)


def test_old_entries_are_forgotten(audit: AuditService, tokens: TokenService, clock: Any) -> None:
    with acting(Actor(Way.CLI)):
        tokens.create("old")
        clock.advance(86400 * 10)
        kept = tokens.create("new")[0].id
    assert audit.forget(days=10) == 0
    clock.advance(1)
    assert audit.forget(days=10) == 1
    assert entries(audit) == [("token.created", kept)]
