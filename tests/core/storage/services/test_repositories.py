"""Repositories: validation, races between callers, and deletion."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.errors import BecaError, Conflict, ForbiddenUrl, InvalidInput, NotFound, PreconditionFailed
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.services.repositories import RepositoryService

if TYPE_CHECKING:
    from beca_core.storage.database import Database
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.results import ResultService

URL = "https://example.org/shop"
NO_IDS = [0, -1, 999_999, 2**63 - 1, 2**63, 10**30]


def test_a_repository_is_registered(repositories: RepositoryService, clock: Any) -> None:
    created = repositories.create("shop", URL)
    assert (created.name, created.url, created.version) == ("shop", URL, 1)
    assert created.created_at == created.updated_at == clock.now
    assert repositories.get(created.id) == created


def test_the_url_is_stored_in_canonical_form(repositories: RepositoryService) -> None:
    assert repositories.create("shop", "HTTPS://Example.ORG:443/shop").url == URL


@pytest.mark.parametrize(
    "url", ["http://example.org/x", "file:///etc", "https://127.0.0.1/x", "https://u:p@example.org/x"]
)
def test_urls_that_the_policy_forbids_are_refused(repositories: RepositoryService, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        repositories.create("shop", url)
    assert caught.value.pointer == "/url"
    assert repositories.list().items == ()


def test_the_policy_decides(database: Database) -> None:
    policy = UrlPolicy(allowed_schemes=frozenset({"http"}), allow_private_hosts=True)
    assert RepositoryService(database, policy).create("x", "http://127.0.0.1/x").url == "http://127.0.0.1/x"
    with pytest.raises(ForbiddenUrl):
        RepositoryService(database, policy).create("x", URL)


@pytest.mark.parametrize(
    "url", ["", "x", "--upload-pack=touch /tmp/x", "ext::sh -c id", "https://example.org/" + "x" * 3000]
)
def test_a_target_that_is_not_a_url_is_refused(repositories: RepositoryService, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        repositories.create("shop", url)
    assert caught.value.pointer == "/url"


def test_a_long_url_is_either_stored_or_refused(repositories: RepositoryService) -> None:
    """Every accepted URL fits into the index that keeps URLs unique."""
    for length in (1900, 2000, 2020, 2027, 2028, 2029, 2048):
        for character in ("x", "%C3%A9"):
            try:
                repositories.create("long", ("https://example.org/" + character * length)[:length])
            except BecaError as error:
                assert isinstance(error, InvalidInput)  # noqa: PT017 - either way is right


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 256])
def test_bad_names_are_refused(repositories: RepositoryService, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        repositories.create(name, URL)
    assert caught.value.pointer == "/name"


def test_a_url_is_registered_once(repositories: RepositoryService) -> None:
    first = repositories.create("shop", URL)
    with pytest.raises(Conflict, match=f"id {first.id}"):
        repositories.create("another", "HTTPS://EXAMPLE.org/shop")
    assert [known.name for known in repositories.list().items] == ["shop"]


def test_one_of_many_callers_registers_a_url(repositories: RepositoryService) -> None:
    def register(number: int) -> bool:
        try:
            repositories.create(f"shop {number}", URL)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(register, range(8))) == [False] * 7 + [True]
    assert len(repositories.list().items) == 1


@pytest.mark.parametrize("unknown", NO_IDS)
def test_an_unknown_id_is_reported(repositories: RepositoryService, unknown: int) -> None:
    repositories.create("shop", URL)
    for act in (
        lambda: repositories.get(unknown),
        lambda: repositories.update(unknown, name="x"),
        lambda: repositories.update(unknown, name="x", if_version=1),
        lambda: repositories.delete(unknown),
        lambda: repositories.delete(unknown, if_version=1),
    ):
        with pytest.raises(NotFound, match="There is no repository with"):
            act()


# Pages


def test_pages_contain_every_repository_once(repositories: RepositoryService) -> None:
    ids = [repositories.create("n", f"https://example.org/{number}").id for number in range(5)]
    seen, after = [], None
    while True:
        page = repositories.list(limit=2, after=after)
        seen += [repository.id for repository in page.items]
        if (after := page.next) is None:
            break
    assert seen == ids
    assert len(page.items) == 1


def test_a_deletion_does_not_shift_the_next_page(repositories: RepositoryService) -> None:
    ids = [repositories.create("n", f"https://example.org/{number}").id for number in range(4)]
    page = repositories.list(limit=2)
    repositories.delete(ids[1])
    assert [repository.id for repository in repositories.list(limit=2, after=page.next).items] == ids[2:]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 201}, {"after": "garbage"}, {"after": ""}], ids=str)
def test_invalid_pages_are_refused(repositories: RepositoryService, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        repositories.list(**wrong)


# Changes


def test_a_change_increments_the_version(repositories: RepositoryService, repository_id: int, clock: Any) -> None:
    before = repositories.get(repository_id)
    clock.advance(1)
    changed = repositories.update(repository_id, name="renamed")
    assert (changed.name, changed.url, changed.version) == ("renamed", before.url, 2)
    assert (changed.created_at, changed.updated_at) == (before.created_at, clock.now)
    assert repositories.update(repository_id, url="https://example.org/moved").url == "https://example.org/moved"
    assert repositories.get(repository_id).version == 3


def test_a_change_of_the_version_that_was_read_succeeds(repositories: RepositoryService, repository_id: int) -> None:
    assert repositories.update(repository_id, name="x", if_version=1).version == 2


@pytest.mark.parametrize("version", [0, 2, -1, 2**31, 2**63, 10**30])
def test_a_change_of_another_version_is_refused(
    repositories: RepositoryService, repository_id: int, version: int
) -> None:
    with pytest.raises(PreconditionFailed):
        repositories.update(repository_id, name="x", if_version=version)
    with pytest.raises(PreconditionFailed):
        repositories.delete(repository_id, if_version=version)
    assert repositories.get(repository_id).version == 1


def test_one_of_many_callers_changes_a_version(repositories: RepositoryService, repository_id: int) -> None:
    def change(number: int) -> bool:
        try:
            repositories.update(repository_id, name=f"name {number}", if_version=1)
        except PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(change, range(8))) == 1
    assert repositories.get(repository_id).version == 2


def test_a_url_of_another_repository_is_refused(repositories: RepositoryService, repository_id: int) -> None:
    other = repositories.create("other", "https://example.org/other")
    with pytest.raises(Conflict, match=f"id {repository_id}"):
        repositories.update(other.id, url=URL)
    assert repositories.get(other.id).version == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({}, ""), ({"name": ""}, "/name"), ({"url": "x"}, "/url"), ({"name": "x", "url": ""}, "/url")],
)
def test_invalid_changes_are_refused(
    repositories: RepositoryService, repository_id: int, change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        repositories.update(repository_id, **change)
    assert caught.value.pointer == pointer


# Deletion


def test_a_url_can_be_registered_again_after_a_deletion(repositories: RepositoryService, repository_id: int) -> None:
    repositories.delete(repository_id, if_version=1)
    with pytest.raises(NotFound):
        repositories.get(repository_id)
    assert repositories.create("again", URL).id > repository_id


def test_results_remain_and_queued_ones_end(
    repositories: RepositoryService, results: ResultService, queue: ScanQueue, repository_id: int, clock: Any
) -> None:
    ended, running, queued = (results.queue(repository_id).id for _ in range(3))
    finished = queue.claim(ended, "w")
    assert finished is not None
    queue.finish(finished, [], {}, {})
    begun = queue.claim(running, "w")
    assert begun is not None
    before = results.get(ended)
    clock.advance(1)
    repositories.delete(repository_id)

    after = results.get(ended)
    assert (after.status, after.repository_id, after.repository_name) == ("Success", None, "shop")
    assert after.finished_at == before.finished_at
    failure = results.get(queued)
    assert (failure.status, failure.finished_at, failure.revision) == ("Failure", clock.now, 2)
    assert failure.failure == {
        "code": "repository-deleted",
        "message": "The repository was deleted before it was scanned.",
    }
    assert queue.finish(begun, [], {}, {}), "a running scan continues to its end"
    assert [each.id for each in results.list(repository_id=repository_id).items] == [queued, running, ended]


def test_results_of_other_repositories_are_left_alone(
    repositories: RepositoryService, results: ResultService, repository_id: int
) -> None:
    other = repositories.create("other", "https://example.org/other")
    kept = results.queue(other.id)
    repositories.delete(repository_id)
    assert results.get(kept.id) == kept


def test_no_scan_stays_queued_if_its_repository_is_deleted_meanwhile(
    repositories: RepositoryService, results: ResultService, queue: ScanQueue
) -> None:
    for _ in range(5):
        repository_id = repositories.create("shop", URL).id

        def ask(repository_id: int = repository_id) -> None:
            for _ in range(5):
                try:
                    results.queue(repository_id)
                except NotFound:
                    return

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(ask), pool.submit(ask)]
            pool.submit(repositories.delete, repository_id).result()
            for each in asking:
                each.result()
    queue.due()
    assert results.list(status="Queued").items == ()
