"""Repositories: register, list, change and delete them, and queue scans."""

from aiohttp import web

from beca_api.http.handlers.results import with_findings
from beca_api.http.keys import CALLS, NOTIFIER, REPOSITORIES, RESULTS, SETTINGS
from beca_api.http.operations import Reply, ResponseSpec, as_json, operation
from beca_api.http.pagination import fetch, page_reply
from beca_api.http.request_parsing import IfMatch
from beca_api.http.schemas.request_schemas import NewRepository, NewScan, RepositoriesQuery, RepositoryChange
from beca_api.http.schemas.response_schemas import (
    LatestResult,
    ListedRepository,
    Repository,
    RepositoryPage,
    ResultWithFindings,
)
from beca_core.storage import models

LOCATION = {"Location": "Path of the new record."}


@operation("GET", "/repositories", ResponseSpec(200, "A page of repositories.", RepositoryPage))
async def list_repositories(request: web.Request, query: RepositoriesQuery) -> Reply:
    """List repositories, in the order in which they were registered."""
    service, results = request.app[REPOSITORIES], request.app[RESULTS]

    def reply() -> Reply:
        page = fetch(query, lambda: service.list(limit=query.limit, after=query.after))
        found = {} if query.include is None else results.latest([each.id for each in page.items])
        return page_reply(request, [_listed(each, found.get(each.id)) for each in page.items], page.next)

    return await request.app[CALLS].read(reply)


@operation(
    "POST",
    "/repositories",
    ResponseSpec(201, "The new repository.", Repository, etag=True, headers=LOCATION, refusals=(409,)),
)
async def create_repository(request: web.Request, body: NewRepository) -> Reply:
    """Register a repository.

    The URL is stored in canonical form. A URL that is already registered is a conflict.
    """
    record = await request.app[CALLS].write(request.app[REPOSITORIES].create, **body)
    return _reply(record, {"Location": f"/repositories/{record.id}"})


@operation("GET", "/repositories/{id}", ResponseSpec(200, "The repository.", Repository, etag=True))
async def get_repository(request: web.Request, record_id: int) -> Reply:
    """Get a repository."""
    return _reply(await request.app[CALLS].read(request.app[REPOSITORIES].get, record_id))


@operation(
    "PATCH",
    "/repositories/{id}",
    ResponseSpec(200, "The changed repository.", Repository, etag=True, refusals=(409,)),
)
async def change_repository(request: web.Request, record_id: int, body: RepositoryChange, if_match: IfMatch) -> Reply:
    """Change the name or the URL of a repository.

    Results keep the name and the URL that they were queued with.
    """
    service = request.app[REPOSITORIES]

    def change() -> models.Repository:
        version = if_match.version(lambda: service.get(record_id).version)
        return service.update(record_id, if_version=version, **body)

    return _reply(await request.app[CALLS].write(change))


@operation("DELETE", "/repositories/{id}", ResponseSpec(204, "The repository is deleted."))
async def delete_repository(request: web.Request, record_id: int, if_match: IfMatch) -> Reply:
    """Delete a repository.

    Its results remain. Its queued scans end as failures, and workers delete what they have cached of it.
    """
    service = request.app[REPOSITORIES]

    def delete() -> None:
        version = if_match.version(lambda: service.get(record_id).version)
        service.delete(record_id, if_version=version)

    await request.app[CALLS].write(delete)
    return Reply()


@operation(
    "POST",
    "/repositories/{id}/scans",
    ResponseSpec(
        202,
        "The queued result; Location has its path.",
        ResultWithFindings,
        etag=True,
        headers=LOCATION,
        refusals=(429,),
        others={200: "A scan of this scope was waiting already: its result."},
    ),
)
async def scan_repository(request: web.Request, record_id: int, body: NewScan | None) -> Reply:
    """Queue a scan of a repository, unless one of the same scope is waiting already.

    A worker runs it later; poll the result until its status is `Success` or `Failure`, or listen to its events. Scans
    of one repository run one after the other. A scan that waits already gets the priority that is asked for, if that is
    higher.
    """
    most = request.app[SETTINGS].max_queued
    asked = await request.app[CALLS].write(request.app[RESULTS].request, record_id, **(body or {}), most=most)
    record = asked.result
    if asked.is_new:
        request.app[NOTIFIER].notify(record.id)
    location = {"Location": f"/results/{record.id}"}
    return Reply(as_json(with_findings(record)), record.revision, location, None if asked.is_new else 200)


def _listed(record: models.Repository, result: models.Result | None) -> ListedRepository:
    if result is None:
        return ListedRepository.of(record)
    complete = None if result.coverage is None else bool(result.coverage.get("complete"))
    return ListedRepository.of(record, latest_result=LatestResult.of(result, complete=complete))


def _reply(record: models.Repository, headers: dict[str, str] | None = None) -> Reply:
    return Reply(Repository.of(record), record.version, headers or {})


OPERATIONS = (
    list_repositories,
    create_repository,
    get_repository,
    change_repository,
    delete_repository,
    scan_repository,
)
